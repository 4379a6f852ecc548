"""Weights to start with that may know this run's val or test are refused before any network is built."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import UnusableTrainingData
from core.services import train
from core.services.labelled import LabelledFile, labelled_files, labels_digest
from core.services.train import TrainRequest, train_bundle
from core.settings import Settings
from models.bundle import BundleCard, write_card
from models.calibrate import Calibration, Thresholds
from models.presets import find
from tests.factories import picture
from tests.models.bones import drawn_bones


class BeganToLearn(Exception):
    """The start was accepted."""


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Four drawn bones to learn from, four to choose on and four to measure with."""
    folder, bones = tmp_path / "few", drawn_bones()
    folder.mkdir()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "group"))
        for number in range(12):
            (folder / f"{number}.png").write_bytes(picture(bones.images[number]))
            split = ("train", "val", "test")[number // 4]
            writer.writerow((f"{number}.png", int(bones.fractured[number]), split, number))
    return folder


def begin(few: Path, learned: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *accept: str) -> None:
    """Train from a bundle whose card tells this of its training. Raises BeganToLearn where that is allowed."""

    def learns(*_: object) -> None:
        raise BeganToLearn

    monkeypatch.setattr(train, "_learned", learns)
    start = few.with_name("start")
    start.mkdir()
    preset = find("seed_a")
    write_card(
        start, BundleCard("seed_a", "0", preset.preprocess, Calibration(), Thresholds(0.3, 0.7), training=learned)
    )
    run_dir, out = few.with_name("run"), few.with_name("out")
    request = TrainRequest(few, "seed_a", run_dir, out, start=start, accept=frozenset(accept))
    train_bundle(Settings(), request, report=lambda _: None)


def dealt_anew(files: list[LabelledFile]) -> list[LabelledFile]:
    """The same images, train and test exchanged."""
    other = {"train": "test", "val": "val", "test": "train"}
    return [replace(file, split=other[file.split]) for file in files]


def test_what_learned_from_the_same_images_may_go_on(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BeganToLearn):
        begin(few, {"labels_sha256": labels_digest(labelled_files(few))}, monkeypatch)


def test_what_cannot_be_read_belongs_to_the_images_too(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (few / "0.png").write_bytes(b"no picture")
    with pytest.raises(BeganToLearn):
        begin(few, {"labels_sha256": labels_digest(labelled_files(few))}, monkeypatch, "unreadable")


def test_what_learned_from_the_images_of_test_is_refused(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableTrainingData, match=r"other images or splits.*Give the data"):
        begin(few, {"labels_sha256": labels_digest(dealt_anew(labelled_files(few)))}, monkeypatch)


def test_what_does_not_tell_is_refused(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableTrainingData, match="does not tell with which"):
        begin(few, {}, monkeypatch)


def test_what_learned_from_val_is_refused(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableTrainingData, match=r"has learned from val.*without --cross-fit"):
        begin(few, {"labels_sha256": labels_digest(labelled_files(few)), "cross_fit": 2}, monkeypatch)
