"""The predictor: one answer per image, in order, the same alone and in a batch, from several threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.architectures import build
from models.bundle import BundleCard, save_bundle
from models.calibrate import Calibration, Thresholds
from models.errors import BundleError
from models.gradcam import GRADIENT
from models.predictor import Predictor
from models.presets import find
from tests.models.bones import drawn_bone


@pytest.fixture(scope="module")
def predictor(small_bundle: Path) -> Predictor:
    return Predictor(small_bundle)


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    random = np.random.default_rng(0)
    return [drawn_bone(random, 200 + 20 * i, broken=bool(i % 2))[0] for i in range(5)]


def test_a_batch_equals_one_at_a_time(predictor: Predictor, pictures: list[NDArray[np.uint8]]) -> None:
    prepared = [predictor.prepare(picture) for picture in pictures]
    together = predictor.predict(prepared)
    for item, batched in zip(prepared, together, strict=True):
        alone = predictor.predict([item])[0]
        assert alone.probability == pytest.approx(batched.probability, abs=1e-5)
        np.testing.assert_allclose(alone.heat_map, batched.heat_map, atol=1e-3)


def test_places_lie_inside_the_image(predictor: Predictor, pictures: list[NDArray[np.uint8]]) -> None:
    for picture, prediction in zip(pictures, predictor.predict([predictor.prepare(p) for p in pictures]), strict=True):
        rows, columns = picture.shape
        assert 0 <= prediction.peak[0] < columns
        assert 0 <= prediction.peak[1] < rows
        for x, y, width, height, score in prediction.regions:
            assert 0 <= x < x + width <= columns
            assert 0 <= y < y + height <= rows
            assert 0 <= score <= 1


def test_no_regions_without_suspicion(predictor: Predictor, pictures: list[NDArray[np.uint8]]) -> None:
    for prediction in predictor.predict([predictor.prepare(p) for p in pictures]):
        assert (prediction.answer == "none") == (not prediction.regions)
        assert prediction.answer == predictor.card.thresholds.answer(prediction.probability)


def test_nothing_in_nothing_out(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_threads_share_one_predictor(predictor: Predictor, pictures: list[NDArray[np.uint8]]) -> None:
    expected = [predictor.predict([predictor.prepare(p)])[0].probability for p in pictures]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda p: predictor.predict([predictor.prepare(p)])[0].probability, pictures))
    assert got == pytest.approx(expected, abs=1e-6)


def test_an_answer_that_is_no_number_is_no_answer(tmp_path: Path, pictures: list[NDArray[np.uint8]]) -> None:
    """It used to be `none`: nothing is below a threshold that it cannot be compared with."""
    preset = find("seed_a")
    model = build(preset)
    model.set_weights([np.full_like(one, np.nan) for one in model.get_weights()])
    save_bundle(tmp_path, model, BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7)))
    broken = Predictor(tmp_path)
    with pytest.raises(BundleError, match="no number"):
        broken.predict([broken.prepare(pictures[0])])


def test_the_same_network_can_show_its_gradient_instead(pictures: list[NDArray[np.uint8]]) -> None:
    shipped = Path(__file__).parents[2] / "models" / "shipped"
    own, other = Predictor(shipped), Predictor(shipped, GRADIENT)
    [one], [two] = (each.predict([each.prepare(pictures[1])]) for each in (own, other))
    assert other.bundle_id == f"{own.bundle_id}+gradient"
    assert two.probability == pytest.approx(one.probability, abs=1e-5)
    assert two.heat_map.shape == one.heat_map.shape
    assert not np.allclose(two.heat_map, one.heat_map, atol=0.05)
    shared = own.by_gradient()
    [three], [again] = (each.predict([each.prepare(pictures[1])]) for each in (shared, own))
    assert shared.bundle_id == other.bundle_id
    np.testing.assert_array_equal(three.heat_map, two.heat_map)
    np.testing.assert_array_equal(again.heat_map, one.heat_map, "the one it was made of keeps its own")


def test_a_network_that_has_the_gradient_only_keeps_its_name(small_bundle: Path, predictor: Predictor) -> None:
    assert Predictor(small_bundle, GRADIENT).bundle_id == predictor.bundle_id
