"""Several bundles, one table: each says there what it says alone, and kept predictions are used again."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import main
from core.errors import UnusableTrainingData
from core.services.compare import Compared, as_markdown, compare, epochs_of
from core.services.labelled import labelled_files
from core.services.read import read_files
from core.services.site import load_predictor
from core.settings import Limits
from models.bundle import read_card, write_card
from models.calibrate import Calibration
from models.presets import find
from tests.factories import picture
from tests.models.bones import drawn_bones
from tests.models.bundles import untrained

pytestmark = pytest.mark.xdist_group("compare")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn bones in class folders, all to test on."""
    folder = tmp_path_factory.mktemp("bones")
    bones = drawn_bones()
    for number in range(12):
        home = folder / "test" / ("fractured" if bones.fractured[number] else "normal")
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{bones.names[number]}.png").write_bytes(picture(bones.images[number]))
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_e, which prepares its input otherwise."""
    training = {"recipe": {"stages": [{"side": 224, "epochs": 3}, {"side": 224, "epochs": 4}]}}
    folder = tmp_path_factory.mktemp("other")
    return untrained(folder, find("seed_e"), seed=2, calibration=Calibration(2.0, -0.5), training=training)


def compared(
    bundles: list[Path], folder: Path, kept: Path, told: list[str], *, rounds: int = 0
) -> tuple[Compared, ...]:
    """The rows, with few replicates."""
    return compare(
        bundles,
        folder,
        split="test",
        limits=Limits(),
        report=told.append,
        predictions=kept,
        rounds=rounds,
        replicates=20,
    )


def said_alone(bundle: Path, folder: Path) -> list[float | None]:
    """What `evaluate` would hear from this bundle."""
    paths = [file.path for file in labelled_files(folder)]
    return [one.probability for one in read_files(paths, predictor=load_predictor(bundle), limits=Limits())]


def test_each_bundle_says_in_the_table_what_it_says_alone(
    folder: Path, bundle: Path, other: Path, tmp_path: Path
) -> None:
    rows = compared([bundle, other], folder, tmp_path, [], rounds=1)
    for one, row in zip((bundle, other), rows, strict=True):
        (kept,) = tmp_path.glob(f"{read_card(one).bundle_id}-*.csv")
        with kept.open(newline="", encoding="utf-8") as lines:
            there = list(csv.DictReader(lines))
        alone = said_alone(one, folder)
        assert [float(line["probability"]) for line in there] == pytest.approx(alone, abs=1e-5)
        right = [(float(line["probability"]) >= 0.5) == (line["fractured"] == "1") for line in there]
        assert row.figures["accuracy"].value == pytest.approx(sum(right) / 12)
        assert row.images_per_second > 0
    cells = as_markdown(rows).splitlines()[-1].split(" | ")
    assert cells[:4] == ["| `seed_e`", "224", "7", "0.11M"]
    assert cells[9].startswith(f"{rows[1].figures['auroc'].value:.3f} [".removeprefix("0"))


def test_epochs_are_read_from_cards_of_both_kinds(other: Path) -> None:
    card = read_card(other)
    older = replace(card, training={"recipe": {"stages": [[256, 5], [384, 7]]}})
    assert [epochs_of(one) for one in (card, older, replace(card, training={}))] == [7, 12, 0]


def test_kept_predictions_are_used_until_something_changes(folder: Path, other: Path, tmp_path: Path) -> None:
    told: list[str] = []
    first = compared([other], folder, tmp_path, told)
    assert any("asked about 12 images" in line for line in told)
    told.clear()
    assert compared([other], folder, tmp_path, told) == first
    assert any("predictions of an earlier run" in line for line in told)
    recalibrated = Path(shutil.copytree(other, tmp_path / "recalibrated"))
    write_card(recalibrated, replace(read_card(other), calibration=Calibration(-2.0, 0.5)))
    assert compared([recalibrated], folder, tmp_path, told)[0].figures != first[0].figures


@pytest.mark.parametrize(
    ("where", "split", "told"), [("nowhere", "test", "BundleUnavailable"), ("", "val", "Unusable")]
)
def test_what_cannot_be_compared_is_told(
    folder: Path, bundle: Path, tmp_path: Path, where: str, split: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / where if where else bundle
    assert main(["compare", str(given), "--data", str(folder), "--split", split]) == 2
    assert told in capsys.readouterr().err


def test_a_network_that_learned_from_val_is_not_compared_there(folder: Path, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "val").symlink_to(folder / "test")
    fitted, learned = tmp_path / "fitted", {"cross_fit": 2, "labels_sha256": "of other images"}
    fitted.mkdir()
    write_card(fitted, replace(read_card(bundle), training=learned))
    with pytest.raises(UnusableTrainingData, match="learned from val"):
        compare([bundle, fitted], tmp_path, split="val", limits=Limits(), report=lambda _: None)


def test_the_command_prints_the_table_and_writes_it(
    folder: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "table.md"
    where = ["--data", str(folder), "--split", "test"]
    assert main(["compare", str(bundle), *where, "--markdown", str(table), "--rounds", "0", "--replicates", "20"]) == 0
    printed = capsys.readouterr().out
    assert table.read_text(encoding="utf-8") == printed
    assert "| `seed_a` | 128 |" in printed
