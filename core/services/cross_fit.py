"""Cross fit: a last round that learns from the validation split too, and still calibrates on images it has not seen.

The validation split is dealt into parts by group. For each part one network learns the training split and the other
parts, all from the same weights; what is kept is the mean of their weights (Wortsman 2022). Each validation image is
answered by the network that has not learned from it, and calibration, thresholds and figures of `val` come from those
answers (cross-fitting: Chernozhukov 2018).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.services.image_facts import image_facts, look_alikes, twins
from core.services.labelled import LabelledFile, has_conflict
from core.services.split import deal, joined_groups
from models.dataset import LabelledImages, joined, subset
from models.infer import Arrays, run
from models.train import Network, mean_of

Fit = Callable[[LabelledImages, LabelledImages, int], Network]
"""Learns from the first images, watched on the second, for the part of this number, from 0."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained network, and what was said of images before anything was learned from them."""

    network: Network
    held_out: LabelledImages
    outputs: Arrays
    """The network's outputs for each of `held_out`, in their order."""


def cross_fitted(
    files: Sequence[LabelledFile], training: LabelledImages, validation: LabelledImages, parts: int, fit: Fit
) -> Learned:
    """The mean of the networks of all parts. `files` are those of the `validation` images, in their order.

    Raises UnusableTrainingData where `validation` is too small for so many parts.
    """
    part_of = parts_of(files, parts)
    teachable = np.array([not has_conflict(file) for file in files])
    networks, held_out, outputs = [], [], []
    for part in range(parts):
        unseen = subset(validation, np.flatnonzero(part_of == part))
        taught = subset(validation, np.flatnonzero((part_of != part) & teachable))
        network = fit(joined([training, taught]), unseen, part)
        networks.append(network)
        held_out.append(unseen)
        outputs.append(run(network, unseen.images))
    together = {name: np.concatenate([each[name] for each in outputs]) for name in outputs[0]}
    return Learned(mean_of(networks), joined(held_out), together)


def parts_of(files: Sequence[LabelledFile], parts: int) -> NDArray[np.int64]:
    """A part, from 0, for each file. Copies and look-alikes are in one part, whatever their groups."""
    facts = image_facts(files)
    groups = joined_groups([file.group for file in files], [*twins(facts), *look_alikes(facts)])
    return np.array(deal([file.fractured for file in files], groups, parts), np.int64)
