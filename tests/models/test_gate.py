"""The gate: what is turned away for which reason, that it fits from arrays, and the same after the way to disk."""

import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.architectures import build
from models.bundle import load_gate, read_card
from models.errors import BundleError
from models.gate import COMPONENTS, FALSE_ALARMS_ELSEWHERE, Gate, fit_gate, packed, pooled, spanned, unpacked
from models.infer import graph
from models.predictor import Predictor
from models.preprocess import Array, PreprocessSettings, prepare
from models.presets import find
from tests.models.bones import drawn_bone
from tests.models.bundles import gated

pytestmark = pytest.mark.xdist_group("models_gate")

SIDE = 64


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """An untrained seed_b for small images: its early features tell a bone from noise all the same."""
    keras.utils.set_random_seed(2)
    row = find("seed_b")
    return build(replace(row, preprocess=replace(row.preprocess, size=SIDE)))


@pytest.fixture(scope="module")
def gate(network: keras.Model) -> Gate:
    return fit_gate(network, bones(200, seed=1), bones(100, seed=2))


def bones(count: int, *, seed: int) -> NDArray[np.uint8]:
    """Drawn bones of 64 pixels."""
    random = np.random.default_rng(seed)
    return np.stack([drawn_bone(random, SIDE, broken=bool(i % 2))[0] for i in range(count)])


def test_it_turns_noise_away_and_lets_new_bones_in(network: keras.Model, gate: Gate) -> None:
    call = graph(network, SIDE)
    noise = np.random.default_rng(3).integers(0, 256, (20, SIDE, SIDE)).astype(np.uint8)
    assert (gate.distances(pooled(call, noise)) > 1).all()
    assert (gate.distances(pooled(call, bones(100, seed=4))) > 1).mean() <= 0.05
    altered = gate.distances(pooled(call, bones(100, seed=4), altered=(0, 9)))
    assert (altered > 1).mean() <= FALSE_ALARMS_ELSEWHERE + 0.08


def test_the_same_images_give_the_same_gate(network: keras.Model) -> None:
    one, other = (fit_gate(network, bones(40, seed=1), bones(20, seed=2)) for _ in range(2))
    assert one.limit == other.limit
    np.testing.assert_array_equal(one.axes, other.axes)


def test_distances_are_mahalanobis_where_every_direction_is_kept() -> None:
    """Against the textbook formula, with the sample covariance inverted."""
    random = np.random.default_rng(0)
    known = random.normal(size=(500, 6)) @ (np.eye(6) + 0.3 * random.normal(size=(6, 6)))
    fitted = spanned(known)
    others = random.normal(size=(9, 6))
    scaled, new = ((part - known.mean(axis=0)) / known.std(axis=0) for part in (known, others))
    inverse = np.linalg.inv(scaled.T @ scaled / len(scaled))
    expected = np.einsum("ij,jk,ik->i", new, inverse, new)
    assert fitted.axes.shape == (5, 6)
    np.testing.assert_allclose(fitted.distances(others), expected, rtol=1e-4)


def test_half_precision_on_disk_changes_no_distance_that_matters() -> None:
    known = np.random.default_rng(0).normal(size=(300, 200)).astype(np.float32)
    fitted = replace(spanned(known), limit=300.0)
    content = packed(fitted)
    assert fitted.axes.shape == (COMPONENTS, 200)
    assert len(content) < 50_000
    np.testing.assert_allclose(unpacked(content).distances(known), fitted.distances(known), rtol=2e-3)


def ramp(rows: int, columns: int) -> Array:
    """A picture that no plain check turns away."""
    return np.tile(np.linspace(0, 240, columns), (rows, 1)).astype(np.uint8)


@pytest.mark.parametrize(
    ("picture", "distance", "reason"),
    [
        (ramp(200, 300), 0.9, ""),
        (ramp(200, 300), 1.1, "unlike"),
        (ramp(60, 300), 0.9, "too_small"),
        (ramp(100, 120), 0.9, "too_small"),
        (np.full((200, 300), 128, np.uint8), 0.9, "no_contrast"),
        (ramp(200, 300) // 24, 0.9, "no_contrast"),
        (np.clip(ramp(200, 300).astype(int) * 2, 0, 255).astype(np.uint8), 0.9, "over_exposed"),
        (np.pad(ramp(20, 300), ((0, 180), (0, 0)), constant_values=128), 0.9, "cut_off"),
    ],
)
def test_each_reason_is_told(picture: Array, distance: float, reason: str) -> None:
    prepared = prepare(picture, PreprocessSettings(size=96), lambda values: values.astype(np.float32) / np.float32(255))
    assert spanned(np.eye(4)).reason(prepared, distance) == reason


@pytest.fixture(scope="module")
def with_gate(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small bundle with a gate for drawn bones."""
    return gated(small_bundle, tmp_path_factory.mktemp("gated") / "bundle")


def test_a_prediction_says_whether_the_image_lies_outside(with_gate: Path) -> None:
    predictor = Predictor(with_gate)
    noise = np.random.default_rng(3).integers(0, 256, (128, 128)).astype(np.uint8)
    bone, _ = drawn_bone(np.random.default_rng(7), 128, broken=False)
    inside, outside = predictor.predict([predictor.prepare(picture) for picture in (bone, noise)])
    assert (inside.outside, outside.outside) == ("", "unlike")


def test_a_bundle_without_a_gate_takes_every_image(small_bundle: Path) -> None:
    predictor = Predictor(small_bundle)
    (said,) = predictor.predict([predictor.prepare(np.zeros((30, 30), np.uint8))])
    assert said.outside == ""


def test_another_or_a_missing_gate_is_refused(with_gate: Path, small_bundle: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(with_gate, tmp_path / "bundle"))
    card = read_card(folder)
    assert load_gate(folder, card) is not None
    assert load_gate(small_bundle, read_card(small_bundle)) is None
    with (folder / "gate.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match="sha256"):
        load_gate(folder, card)
    (folder / "gate.npz").unlink()
    with pytest.raises(BundleError, match=r"gate\.npz"):
        load_gate(folder, card)
