"""A bundle is whole or refused, and says the same after the way to disk."""

import json
import shutil
from pathlib import Path

import pytest

from models.bundle import load_model, read_card
from models.errors import BundleError
from models.predictor import Predictor


@pytest.fixture
def copy(small_bundle: Path, tmp_path: Path) -> Path:
    """A bundle that may be damaged."""
    return Path(shutil.copytree(small_bundle, tmp_path / "bundle"))


def test_the_id_names_preset_and_weights(small_bundle: Path) -> None:
    card = read_card(small_bundle)
    assert card.bundle_id == f"seed_a-{card.weights_sha256[:8]}"


def test_half_precision_halves_the_file(small_bundle: Path) -> None:
    model = load_model(small_bundle, read_card(small_bundle))
    assert (small_bundle / "model.keras").stat().st_size < 2.2 * model.count_params()


def test_other_weights_are_refused(copy: Path) -> None:
    with (copy / "model.keras").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match="sha256"):
        Predictor(copy)


@pytest.mark.parametrize("name", ["model.keras", "bundle.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=name):
        Predictor(copy)


@pytest.mark.parametrize("key", ["thresholds", "preprocess", "weights_sha256"])
def test_a_card_without_an_entry_is_refused(copy: Path, key: str) -> None:
    values = json.loads((copy / "bundle.json").read_text())
    del values[key]
    (copy / "bundle.json").write_text(json.dumps(values))
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read_card(copy)


@pytest.mark.parametrize(
    "wrong",
    [
        {"thresholds": {"doubt": float("nan"), "fracture": 0.7}},
        {"thresholds": {"doubt": 0.8, "fracture": 0.7}},
        {"thresholds": {"doubt": 0.3, "fracture": 1.2}},
        {"calibration": {"scale": "1", "bias": 0.0}},
        {"calibration": {"scale": float("inf"), "bias": 0.0}},
        {"heat_full": 0},
        {"heat_full": float("nan")},
        {"region_level": None},
        {"preprocess": {"size": 0, "stretch": [0.5, 99.5]}},
        {"preprocess": {"size": 64.0, "stretch": [0.5, 99.5]}},
        {"preprocess": {"size": 64, "stretch": [0.5, float("nan")]}},
        {"weights_sha256": 5},
        {"metrics": []},
    ],
    ids=str,
)
def test_a_card_that_misstates_an_entry_is_refused(copy: Path, wrong: dict[str, object]) -> None:
    values = json.loads((copy / "bundle.json").read_text())
    (copy / "bundle.json").write_text(json.dumps({**values, **wrong}))
    with pytest.raises(BundleError, match="misstates"):
        read_card(copy)


@pytest.mark.parametrize("text", ["[]", "5", "null"])
def test_a_card_that_is_no_card_is_refused(copy: Path, text: str) -> None:
    (copy / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match="format"):
        read_card(copy)


def test_another_format_is_refused(copy: Path) -> None:
    values = json.loads((copy / "bundle.json").read_text())
    (copy / "bundle.json").write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(BundleError, match="format"):
        read_card(copy)
