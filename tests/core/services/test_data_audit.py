"""The audit finds what is wrong with labelled images, stops the training, and lets the operator accept it by name."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.cli import main
from core.errors import UnusableTrainingData
from core.services.data_audit import Audit, Severity, audit
from core.services.image_facts import image_facts
from core.services.labelled import SPLIT_TABLE, labelled_files, labels_digest
from core.services.train_data import inspect, ready
from tests.factories import Array, picture
from tests.models.bones import drawn_bones

Row = dict[str, object]


@dataclass
class Folder:
    """Labelled drawn bones: 12 to train on, 12 to choose and 8 to test with, half of each broken."""

    path: Path
    rows: list[Row]

    def audit(self) -> Audit:
        write_rows(self.path, self.rows)
        files = labelled_files(self.path)
        return audit(files, image_facts(files))

    def file(self, number: int) -> Path:
        return self.path / "images" / str(self.rows[number]["image"])

    def draw(self, number: int, pixels: Array) -> None:
        self.file(number).write_bytes(picture(pixels))


def write_rows(folder: Path, rows: list[Row]) -> None:
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    bones = drawn_bones()
    (tmp_path / "images").mkdir()
    rows: list[Row] = []
    for number in range(32):
        (tmp_path / "images" / f"{number}.png").write_bytes(picture(bones.images[number]))
        split = ("train", "val", "test")[number // 12]
        boxes = json.dumps(bones.boxes[number].clip(0, 64).tolist())
        rows.append(
            {"image": f"{number}.png", "fractured": number % 2, "split": split, "group": number, "boxes": boxes}
        )
    return Folder(tmp_path, rows)


def test_nothing_is_found_where_nothing_is_wrong(folder: Folder) -> None:
    found = folder.audit()
    assert found.faults == ()
    assert found.splits["test"] == {"images": 8, "fractured": 4, "groups": 8}
    assert found.lines()[-1] == "nothing wrong was found"


def one_class(folder: Folder) -> None:
    for row in folder.rows[12:24]:
        row.update(fractured=0, boxes="[]")


def missing_split(folder: Folder) -> None:
    for row in folder.rows[12:24]:
        row["split"] = "test"


def unreadable(folder: Folder) -> None:
    folder.file(3).write_bytes(b"no picture")


def duplicates_across_splits(folder: Folder) -> None:
    folder.file(12).write_bytes(folder.file(0).read_bytes())


def near_duplicates_across_splits(folder: Folder) -> None:
    """Mirrored and larger."""
    folder.draw(13, np.repeat(np.repeat(drawn_bones().images[1][:, ::-1], 2, axis=0), 2, axis=1))


def label_conflicts(folder: Folder) -> None:
    folder.file(0).write_bytes(folder.file(1).read_bytes())


def overlapping_groups(folder: Folder) -> None:
    folder.rows[12]["group"] = folder.rows[0]["group"]


def boxes_outside(folder: Folder) -> None:
    folder.rows[1]["boxes"] = "[[50, 10, 90, 20]]"


def boxes_on_healthy(folder: Folder) -> None:
    folder.rows[0]["boxes"] = "[[10, 10, 20, 20]]"


def near_label_conflicts(folder: Folder) -> None:
    folder.draw(2, cv2.resize(drawn_bones().images[1], (100, 100), interpolation=cv2.INTER_AREA))


def duplicates(folder: Folder) -> None:
    folder.file(2).write_bytes(folder.file(0).read_bytes())


def no_groups(folder: Folder) -> None:
    for row in folder.rows:
        row["group"] = ""


def no_boxes(folder: Folder) -> None:
    folder.rows[1]["boxes"] = "[]"


def uneven_splits(folder: Folder) -> None:
    for row in folder.rows[13:23:2]:
        row.update(fractured=0, boxes="[]")


def imbalance(folder: Folder) -> None:
    uneven_splits(folder)


def size_clue(folder: Folder) -> None:
    for number in range(0, 32, 2):
        folder.draw(number, cv2.resize(drawn_bones().images[number], (100, 100)))


def truncation_clue(folder: Folder) -> None:
    for number in range(0, 16, 2):
        whole = picture(drawn_bones().images[number], "JPEG", quality=95)
        folder.file(number).write_bytes(whole[: len(whole) * 2 // 3])


truncated = truncation_clue

ERRORS = [
    one_class, missing_split, unreadable, duplicates_across_splits, near_duplicates_across_splits, label_conflicts,
    overlapping_groups, boxes_outside, boxes_on_healthy,
]  # fmt: skip
WARNINGS = [
    near_label_conflicts, duplicates, no_groups, no_boxes, uneven_splits, imbalance, size_clue, truncation_clue,
]  # fmt: skip


@pytest.mark.parametrize("spoil", ERRORS, ids=lambda spoil: spoil.__name__)
def test_an_error_is_found_and_stops_the_training(folder: Folder, spoil: Callable[[Folder], None]) -> None:
    spoil(folder)
    found = folder.audit()
    [error] = found.refused()
    assert error.word == spoil.__name__
    assert error.acceptable == (spoil not in (one_class, missing_split))
    with pytest.raises(UnusableTrainingData) as raised:
        found.check()
    assert error.text in str(raised.value)
    if error.acceptable:
        assert f"--accept {error.word}" in str(raised.value)
        found.check([error.word])


@pytest.mark.parametrize("spoil", WARNINGS, ids=lambda spoil: spoil.__name__)
def test_a_warning_is_told_and_the_training_goes_on(folder: Folder, spoil: Callable[[Folder], None]) -> None:
    spoil(folder)
    found = folder.audit()
    found.check()
    [warning] = [one for one in found.faults if one.word == spoil.__name__]
    assert warning.severity is Severity.WARNING
    assert any(line.startswith(f"warning  {warning.word}: ") for line in found.lines())


def test_cut_off_files_are_counted(folder: Folder) -> None:
    truncation_clue(folder)
    assert {one.word: one.count for one in folder.audit().faults}["truncated"] == 8


def test_marked_conflicts_and_dropped_images_are_not_told_again(folder: Folder) -> None:
    label_conflicts(folder)
    duplicates_across_splits(folder)
    folder.rows[1]["conflict"] = "1"
    folder.rows[12]["split"] = "drop"
    assert not folder.audit().refused()


def test_unreadable_images_are_left_out_when_accepted(folder: Folder) -> None:
    unreadable(folder)
    write_rows(folder.path, folder.rows)
    told: list[str] = []
    data = ready(folder.path, folder.path / "run", seed=0, accepted=["unreadable"], report=told.append)
    assert len(data.files) == 31
    assert data.labels_sha256 == labels_digest(labelled_files(folder.path)), "as `evaluate` sees the same data"
    assert data.facts(["unreadable"]) == {
        "divided_by_seed": False,
        "findings": {"unreadable": 1},
        "accepted": ["unreadable"],
    }
    assert any("unreadable" in line for line in told)


def undivided(folder: Folder) -> None:
    """No splits; images 1 and 13 look alike."""
    for row in folder.rows:
        row["split"] = ""
    near_duplicates_across_splits(folder)
    write_rows(folder.path, folder.rows)


def test_a_division_is_made_kept_and_used_again(folder: Folder) -> None:
    undivided(folder)
    run = folder.path / "run"
    first = ready(folder.path, run, seed=0, accepted=(), report=lambda _: None)
    split = {file.path.name: file.split for file in first.files}
    assert set(split.values()) == {"train", "val", "test"}
    assert split["1.png"] == split["13.png"], "look-alikes stay together"
    again = ready(folder.path, run, seed=99, accepted=(), report=lambda _: None)
    assert {file.path.name: file.split for file in again.files} == split
    assert first.divided
    assert again.divided
    as_data = labelled_files(run / SPLIT_TABLE)
    assert first.labels_sha256 == again.labels_sha256 == labels_digest(as_data)
    assert [(one.path.name, one.split, one.boxes) for one in as_data] == [
        (one.path.name, one.split, one.boxes) for one in first.files
    ]


def test_a_division_of_other_images_is_refused(folder: Folder) -> None:
    undivided(folder)
    ready(folder.path, folder.path / "run", seed=0, accepted=(), report=lambda _: None)
    write_rows(folder.path, folder.rows[:-1])
    with pytest.raises(UnusableTrainingData, match="no longer those"):
        ready(folder.path, folder.path / "run", seed=0, accepted=(), report=lambda _: None)


def test_the_command_tells_and_says_so_by_its_status(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    duplicates_across_splits(folder)
    write_rows(folder.path, folder.rows)
    assert main(["train", "--data", str(folder.path), "--check"]) == 1
    assert "error    duplicates_across_splits: 1 images" in capsys.readouterr().out
    arguments = ["--check", "--json", "--accept", "duplicates_across_splits"]
    assert main(["train", "--data", str(folder.path), *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"][0]["images"] == ["0.png = 12.png"]
    assert told["splits"]["val"]["images"] == 12
    assert sorted(path.name for path in folder.path.iterdir()) == ["images", "labels.csv"]


@pytest.mark.parametrize(("arguments", "message"), [(["--accept", "anything"], "does not know"), ([], "needs --out")])
def test_a_command_called_wrongly(
    folder: Folder, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--data", str(folder.path), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_leak_by_rotation_is_told_by_the_family(shared_data: Path, tmp_path: Path) -> None:
    """One original of seed-c stands in train and val, turned. Only its family tells."""
    table = (shared_data / "seed_c" / "labels.csv").read_text(encoding="utf-8").splitlines()
    homes: dict[str, set[str]] = {}
    for line in table[1:]:
        _, _, split, family = line.split(",")
        homes.setdefault(family, set()).add(split)
    [torn] = [family for family, splits in homes.items() if len(splits) == 2]
    some = [line for line in table[1:] if line.split(",")[3] == torn]
    for split in ("train", "val"):
        (tmp_path / split).symlink_to(shared_data / "seed_c" / split)
    (tmp_path / "labels.csv").write_text("\n".join([table[0], *some]), encoding="utf-8")
    found = inspect(tmp_path, report=lambda _: None).audit
    assert "overlapping_groups" in {one.word for one in found.refused()}
    assert np.sum([row["images"] for row in found.splits.values()]) == len(some)
