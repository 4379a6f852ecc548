"""Training export: the decided reads as a folder that a training takes as it is: pictures, and a table of labels.

The table is `labels.csv` as `core.services.labelled` reads it, the pictures are PNG files named by image key. Neither
holds what a file's header says of a patient, but what is burnt into a picture stays in it: hence the right it needs.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BlobDamaged, DecoderUnavailable, IntakeError, NotFound, RequestError, UnusableTrainingData
from core.exchange.table import Cell, as_csv
from core.intake.grayscale import default_voi, render, spanning, tone
from core.intake.radiograph import Radiograph
from core.records import Image, WorklistFilter
from core.rights import Actor, Right, permit
from core.services.blinding import doubled
from core.services.previews import encoded
from core.services.site import Site
from core.services.training_labels import Box, Label, LeftOut, labels_of, patients
from core.services.whole_folder import cannot_write, whole_folder
from core.store import audit, cases, worklist
from models.tell import Tell

COLUMNS: dict[str, Callable[[Label], Cell]] = {
    "image": lambda label: file_name(label.image),
    "fractured": lambda label: int(label.fractured),
    "split": lambda label: "",
    "patient": lambda label: label.patient,
    "boxes": lambda label: json.dumps(taught_boxes(label)),
    "region": lambda label: label.region,
    "view": lambda label: label.image.view_position,
    "study_key": lambda label: label.image.study_key,
    "after_ai": lambda label: label.after_ai,
    "first_opinion": lambda label: label.first_opinion,
    "first_after_ai": lambda label: label.first_after_ai,
    "ai_bundle": lambda label: label.bundle,
    "ai_unlike": lambda label: label.unlike,
    "reads": lambda label: label.reads,
}
"""The table's columns. `split` is empty: a training divides the images itself, and keeps a patient's together."""
WHITE = 65535
TOLD_EACH = 100
"""Images between two lines of progress."""


@dataclass(frozen=True, slots=True)
class TrainingExport:
    """What was written, and how much was left out for which reason."""

    images: int
    fractured: int
    cases: int
    left_out: Mapping[LeftOut, int]

    def lines(self) -> list[str]:
        """For people."""
        head = f"{self.images} images of {self.cases} cases, {self.fractured} fractured"
        return [head, *(f"left out: {count} {reason}" for reason, count in self.left_out.items())]


def export_training(site: Site, folder: Path, *, actor: Actor, report: Tell) -> TrainingExport:
    """Write what the site's decided cases teach into `folder`, whole or not at all; audited with its size.

    Drawn samples are never among it. Where two readers read each case, the opinion that decides is the label. Raises
    NotAllowed; RequestError where the folder holds something or cannot be written; UnusableTrainingData when there is
    nothing to write; DecoderUnavailable, StoreUnavailable.
    """
    name = permit(actor, Right.EXPORT)
    permit(actor, Right.IDENTIFIERS)
    target = folder.resolve()
    check_free(target)
    found = gathered(site)
    labels = [each for each in found if isinstance(each, Label)]
    with whole_folder(target) as draft:
        written = write_pictures(site, labels, draft / "images", report)
        left_out = Counter(each for each in found if isinstance(each, LeftOut))
        left_out[LeftOut.UNREADABLE] = len(labels) - len(written)
        done = summed(written, left_out)
        write_private(draft / "labels.csv", as_csv(list(COLUMNS), map(row, written)))
        with site.database.session() as session:
            outcome = f"{done.images} images of {done.cases} cases for training"
            audit.append(session, at=site.clock(), actor=name, action="export", subject="studies", outcome=outcome)
    return done


def gathered(site: Site) -> list[Label | LeftOut]:
    """What every case teaches, by study and image, and why others do not. Raises StoreUnavailable."""
    filters = WorklistFilter(include_synthetic=False)
    with site.database.reading() as session:
        stand = worklist.double_reads(session, filters) if doubled(site) else {}
        held = list(cases.find(session, filters))
    words = patients(case.study for case in held)
    return [each for case in held for each in labels_of(case, stand.get(case.study.key), words[case.study.key])]


def summed(written: Sequence[Label], left_out: Mapping[LeftOut, int]) -> TrainingExport:
    """What was written. Raises UnusableTrainingData when that is nothing."""
    reasons = {reason: left_out[reason] for reason in LeftOut if left_out[reason]}
    if not written:
        told = "; ".join(f"{count} {reason}" for reason, count in reasons.items())
        raise UnusableTrainingData(
            f"No case can be taught from yet ({told or 'there is none'}). Read some with the verdict fracture, marking "
            "the images that show it, or no fracture."
        )
    fractured, studies = sum(label.fractured for label in written), {label.image.study_key for label in written}
    return TrainingExport(len(written), fractured, len(studies), reasons)


def row(label: Label) -> tuple[Cell, ...]:
    """One line of the table."""
    return tuple(value(label) for value in COLUMNS.values())


def file_name(image: Image) -> str:
    """Names the picture by its key here: nothing of a name or UID it came under."""
    return f"{image.key}.png"


def write_pictures(site: Site, labels: Sequence[Label], folder: Path, report: Tell) -> list[Label]:
    """Write the picture of each label, and return those that could be. Raises OSError, DecoderUnavailable."""
    folder.mkdir(mode=0o700)
    written = []
    for number, label in enumerate(labels, start=1):
        if picture := picture_of(site, label.image):
            write_private(folder / file_name(label.image), picture)
            written.append(label)
        if number % TOLD_EACH == 0 or number == len(labels):
            report(f"{number} of {len(labels)} images")
    return written


def picture_of(site: Site, image: Image) -> bytes | None:
    """The frame as a grey PNG file; None when it cannot be decoded. Raises DecoderUnavailable."""
    try:
        radiograph = site.incoming.stored(site.blobs, image)
    except DecoderUnavailable:
        raise
    except (IntakeError, NotFound, BlobDamaged):
        return None
    return encoded(cv2.imencode(".png", squared(taught_pixels(radiograph), image)))


def squared(pixels: NDArray[Any], image: Image) -> NDArray[Any]:
    """The picture in true proportions, which a PNG file read back has only with square pixels; nothing is lost."""
    if image.pixel_aspect == 1:
        return pixels
    across, down = stretch(image)
    size = (round(image.columns * across), round(image.rows * down))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))


def stretch(image: Image) -> tuple[float, float]:
    """How much wider, and how much higher, a pixel becomes, so that its shorter side stays as it is."""
    return max(1.0, 1 / image.pixel_aspect), max(1.0, image.pixel_aspect)


def taught_boxes(label: Label) -> tuple[Box, ...]:
    """Its boxes on that picture."""
    if label.image.pixel_aspect == 1:
        return label.boxes
    across, down = stretch(label.image)
    return tuple((x0 * across, y0 * down, x1 * across, y1 * down) for x0, y0, x1, y1 in label.boxes)


def taught_pixels(radiograph: Radiograph) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The upright picture as it is shown first, 0 black, in a depth at which it is read back with the same tones.

    A picture of 16 bits is read from its own lowest to its highest value, one of 8 bits from 0 to 255. Where those
    ends are not black and white, 8 bits it is: other tones would move the crop, and with it the whole network input.
    What a window clips is clipped before the picture is reduced, not after: some grey levels along such edges.
    """
    if radiograph.bits_stored > 8:
        deep = np.rint(tone(radiograph)(radiograph.pixels) * WHITE).astype(np.uint16)
        if default_voi(replace(radiograph, pixels=deep, voi=())) == spanning(0, WHITE):
            return deep
    return render(radiograph)


def check_free(target: Path) -> None:
    """Raise RequestError unless nothing is there, or an empty folder."""
    try:
        taken = target.exists() and (not target.is_dir() or any(target.iterdir()))
    except OSError as error:
        raise cannot_write(error) from None
    if taken:
        raise RequestError("There is something at that place already. Name a new folder, or an empty one.")


def write_private(target: Path, data: bytes) -> None:
    """Write a new file that its owner only may read. Raises OSError."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
