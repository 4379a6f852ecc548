"""A bundle is whole or refused, and says the same after the way to disk."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_gate, load_model, read_card, save_bundle
from models.errors import BundleError
from models.gate import spanned
from models.predictor import Predictor
from models.whole import whole


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


@pytest.mark.parametrize("name", ["model.keras", "gate.npz"])
def test_a_bundle_that_cannot_be_written_whole_is_none(small_bundle: Path, tmp_path: Path, name: str) -> None:
    """Its card comes last: what was written before is refused, and nothing half-written stays."""
    card = read_card(small_bundle)
    model, gate = load_model(small_bundle, card), spanned(np.random.default_rng(0).random((12, 4)))
    (tmp_path / name).mkdir()
    with pytest.raises(OSError, match=name):
        save_bundle(tmp_path, model, card, gate)
    assert [path for path in tmp_path.iterdir() if path.name == "bundle.json" or path.suffix == ".part"] == []


def test_a_bundle_is_written_with_its_gate(small_bundle: Path, tmp_path: Path) -> None:
    card = read_card(small_bundle)
    gate = spanned(np.random.default_rng(0).random((12, 4)))
    saved = save_bundle(tmp_path, load_model(small_bundle, card), replace(card, gate_sha256="of another"), gate)
    assert saved == read_card(tmp_path) == replace(saved, gate_sha256=saved.gate_sha256)
    held = load_gate(tmp_path, saved)
    assert held is not None
    np.testing.assert_array_equal(held.mean, gate.mean)
    without = save_bundle(tmp_path, load_model(tmp_path, saved), saved)
    assert load_gate(tmp_path, without) is None


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file"

    def written(text: str, *, then: BaseException | None = None) -> None:
        with whole(target) as draft:
            draft.write_text(text)
            if then:
                raise then

    written("first")
    with pytest.raises(KeyboardInterrupt):
        written("second", then=KeyboardInterrupt())
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(target, "first")]


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
