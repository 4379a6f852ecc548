"""The leak, in small: a network that has learned its originals by heart fails on originals it never saw."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnusableTrainingData
from core.services.labelled import labelled_files
from core.services.leak import LeakRequest, as_markdown, leak, parts_apart
from models.augment import AugmentSettings
from models.preprocess import PreprocessSettings
from models.presets import Recipe, Stage, find
from tests.factories import picture

pytestmark = pytest.mark.xdist_group("leak")

ORIGINALS, COPIES = 20, 6


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 originals of pure noise whose label is chance, six faintly changed copies of each."""
    folder, random = tmp_path_factory.mktemp("turned"), np.random.default_rng(0)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "family"))
        for original in range(ORIGINALS):
            pattern = np.kron(random.integers(20, 230, (6, 6)), np.ones((8, 8)))
            for copy in range(COPIES):
                name = f"{original}-{copy}.png"
                (folder / name).write_bytes(picture((pattern + random.normal(0, 4, (48, 48))).astype(np.uint8)))
                writer.writerow((name, original % 2, "train" if copy % 3 else "val", f"family-{original}"))
    return folder


@pytest.fixture(scope="module")
def elsewhere(turned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other noise, to test on."""
    folder, random = tmp_path_factory.mktemp("elsewhere"), np.random.default_rng(1)
    for kind in ("fractured", "normal"):
        (folder / "test" / kind).mkdir(parents=True)
        for number in range(10):
            pattern = np.kron(random.integers(20, 230, (6, 6)), np.ones((8, 8)))
            (folder / "test" / kind / f"{number}.png").write_bytes(picture(pattern.astype(np.uint8)))
    return folder


def test_copies_flatter_and_originals_do_not(turned: Path, elsewhere: Path, tmp_path: Path) -> None:
    small = replace(
        find("seed_c"),
        preprocess=PreprocessSettings(size=48, crop=False),
        recipe=Recipe(stages=(Stage(48, 8),), batch=16, augment=AugmentSettings()),
    )
    done = leak(LeakRequest(turned, elsewhere, tmp_path, small), report=lambda _: None)
    rows = {(row.training, row.measured_on): row for row in done.rows}
    known = rows["originals kept apart", "turned copies of known originals"]
    unseen = rows["originals kept apart", "originals never seen"]
    assert done.last_epoch > 0.95 > done.first_epoch
    assert known.auroc.value > 0.95
    assert unseen.auroc.low <= 0.5 <= unseen.auroc.high
    assert 0.2 < rows["as published", "FracAtlas, test split"].auroc.value < 0.8
    assert rows["as published", "its own `val`"].images == ORIGINALS * 2
    assert as_markdown(done).count("\n|") == len(done.rows) + 2
    assert json.loads((tmp_path / "leak.json").read_text(encoding="utf-8"))["parameters"] == done.parameters


def test_the_parts_hold_what_they_say(turned: Path) -> None:
    training, parts = parts_apart(labelled_files(turned / "labels.csv"), seed=0)
    taught = {file.group for file in training}
    copies, unseen = parts["turned copies of known originals"], parts["originals never seen"]
    assert not taught & {file.group for file in unseen}
    assert {file.group for file in copies} <= taught
    assert not {file.path for file in training} & {file.path for file in copies}
    assert len(training) + len(copies) + len(unseen) == ORIGINALS * COPIES


def test_a_table_without_families_is_told(turned: Path, elsewhere: Path, tmp_path: Path) -> None:
    bare = tmp_path / "labels.csv"
    bare.write_text("image,fractured\na.png,1\n", encoding="utf-8")
    with pytest.raises(UnusableTrainingData, match="family"):
        leak(LeakRequest(bare, elsewhere, tmp_path), report=lambda _: None)
