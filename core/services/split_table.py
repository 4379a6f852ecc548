"""Split table: writes the split that a training would make, as a table to be kept and given as the data itself."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import UnusableTrainingData
from core.services.image_facts import image_facts
from core.services.labelled import LabelledFile, labelled_files
from core.services.train_data import divide, write_table
from models.tell import Tell


def write_split(
    data: Path, out: Path, *, by: str | None = None, seed: int = 0, report: Tell
) -> tuple[LabelledFile, ...]:
    """Divide the images under `data`, whatever splits they have, and write the table; returns its lines.

    `by`: the one column whose images stay together; unless told, those that share a `group`, a `patient` or a `family`
    do. Near-duplicates always do.
    Images marked `drop` stay out. Raises UnusableTrainingData when there is no such column or there are too few groups.
    """
    files = grouped(labelled_files(data), by)
    report(f"looking through {len(files)} images")
    divided = divide(files, image_facts(files), seed=seed)
    write_table(out, divided)
    return tuple(divided)


def grouped(files: Sequence[LabelledFile], by: str | None) -> list[LabelledFile]:
    """The files, each with the group it stays with."""
    if by is None:
        return list(files)
    if not any(file.traits.get(by) for file in files):
        raise UnusableTrainingData(f"The table has no column {by!r}. Name one that says which images belong together.")
    return [replace(file, group=file.traits.get(by, "")) for file in files]
