"""Cross fit: a last round that learns from the validation split too, and still calibrates on images it has not seen.

The validation split is dealt into parts by group. For each part one network learns the training split and the other
parts, all from the same weights; what is kept is the mean of their weights (Wortsman 2022). Each validation image is
answered by the network that has not learned from it, and calibration, thresholds and figures of `val` come from those
answers (cross-fitting: Chernozhukov 2018).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.services.image_facts import image_facts, look_alikes, twins
from core.services.labelled import LabelledFile
from core.services.split import deal, joined_groups
from models.dataset import LabelledImages
from models.infer import Arrays, run
from models.train import Network, mean_of

Fit = Callable[[Sequence[LabelledFile], int], tuple[Network, LabelledImages]]
"""Learns from the files' `train`, for the part of this number; the network, and the images of their `val`."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained network, and what was said of images before anything was learned from them."""

    network: Network
    held_out: LabelledImages
    outputs: Arrays
    """The network's outputs for each of `held_out`, in their order."""


def cross_fitted(files: Sequence[LabelledFile], parts: int, fit: Fit) -> Learned:
    """The mean of the networks of all parts. Raises UnusableTrainingData where `val` is too small for so many."""
    networks, held_out, outputs = [], [], []
    for number, taught in enumerate(taught_files(files, parts)):
        network, unseen = fit(taught, number)
        networks.append(network)
        held_out.append(unseen)
        outputs.append(run(network, unseen.images))
    together = {name: np.concatenate([each[name] for each in outputs]) for name in outputs[0]}
    return Learned(mean_of(networks), joined(held_out), together)


def taught_files(files: Sequence[LabelledFile], parts: int) -> list[list[LabelledFile]]:
    """For each part the same files, in their order, with all of `val` but this part moved to `train`.

    Copies and look-alikes are in one part, whatever their groups.
    """
    places = [place for place, file in enumerate(files) if file.split == "val"]
    held = [files[place] for place in places]
    facts = image_facts(held)
    groups = joined_groups([file.group for file in held], [*twins(facts), *look_alikes(facts)])
    at = dict(zip(places, deal([file.fractured for file in held], groups, parts), strict=True))
    return [
        [replace(file, split="train") if at.get(place, part) != part else file for place, file in enumerate(files)]
        for part in range(parts)
    ]


def joined(sets: Sequence[LabelledImages]) -> LabelledImages:
    """All images of all sets."""
    return LabelledImages(
        names=tuple(name for one in sets for name in one.names),
        images=np.concatenate([one.images for one in sets]),
        fractured=np.concatenate([one.fractured for one in sets]),
        boxes=tuple(boxes for one in sets for boxes in one.boxes),
    )
