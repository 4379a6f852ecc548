"""Labelled images are found in three layouts, and what cannot teach is refused before any training."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnusableTrainingData
from core.services.labelled import check_splits, choose_split, labelled_files, load
from models.preprocess import PreprocessSettings
from tests.factories import bone, picture

SETTINGS = PreprocessSettings(size=64, crop=False)


def write_image(path: Path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture(((bone(bits=8).astype(int) + value) % 256).astype(np.uint8)))


def write_table(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three images as FracAtlas lays them out."""
    rows = [
        {"image": "a.png", "fractured": "1", "split": "train", "group": "1", "boxes": json.dumps([[8, 12, 40, 60]])},
        {"image": "b.png", "fractured": "0", "split": "val", "group": "2", "boxes": "[]"},
        {"image": "c.png", "fractured": "0", "split": "drop", "group": "1", "boxes": "[]"},
    ]
    for number, row in enumerate(rows):
        write_image(tmp_path / "images" / row["image"], number)
    write_table(tmp_path, rows)
    return tmp_path


@pytest.mark.parametrize("as_file", [False, True])
def test_a_table_beside_images(table: Path, as_file: bool) -> None:
    files = labelled_files(table / "labels.csv" if as_file else table)
    assert [(file.path.name, file.fractured, file.split) for file in files] == [
        ("a.png", True, "train"),
        ("b.png", False, "val"),
        ("c.png", False, "drop"),
    ]
    check_splits(files)


def test_boxes_follow_the_image_into_the_network(table: Path) -> None:
    """96x80 pixels letterboxed to 64: two thirds the size, five pixels of border left and right."""
    loaded = load(choose_split(labelled_files(table), "train"), SETTINGS)
    x0, y0, x1, y1 = loaded.boxes[0][0]
    assert (x0, y0, x1, y1) == pytest.approx((8 * 2 / 3 + 5, 8, 40 * 2 / 3 + 5, 40), abs=0.6)
    assert loaded.fractured.tolist() == [1]


@pytest.mark.parametrize("negative", ["not_fractured", "non-fractured", "non_fractured", "normal"])
def test_class_folders(tmp_path: Path, negative: str) -> None:
    for split in ("train", "val"):
        write_image(tmp_path / split / "fractured" / "a.png")
        write_image(tmp_path / split / negative / "b.png")
    assert [(file.split, file.fractured) for file in labelled_files(tmp_path)] == [
        ("train", True),
        ("train", False),
        ("val", True),
        ("val", False),
    ]


def test_class_folders_without_splits_are_for_training(tmp_path: Path) -> None:
    write_image(tmp_path / "fractured" / "a.png")
    assert labelled_files(tmp_path)[0].split == "train"


def test_no_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableTrainingData, match="No labelled images"):
        labelled_files(tmp_path)


def test_a_table_without_labels_is_told(tmp_path: Path) -> None:
    write_table(tmp_path, [{"image": "a.png", "label": "1"}])
    with pytest.raises(UnusableTrainingData, match="columns image and fractured"):
        labelled_files(tmp_path)


def test_a_group_in_two_splits_is_told(table: Path) -> None:
    rows = [
        {"image": "a.png", "fractured": "1", "split": "train", "group": "7"},
        {"image": "b.png", "fractured": "0", "split": "test", "group": "7"},
    ]
    write_table(table, rows)
    with pytest.raises(UnusableTrainingData, match="two splits"):
        check_splits(labelled_files(table))


def test_unreadable_images_are_counted(table: Path) -> None:
    (table / "images" / "a.png").write_bytes(b"no picture")
    with pytest.raises(UnusableTrainingData, match="1 of 3 images"):
        load(labelled_files(table), SETTINGS)


def test_an_image_whose_near_duplicate_disagrees_is_left_out(table: Path) -> None:
    rows = [
        {"image": "a.png", "fractured": "1", "split": "train", "conflict": "1"},
        {"image": "b.png", "fractured": "0", "split": "train", "conflict": "0"},
    ]
    write_table(table, rows)
    assert [file.path.name for file in choose_split(labelled_files(table), "train")] == ["b.png"]


def test_the_real_split_keeps_its_groups_apart(shared_data: Path) -> None:
    files = labelled_files(shared_data / "fracatlas")
    check_splits(files)
    counts = {split: len(choose_split(files, split)) for split in ("train", "val", "test")}
    assert counts == {"train": 2463, "val": 407, "test": 605}
