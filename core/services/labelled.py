"""Labelled: finds the labelled images of a training folder, in any of three layouts, and reads them for a network.

1. `labels.csv` beside the images or beside `images/` (FracAtlas): columns image, fractured, and optionally split,
   group, patient, family, boxes, conflict …
2. class folders `fractured/` and `not_fractured/` (also `non-fractured`, `non_fractured`, `normal`, in any case),
   alone, in `images/`, or under `train/`, `val/` (`valid`, `validation`), `test/`
3. a CSV file given as the path, its images beside it or in `images/`

Where there is no split at all, every image is for training until `core.services.train_data` divides them.
"""

import codecs
import csv
import hashlib
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import IntakeError, UnusableTrainingData
from core.intake.grayscale import tone
from core.intake.reader import read
from core.services.split import joined_groups
from models.dataset import LabelledImages
from models.preprocess import PreprocessSettings, prepare
from models.tell import Tell

if TYPE_CHECKING:
    from models.bundle_card import BundleCard

CLASS_FOLDERS = {"fractured": 1, "not_fractured": 0, "non-fractured": 0, "non_fractured": 0, "normal": 0}
SPLITS = ("train", "val", "test")
SPLIT_FOLDERS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
SPLIT_WORDS = {**SPLIT_FOLDERS, "drop": "drop", "": "train"}
"""What a table may say of a split, in any case."""
GROUP_COLUMNS = ("group", "patient", "family")
SPLIT_TABLE = "split.csv"
"""In a run folder: the division that the run made, a table that can be given as the data itself."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One image file and what its annotators said of it."""

    path: Path
    fractured: bool
    split: str = "train"
    group: str = ""
    """Images that may show the same patient share a group; a group stays in one split. Made of all GROUP_COLUMNS."""
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    """x0, y0, x1, y1 in pixels of the file."""
    traits: dict[str, str] = field(default_factory=dict)
    """The remaining columns: region, view, hardware …; and what the table says of group, patient and family."""


def labelled_files(source: Path) -> list[LabelledFile]:
    """Every labelled image under `source`, in a fixed order. Raises UnusableTrainingData when no layout fits."""
    table = source if source.is_file() else source / "labels.csv"
    if table.is_file():
        return _table_files(table)
    if folders := _class_folder_files(source):
        return folders
    raise UnusableTrainingData(
        "No labelled images there. Give a folder with labels.csv and images/, a folder with fractured/ and "
        "not_fractured/, or a CSV file with the columns image and fractured."
    )


def choose_split(files: Iterable[LabelledFile], split: str) -> list[LabelledFile]:
    """The files of one split. Nothing is taught from an image whose near-duplicate carries the other label."""
    chosen = [file for file in files if file.split == split]
    return [file for file in chosen if not has_conflict(file)] if split == "train" else chosen


def has_conflict(file: LabelledFile) -> bool:
    """Whether a near-duplicate of it carries the other label."""
    return file.traits.get("conflict") == "1"


def labels_digest(files: Iterable[LabelledFile]) -> str:
    """sha256 over names, labels and splits: tells two data sets apart without naming an image."""
    lines = (f"{file.path.name},{int(file.fractured)},{file.split}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def check_made_with(card: "BundleCard", labels_sha256: str, *, therefore: str, otherwise: str = "") -> None:
    """Raise UnusableTrainingData unless the card tells that its network was made with data of this digest.

    `therefore` says what follows, `otherwise` what else can be done.
    """
    if card.training.get("labels_sha256") != labels_sha256:
        raise UnusableTrainingData(
            f"{card.bundle_id} was made with other images or splits, or does not tell with which: {therefore}. Give "
            f"the data it was made with, or {SPLIT_TABLE} of its run folder where the training divided them{otherwise}."
        )


def load_split(files: Iterable[LabelledFile], split: str, settings: PreprocessSettings, report: Tell) -> LabelledImages:
    """The images of one split. Raises UnusableTrainingData when there are none, or some cannot be read."""
    chosen = choose_split(files, split)
    if not chosen:
        raise UnusableTrainingData(f"There are no images of the split {split!r}. Give at least train and val.")
    report(f"reading {len(chosen)} images of {split}")
    return load(chosen, settings)


def load(files: Sequence[LabelledFile], settings: PreprocessSettings) -> LabelledImages:
    """The files as a network sees them; held in memory once. Raises UnusableTrainingData where some cannot be read."""
    images = np.empty((len(files), settings.size, settings.size), np.uint8)
    boxes: list[NDArray[np.float64]] = []
    unreadable: list[str] = []
    for place, file in enumerate(files):
        try:
            images[place], placed = _load_one(file, settings)
            boxes.append(placed)
        except IntakeError as error:
            unreadable.append(f"{file.path.name} ({type(error).__name__})")
    if unreadable:
        raise UnusableTrainingData(
            f"{len(unreadable)} of {len(files)} images cannot be read, first {unreadable[0]}. Remove or repair them."
        )
    fractured = np.array([file.fractured for file in files], np.float32)
    return LabelledImages(tuple(file.path.name for file in files), images, fractured, tuple(boxes))


def _load_one(file: LabelledFile, settings: PreprocessSettings) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    radiograph = read(file.path)
    prepared = prepare(radiograph.pixels, settings, tone(radiograph), aspect=radiograph.aspect)
    corners = np.array(file.boxes, np.float64).reshape(-1, 2)
    return prepared.image, prepared.geometry.to_input(corners).reshape(-1, 4)


def _class_folder_files(source: Path) -> list[LabelledFile]:
    return [
        LabelledFile(path, fractured=bool(CLASS_FOLDERS[folder.name.lower()]), split=split)
        for split, root in _split_roots(source)
        for folder in _folders(root)
        if folder.name.lower() in CLASS_FOLDERS
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]


def _split_roots(source: Path) -> list[tuple[str, Path]]:
    """The folders that hold class folders, with the split each stands for."""
    named = [(SPLIT_FOLDERS[folder.name.lower()], folder) for folder in _folders(source) if _is_split(folder)]
    order = sorted(named, key=lambda one: SPLITS.index(one[0]))
    return order or [("train", source), ("train", source / "images")]


def _is_split(folder: Path) -> bool:
    return folder.name.lower() in SPLIT_FOLDERS


def _folders(root: Path) -> list[Path]:
    return [folder for folder in sorted(root.iterdir()) if folder.is_dir()] if root.is_dir() else []


def _table_files(table: Path) -> list[LabelledFile]:
    images = table.parent / "images"
    root = images if images.is_dir() else table.parent
    reader = csv.DictReader(io.StringIO(_text(table), newline=""), restval="")
    try:
        _check_columns(reader.fieldnames or ())
        rows = list(reader)
    except csv.Error as error:
        raise UnusableTrainingData(
            f"Line {reader.line_num + 1} of the table is no line of a CSV file, or a cell holds more than "
            f"{csv.field_size_limit():,} characters: a quotation mark may lack its partner. Mend it and save it anew."
        ) from error
    groups = _groups(rows)
    return [
        _row_file(root, row, group, number) for number, (row, group) in enumerate(zip(rows, groups, strict=True), 2)
    ]


def _text(table: Path) -> str:
    """What the file says: UTF-8, or UTF-16 where a byte order mark tells so, as Excel saves *Unicode Text*."""
    data = table.read_bytes()
    try:
        return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableTrainingData(
            f"The table is not UTF-8 text (byte {error.start + 1}). Save it anew as “CSV UTF-8”."
        ) from error


def _check_columns(names: Sequence[str]) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if name and count > 1):
        raise UnusableTrainingData(f"The table has two columns {twice[0]!r}. Rename or remove one.")
    if not {"image", "fractured"} <= set(names):
        raise UnusableTrainingData(
            "The table needs the columns image and fractured (0 or 1), with commas between the columns."
        )


def _row_file(root: Path, row: dict[str, str], group: str, number: int) -> LabelledFile:
    known = ("image", "fractured", "split", "boxes")
    _check_row(row, number)
    return LabelledFile(
        path=root / row["image"],
        fractured=row["fractured"] == "1",
        split=SPLIT_WORDS[_split_word(row)],
        group=group,
        boxes=_boxes(row.get("boxes") or "[]", number),
        traits={name: value for name, value in row.items() if name not in known},
    )


def _check_row(row: dict[str, str], number: int) -> None:
    wrong = {
        "it has more cells than the table has columns": None in row,
        "image must name a file": not row["image"],
        "fractured must be 0 or 1": row["fractured"] not in ("0", "1"),
        "split must be train, val, test or drop, or empty for train": _split_word(row) not in SPLIT_WORDS,
    }
    if told := next((said for said, true in wrong.items() if true), ""):
        raise UnusableTrainingData(f"Line {number} of the table: {told}.")


def _split_word(row: dict[str, str]) -> str:
    return row.get("split", "").strip().lower()


def _groups(rows: Sequence[dict[str, str]]) -> list[str]:
    """A group for each row: rows that share a group, a patient or a family are in one; empty where a row has none."""
    columns = [name for name in GROUP_COLUMNS if any(row.get(name) for row in rows)]
    if len(columns) <= 1:
        return [row[columns[0]] if columns else "" for row in rows]
    told = [[f"{name} {row[name]}" for name in columns if row[name]] for row in rows]
    first: dict[str, int] = {}
    pairs = [(place, first.setdefault(name, place)) for place, names in enumerate(told) for name in names]
    homes = joined_groups([names[0] if names else "" for names in told], pairs)
    return [home if names else "" for home, names in zip(homes, told, strict=True)]


def _boxes(text: str, number: int) -> tuple[tuple[float, float, float, float], ...]:
    wrong = UnusableTrainingData(
        f"Line {number} of the table: boxes must be a JSON list of [x0, y0, x1, y1] in pixels."
    )
    try:
        boxes = tuple((float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in json.loads(text))
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    if not all(math.isfinite(value) for box in boxes for value in box):
        raise wrong
    return boxes
