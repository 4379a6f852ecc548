"""Labelled images are found in three layouts, and what cannot teach is refused before any training."""

import codecs
import csv
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnusableTrainingData
from core.services.labelled import choose_split, labelled_files, load
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


def test_boxes_follow_the_image_into_the_network(table: Path) -> None:
    """96x80 pixels letterboxed to 64: two thirds the size, five pixels of border left and right."""
    loaded = load(choose_split(labelled_files(table), "train"), SETTINGS)
    x0, y0, x1, y1 = loaded.boxes[0][0]
    assert (x0, y0, x1, y1) == pytest.approx((8 * 2 / 3 + 5, 8, 40 * 2 / 3 + 5, 40), abs=0.6)
    assert loaded.fractured.tolist() == [1]


def test_images_are_held_once(table: Path) -> None:
    """Peak over what is kept: one image at work, not the whole set a second time."""
    files = [*labelled_files(table)] * 40
    tracemalloc.start()
    loaded = load(files, replace(SETTINGS, size=256))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert loaded.images.shape == (120, 256, 256)
    assert most < 1.5 * loaded.images.nbytes
    np.testing.assert_array_equal(loaded.images[4], loaded.images[1])
    assert loaded.boxes[3].shape == (1, 4)


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


@pytest.mark.parametrize("inside", ["", "images", "Valid", "validation"])
def test_folder_names_in_other_spellings(tmp_path: Path, inside: str) -> None:
    write_image(tmp_path / inside / "Fractured" / "a.png")
    write_image(tmp_path / inside / "Non_fractured" / "b.png")
    (tmp_path / inside / "Fractured" / ".hidden").touch()
    expected = "val" if inside.lower().startswith("val") else "train"
    assert [(file.split, file.fractured) for file in labelled_files(tmp_path)] == [(expected, True), (expected, False)]


def test_a_table_counts_before_folders_and_names_its_groups(tmp_path: Path) -> None:
    write_image(tmp_path / "train" / "fractured" / "a.png")
    write_image(tmp_path / "train" / "normal" / "b.png")
    row = {"image": "train/fractured/a.png", "fractured": "1", "split": "val", "family": "seven"}
    write_table(tmp_path, [row])
    [file] = labelled_files(tmp_path)
    assert (file.path.is_file(), file.split, file.group) == (True, "val", "seven")


def test_rows_that_share_a_group_or_a_patient_or_a_family_are_in_one(tmp_path: Path) -> None:
    """1 and 2 by group, 2 and 3 by patient, 3 and 5 by family; a patient named like a group is another thing."""
    told = [("g", "", ""), ("g", "p", ""), ("", "p", "f"), ("", "g", ""), ("h", "", "f"), ("", "", ""), ("", "", "")]
    write_table(
        tmp_path,
        [
            {"image": "a.png", "fractured": "1", "group": group, "patient": patient, "family": family}
            for group, patient, family in told
        ],
    )
    files = labelled_files(tmp_path)
    groups = [file.group for file in files]
    assert groups[0] == groups[1] == groups[2] == groups[4] != groups[3] != ""
    assert groups[5] == groups[6] == ""
    assert [file.traits["patient"] for file in files] == [patient for _, patient, _ in told]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"image": "a.png", "fractured": "yes"}, "Line 2 of the table: fractured"),
        ({"image": "", "fractured": "1"}, "Line 2 of the table: image"),
        ({"image": "a.png", "fractured": "1", "split": "holdout"}, "Line 2 of the table: split"),
        ({"image": "a.png", "fractured": "1", "boxes": "[[1, 2, 3]]"}, "Line 2 of the table: boxes"),
        ({"image": "a.png", "fractured": "1", "boxes": "[[1,"}, "Line 2 of the table: boxes"),
        ({"image": "a.png", "fractured": "1", "boxes": "[[1, 2, NaN, 4]]"}, "Line 2 of the table: boxes"),
        ({"image": "a.png", "fractured": "1", "boxes": "[[1, 2, 3, 1e999]]"}, "Line 2 of the table: boxes"),
    ],
)
def test_a_row_that_says_nothing_clear_is_told(tmp_path: Path, row: dict[str, str], message: str) -> None:
    write_table(tmp_path, [row])
    with pytest.raises(UnusableTrainingData, match=message):
        labelled_files(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fractured,image\n0,a.png\n1\n", "Line 3 of the table: image"),
        ("image,fractured,region\na.png,0,leg\nb.png,1,leg,hand\n", "Line 3 of the table: it has more cells"),
    ],
)
def test_a_row_of_another_length_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UnusableTrainingData, match=message):
        labelled_files(tmp_path)


def test_a_row_that_ends_early_says_nothing_of_the_rest(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,fractured,region,split\na.png,0\n", encoding="utf-8")
    [file] = labelled_files(tmp_path)
    assert (file.traits, file.split) == ({"region": ""}, "train")


def test_a_table_may_spell_its_splits_as_folders_do(tmp_path: Path) -> None:
    words = {"train": "train", "": "train", "valid": "val", "Validation ": "val", "VAL": "val", " Test": "test"}
    rows = [{"image": "a.png", "fractured": "1", "split": word} for word in (*words, "Drop")]
    write_table(tmp_path, rows)
    assert [file.split for file in labelled_files(tmp_path)] == [*words.values(), "drop"]


def test_no_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableTrainingData, match="No labelled images"):
        labelled_files(tmp_path)


def test_a_table_without_labels_is_told(tmp_path: Path) -> None:
    write_table(tmp_path, [{"image": "a.png", "label": "1"}])
    with pytest.raises(UnusableTrainingData, match="columns image and fractured"):
        labelled_files(tmp_path)


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


def test_the_real_split(shared_data: Path) -> None:
    files = labelled_files(shared_data / "fracatlas")
    counts = {split: len(choose_split(files, split)) for split in ("train", "val", "test")}
    assert counts == {"train": 2463, "val": 407, "test": 605}
    assert files[0].group == "2433"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_as_programs_save_it(table: Path, encoding: str) -> None:
    file = table / "labels.csv"
    text = file.read_text("utf-8").replace("a.png", "fröhlich.png")
    file.write_bytes(text.encode(encoding))
    assert labelled_files(table)[0].path.name == "fröhlich.png"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("image,fractured,region\na.png,1,Schlüsselbein\n".encode("latin-1"), "Save it anew as “CSV UTF-8”"),
        ("image,fractured\na.png,1\n".encode("utf-16-le"), "needs the columns"),
        (codecs.BOM_UTF16_LE + b"i", "Save it anew"),
        (b'image,fractured,note\na.png,1,"' + b"x" * 200_000 + b'"\n', "Line 2 of the table"),
        (b"image,fractured,region,region\na.png,1,Hand,Foot\n", "two columns 'region'"),
        (b"image,fractured,image\na.png,1,b.png\n", "two columns 'image'"),
        (b"image;fractured\na.png;1\n", "commas between the columns"),
    ],
    ids=["latin-1", "utf-16 unmarked", "half a letter", "a cell without end", "twice", "image twice", "semicolons"],
)
def test_a_table_that_is_none_says_what_to_do(table: Path, content: bytes, told: str) -> None:
    (table / "labels.csv").write_bytes(content)
    with pytest.raises(UnusableTrainingData) as refused:
        labelled_files(table)
    assert told in str(refused.value)


def test_columns_without_a_name_are_nobodys(table: Path) -> None:
    """Spreadsheets save empty columns behind the last."""
    (table / "labels.csv").write_bytes(b"image,fractured,,\na.png,1,,\n")
    assert [found.fractured for found in labelled_files(table)] == [True]
