"""Probabilities that mean what they say, and operating points that keep their promise."""

import numpy as np
import pytest

from models.calibrate import Calibration, Thresholds, choose_thresholds, fit_calibration, least_kept
from models.evaluate import expected_calibration_error


def test_a_known_scale_is_found_again() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 20_000)
    fractured = (random.random(20_000) < Calibration(0.5, -1.0).probability(logits)).astype(float)
    found = fit_calibration(logits, fractured)
    assert found.scale == pytest.approx(0.5, abs=0.03)
    assert found.bias == pytest.approx(-1.0, abs=0.05)
    assert expected_calibration_error(found.probability(logits), fractured) < 0.01


def test_operating_points_keep_their_promise() -> None:
    random = np.random.default_rng(1)
    fractured = (np.arange(2000) % 5 == 0).astype(float)
    probability = np.clip(random.normal(0.3 + 0.3 * fractured, 0.15), 0, 1)
    points = choose_thresholds(probability, fractured, sensitivity=0.9, specificity=0.95)
    assert np.mean(probability[fractured == 1] >= points.doubt) >= 0.9
    assert np.mean(probability[fractured == 0] < points.fracture) >= 0.95


def test_the_promise_is_kept_on_new_images_as_often_as_it_is_meant_to_be() -> None:
    """Few cases to choose on, many new ones: without the margin either promise would be kept every other time."""
    random = np.random.default_rng(2)

    def drawn(count: int, mean: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return Calibration().probability(random.normal(mean, 1.0, count))

    new_healthy, new_fractured = drawn(20_000, 0), drawn(20_000, 2)
    sensitive, specific = [], []
    for _ in range(300):
        points = choose_thresholds(np.concatenate([drawn(70, 2), drawn(340, 0)]), np.repeat([1.0, 0.0], [70, 340]))
        sensitive.append(np.mean(new_fractured >= points.doubt) >= 0.9)
        specific.append(np.mean(new_healthy < points.fracture) >= 0.97)
    assert 0.7 <= np.mean(sensitive) <= 0.93
    assert np.mean(specific) >= 0.93


@pytest.mark.parametrize(
    ("cases", "share", "confidence", "kept"),
    [(68, 0.9, 0.8, 64), (339, 0.97, 0.8, 332), (339, 0.97, 0.95, 334), (3, 0.9, 0.8, 3)],
)
def test_how_many_must_be_kept(cases: int, share: float, confidence: float, kept: int) -> None:
    assert least_kept(cases, share, confidence) == kept


def test_separable_classes_leave_no_doubt_band_upside_down() -> None:
    fractured = np.repeat([0.0, 1.0], 20)
    points = choose_thresholds(np.linspace(0, 1, 40), fractured)
    assert points.doubt <= points.fracture


@pytest.mark.parametrize("points", [(0.7, 0.3), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5), (0.5, float("nan"))])
def test_operating_points_are_probabilities_in_their_order(points: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="doubt <= fracture"):
        Thresholds(*points)


@pytest.mark.parametrize("values", [(float("nan"), 0.0), (1.0, float("inf"))])
def test_a_calibration_is_made_of_numbers(values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        Calibration(*values)


@pytest.mark.parametrize(
    ("probability", "answer"), [(0.0, "none"), (0.29, "none"), (0.3, "doubt"), (0.69, "doubt"), (0.7, "fracture")]
)
def test_three_answers(probability: float, answer: str) -> None:
    assert Thresholds(0.3, 0.7).answer(probability) == answer
