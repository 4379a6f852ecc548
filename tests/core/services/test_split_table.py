"""A split to keep: no group in two splits, both classes in each, and the table is one that `train` takes."""

import csv
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.errors import UnusableTrainingData
from core.services.labelled import SPLITS, labelled_files
from core.services.split_table import write_split
from tests.factories import picture


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """42 pictures of noise, three of each film, every other film fractured, all said to be for training."""
    folder, random = tmp_path_factory.mktemp("films"), np.random.default_rng(0)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "film", "boxes"))
        for number in range(42):
            (folder / f"{number}.png").write_bytes(picture(random.integers(0, 256, (24, 24)).astype(np.uint8)))
            writer.writerow((f"{number}.png", number // 3 % 2, "train", f"f{number // 3}", "[[1, 2, 3, 4]]"))
    return folder


def test_no_film_stands_in_two_splits(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "split.csv"
    assert main(["split", "--data", str(table), "--out", str(out), "--by", "film"]) == 0
    files = labelled_files(out)
    assert sorted(file.path for file in files) == sorted(file.path.resolve() for file in labelled_files(table))
    assert files[0].boxes == ((1.0, 2.0, 3.0, 4.0),)
    homes = {file.traits["film"]: file.split for file in files}
    assert all(homes[file.traits["film"]] == file.split for file in files)
    for split in SPLITS:
        of_split = [file.fractured for file in files if file.split == split]
        assert sum(of_split) == len(of_split) / 2
    assert "train  30 images, 15 fractured, 10 groups" in capsys.readouterr().out


def test_another_seed_deals_otherwise_and_the_same_seed_alike(table: Path, tmp_path: Path) -> None:
    def dealt(seed: int) -> list[str]:
        files = write_split(table, tmp_path / "split.csv", by="film", seed=seed, report=lambda _: None)
        return [file.split for file in files]

    assert dealt(0) == dealt(0)
    assert dealt(0) != dealt(1)


@pytest.mark.parametrize("by", [None, "patient"])
def test_patients_stay_whole_beside_groups(table: Path, tmp_path: Path, by: str | None) -> None:
    """Each film is a group, two films are a patient's, every other image names only one of them."""
    with (table / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "group", "patient"))
        for number, row in enumerate(rows):
            group = row["film"] if by or number % 2 else ""
            writer.writerow((table / row["image"], row["fractured"], group, f"p{number // 6}"))
    files = write_split(tmp_path, tmp_path / "split.csv", by=by, report=lambda _: None)
    homes = {file.traits["patient"]: file.split for file in files}
    assert set(homes.values()) == set(SPLITS)
    assert all(homes[file.traits["patient"]] == file.split for file in files)
    kept = labelled_files(tmp_path / "split.csv")
    assert len({file.group for file in kept}) == len(homes)
    assert [(file.path.name, file.split) for file in kept] == [(file.path.name, file.split) for file in files]


def test_another_column_of_groups_is_not_taken_instead(table: Path, tmp_path: Path) -> None:
    write_split(table, tmp_path / "split.csv", by="film", report=lambda _: None)
    with pytest.raises(UnusableTrainingData, match="no column 'patient'"):
        write_split(tmp_path / "split.csv", tmp_path / "again.csv", by="patient", report=lambda _: None)


def test_an_unknown_column_is_told(table: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableTrainingData, match="no column 'patient'"):
        write_split(table, tmp_path / "split.csv", by="patient", report=lambda _: None)
    assert not (tmp_path / "split.csv").exists()
