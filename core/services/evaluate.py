"""Evaluate: measures a bundle on labelled images, through the same door as `python -m core read`."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import UnusableTrainingData
from core.intake.containers import clean_path
from core.intake.reader import read
from core.services.labelled import LabelledFile, check_made_with, choose_split, labelled_files, labels_digest
from core.services.read import FileReading, read_files
from core.services.unavailable import unavailable
from core.settings import Limits
from models.tell import Tell
from models.whole import whole

if TYPE_CHECKING:
    from models.bundle_card import BundleCard
    from models.calibrate import Thresholds
    from models.evaluate import Estimate
    from models.predictor import Predictor

NOT_ONE_IMAGE = "{name} is a folder, an archive or a DICOMDIR, not one image. Give each line one image file."
PREDICTION_COLUMNS = ("image", "fractured", "probability", "answer", "peak_x", "peak_y", "regions", "bundle")


@dataclass(frozen=True, slots=True)
class Measured:
    """One labelled image and what the network said of it."""

    file: LabelledFile
    reading: FileReading
    answer: str
    """The network's own, from its probability: the reading's is a doubt where the input gate turns the image away."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a bundle is worth on one split."""

    bundle: str
    split: str
    measured: tuple[Measured, ...]
    figures: "Mapping[str, Estimate]"
    """Name -> value with its 95% interval."""
    labels_sha256: str
    """Digest of all labelled images of the data, whatever their split."""

    @property
    def fractured(self) -> int:
        """How many of the images are fractured."""
        return sum(one.file.fractured for one in self.measured)


def evaluate(
    predictor: "Predictor",
    data: Path,
    *,
    split: str,
    limits: Limits,
    report: Tell,
    most: int | None = None,
    to_record: bool = False,
) -> Evaluation:
    """Read every image of a split and compare with its label. `most` stops early, for a quick look.

    Of a file with several frames the first counts, as in training. Raises UnusableTrainingData when the split is empty
    or was learned from, an image cannot be read, one class is missing, or what is `to_record` could not be recorded.
    """
    every = labelled_files(data)
    digest = labels_digest(every)
    check_unseen(predictor.card, split)
    if to_record:
        check_own(predictor.card, digest)
    files = choose_split(every, split)[:most]
    check_both_classes(files, split)
    readings = read_files([file.path for file in files], predictor=predictor, limits=limits)
    measured = tuple(paired(files, readings, predictor.card.thresholds, report))
    return Evaluation(predictor.bundle_id, split, measured, figures(measured, predictor), digest)


def check_unseen(card: "BundleCard", split: str) -> None:
    """Raise UnusableTrainingData for the `val` of a cross-fitted network, whose images it has learned from.

    Of any data: a table that lost a line, or has another one, still holds those images.
    """
    if split == "val" and card.training.get("cross_fit"):
        raise UnusableTrainingData(
            f"{card.bundle_id} has learned from val as well; what it says there proves nothing. Its card has the "
            "figures of val from before each image was learned from. Measure on test; give other images the split test."
        )


def check_own(card: "BundleCard", labels_sha256: str) -> None:
    """Raise UnusableTrainingData unless the card tells that the network was made with these images in these splits."""
    check_made_with(
        card,
        labels_sha256,
        therefore="its card would say of these figures that training and test share no group",
        otherwise="; or leave --record out and keep the --report",
    )


def check_both_classes(files: Sequence[LabelledFile], split: str) -> None:
    """Raise UnusableTrainingData unless the split holds fractured and not fractured images."""
    if len({file.fractured for file in files}) < 2:
        raise UnusableTrainingData(
            f"The split {split!r} needs fractured and not fractured images; one kind is missing."
        )


def paired(
    files: Sequence[LabelledFile], readings: Iterable[FileReading], thresholds: "Thresholds", report: Tell
) -> Iterator[Measured]:
    """File and the reading of its first frame side by side, telling every hundredth.

    Raises UnusableTrainingData for a refused image, and for a file that is not one image.
    """
    first = (reading for reading in readings if reading.frame == 1)
    for number, file in enumerate(files, start=1):
        reading = next(first, None)
        if reading is None or reading.file != clean_path(file.path):
            raise UnusableTrainingData(NOT_ONE_IMAGE.format(name=file.path.name))
        if reading.probability is None:
            raise UnusableTrainingData(f"{file.path.name} cannot be read: {reading.error}")
        if number % 100 == 0:
            report(f"{number} of {len(files)} images read")
        yield Measured(file, reading, thresholds.answer(reading.probability))


def figures(measured: Sequence[Measured], predictor: "Predictor") -> "dict[str, Estimate]":
    """Every figure of `models.evaluate`, and the pointing game on the fractures that were found."""
    from models.evaluate import measure

    fractured = np.array([one.file.fractured for one in measured], np.float64)
    probability = np.array([one.reading.probability for one in measured], np.float64)
    return {**measure(probability, fractured, predictor.card.thresholds), **pointing(found_fractures(measured))}


def found_fractures(measured: Iterable[Measured]) -> list[Measured]:
    """Annotated fractures that the network itself did not answer `none` to: those a map can be judged on."""
    return [one for one in measured if one.file.fractured and one.file.boxes and one.answer != "none"]


def pointing(found: Sequence[Measured]) -> "dict[str, Estimate]":
    """Peak inside an annotated box, and inside one grown by a tenth of the longest side; empty without boxes."""
    from models.evaluate import NEAR, pointing_game

    if not found:
        return {}
    peaks = np.array([one.reading.peak for one in found], np.float64)
    boxes = [np.array(one.file.boxes, np.float64) for one in found]
    sides = np.array([longest_side(one.file) for one in found])
    return {
        "peak_in_box": pointing_game(peaks, boxes, sides),
        "peak_near_box": pointing_game(peaks, boxes, sides, margin=NEAR),
    }


def longest_side(file: LabelledFile) -> float:
    """Pixels of the longer side, from the table or from the file."""
    sides = [float(file.traits.get(name) or 0) for name in ("width", "height")]
    return max(sides) or float(max(read(file.path).pixels.shape))


def record(bundle: Path, done: Evaluation, evidence: Mapping[str, object]) -> None:
    """Put the figures into the bundle's card and the evidence beside it, next to those of its other splits.

    Raises UnusableTrainingData for figures of other data than the bundle was made with, and BundleUnavailable.
    """
    from models.bundle import read_card, write_card
    from models.card import write
    from models.evidence import write_evidence

    with unavailable("The figures cannot be recorded"):
        card = read_card(bundle)
    check_own(card, done.labels_sha256)
    measured = {name: [one.value, one.low, one.high] for name, one in done.figures.items()}
    card = replace(card, metrics={**card.metrics, done.split: measured})
    write_card(bundle, card)
    write_evidence(bundle, card.bundle_id, {**kept_evidence(bundle, card.bundle_id), done.split: evidence})
    write(bundle, card)


def kept_evidence(bundle: Path, bundle_id: str) -> Mapping[str, Mapping[str, object]]:
    """What was recorded of the other splits; a file that cannot be read is replaced."""
    from models.errors import BundleError
    from models.evidence import read_evidence

    try:
        return read_evidence(bundle, bundle_id)
    except BundleError:
        return {}


def write_predictions(target: Path, measured: Sequence[Measured]) -> None:
    """One line an image, as seed-a gives them. Raises OSError."""
    with whole(target) as draft, draft.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(PREDICTION_COLUMNS)
        writer.writerows(prediction_row(one) for one in measured)


def prediction_row(one: Measured) -> tuple[object, ...]:
    """The cells of one line, in the order of PREDICTION_COLUMNS."""
    said, (x, y) = one.reading, one.reading.peak or ("", "")
    name = one.file.path.name
    return name, int(one.file.fractured), said.probability, said.answer, x, y, len(said.regions), said.bundle
