"""Figures against values known by hand, and intervals that hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from models.calibrate import Thresholds
from models.evaluate import expected_calibration_error, measure, metric_table, pointing_game, wilson

FRACTURED = np.array([0, 0, 0, 0, 1, 1], np.float64)
PROBABILITY = np.array([0.1, 0.2, 0.6, 0.3, 0.5, 0.9])


def test_known_values() -> None:
    figures = measure(PROBABILITY, FRACTURED, Thresholds(0.4, 0.8), replicates=50)
    assert figures["auroc"].value == pytest.approx(7 / 8)
    assert figures["accuracy"].value == pytest.approx(5 / 6)
    assert figures["precision"].value == pytest.approx(2 / 3)
    assert figures["recall"].value == 1
    assert figures["sensitivity_at_doubt"].value == 1
    assert figures["specificity_at_doubt"].value == pytest.approx(3 / 4)
    assert figures["sensitivity_at_fracture"].value == pytest.approx(1 / 2)
    assert figures["specificity_at_fracture"].value == 1
    assert figures["brier"].value == pytest.approx(np.mean((PROBABILITY - FRACTURED) ** 2))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_each_figure_is_the_one_of_scikit_learn(cases: list[tuple[bool, int]]) -> None:
    """Equal probabilities, and those of exactly one half, nought and one, among them."""
    fractured = np.array([True, False, *(case for case, _ in cases)], np.float64)
    probability = np.array([0.3, 0.4, *(twentieths / 20 for _, twentieths in cases)])
    called = probability >= 0.5
    expected = {
        "auroc": metrics.roc_auc_score(fractured, probability),
        "average_precision": metrics.average_precision_score(fractured, probability),
        "accuracy": metrics.accuracy_score(fractured, called),
        "precision": metrics.precision_score(fractured, called, zero_division=0.0),
        "recall": metrics.recall_score(fractured, called),
        "f1": metrics.f1_score(fractured, called, zero_division=0.0),
        "log_loss": metrics.log_loss(fractured, np.clip(probability, 1e-7, 1 - 1e-7)),
        "brier": metrics.brier_score_loss(fractured, probability),
    }
    table = metric_table(Thresholds(0.4, 0.8))
    for name, value in expected.items():
        assert table[name](fractured, probability) == pytest.approx(value, abs=1e-9), name


def test_the_interval_holds_the_value_and_narrows_with_more_cases() -> None:
    random = np.random.default_rng(0)

    def width(count: int) -> float:
        fractured = (np.arange(count) % 4 == 0).astype(float)
        probability = np.clip(random.normal(0.4 + 0.2 * fractured, 0.2), 0, 1)
        one = measure(probability, fractured, Thresholds(0.3, 0.7), replicates=200)["auroc"]
        assert one.low <= one.value <= one.high
        return one.high - one.low

    assert width(4000) < width(100) / 3


def test_calibration_error_of_constant_probabilities() -> None:
    fractured = np.array([1.0, 0.0, 0.0, 0.0])
    assert expected_calibration_error(np.full(4, 0.25), fractured) == pytest.approx(0)
    assert expected_calibration_error(np.full(4, 0.75), fractured) == pytest.approx(0.5)
    assert expected_calibration_error(np.ones(4), np.ones(4)) == pytest.approx(0)


def test_wilson_against_the_published_example() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    one = wilson(81, 263)
    assert one.low == pytest.approx(0.2553, abs=1e-4)
    assert one.high == pytest.approx(0.3662, abs=1e-4)


def test_the_pointing_game_counts_hits_and_near_hits() -> None:
    peaks = np.array([[15.0, 15], [24, 15], [60, 60]])
    boxes = [np.array([[10.0, 10, 20, 20]])] * 3
    sides = np.array([100.0, 100, 100])
    assert pointing_game(peaks, boxes, sides).value == pytest.approx(1 / 3)
    assert pointing_game(peaks, boxes, sides, margin=0.1).value == pytest.approx(2 / 3)
