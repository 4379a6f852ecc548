"""From labelled pictures to a measured bundle, through the commands a user types."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import main
from models.bundle import load_gate, read_card, write_card
from models.dataset import LabelledImages
from models.predictor import Predictor
from tests.factories import picture
from tests.models.bones import drawn_bones


@pytest.fixture(scope="module")
def labelled_bones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn bones as FracAtlas lays its images out: 16 each to train, choose and test."""
    folder = tmp_path_factory.mktemp("bones")
    (folder / "images").mkdir()
    bones = drawn_bones()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "group", "region", "boxes", "width", "height"))
        writer.writerows(bone_row(folder, bones, number) for number in range(len(bones)))
    return folder


def bone_row(folder: Path, bones: LabelledImages, number: int) -> tuple[object, ...]:
    name = f"{bones.names[number]}.png"
    (folder / "images" / name).write_bytes(picture(bones.images[number]))
    split = ("train", "val", "test")[number // 16]
    boxes = json.dumps(bones.boxes[number].tolist())
    return name, int(bones.fractured[number]), split, number // 16, "leg", boxes, 64, 64


@pytest.fixture(scope="module")
def trained(labelled_bones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained by the command."""
    out, run = tmp_path_factory.mktemp("bundle"), tmp_path_factory.mktemp("run")
    arguments = ["--data", str(labelled_bones), "--preset", "seed_a", "--out", str(out), "--run-dir", str(run)]
    assert main(["train", *arguments, "--epochs", "2"]) == 0
    return out


def test_the_bundle_is_complete(trained: Path) -> None:
    card = read_card(trained)
    assert card.preset == "seed_a"
    assert card.training["images"] == {"train": 16, "val": 16, "test": 16}
    assert 0 < card.thresholds.doubt <= card.thresholds.fracture
    assert "val" in card.metrics
    assert Predictor(trained).bundle_id == card.bundle_id
    assert card.gate_sha256


def test_its_gate_is_fitted_anew_by_one_command(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "bundle"))
    before = read_card(folder)
    write_card(folder, replace(before, gate_sha256=""))
    (folder / "gate.npz").unlink()
    monkeypatch.setenv("LUCENCY_BUNDLE", str(folder))
    assert main(["gate", "--data", str(labelled_bones)]) == 0
    after = read_card(folder)
    assert capsys.readouterr().out.strip() == after.gate_sha256
    assert after == replace(before, gate_sha256=after.gate_sha256)
    first, second = load_gate(trained, before), load_gate(folder, after)
    assert first is not None
    assert second is not None
    assert second.limit == pytest.approx(first.limit, rel=1e-3)


def test_it_is_measured_by_one_command(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    predictions = tmp_path / "predictions.csv"
    where = ["--data", str(labelled_bones), "--split", "test", "--predictions", str(predictions)]
    assert main(["evaluate", *where, "--record", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["images"], figures["fractured"]) == (16, 8)
    value, low, high = figures["auroc"]
    assert read_card(trained).metrics["test"]["auroc"] == [value, low, high]
    assert f"{value:.3f} [{low:.3f}, {high:.3f}]" in (trained / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert 0 <= low <= value <= high <= 1
    with predictions.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 16
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--preset", "seed_z", "--out", "x"], "no preset"),
        (["evaluate", "--split", "val"], "one kind is missing"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    labelled_bones: Path,
    trained: Path,
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    monkeypatch.chdir(tmp_path)
    table = (labelled_bones / "labels.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "images").symlink_to(labelled_bones / "images")
    healthy = [line for line in table if ",1,val," not in line]
    (tmp_path / "labels.csv").write_text("\n".join(healthy), encoding="utf-8")
    assert main([*arguments, "--data", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
