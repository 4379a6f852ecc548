"""Predictive values, net benefit, reliability and curves against values known by hand."""

import numpy as np
import pytest

from models.decision import (
    MOST_POINTS,
    Counts,
    counts,
    net_benefit,
    net_benefit_of_all,
    precision_recall_points,
    predictive_values,
    reliability,
    roc_points,
)

FRACTURED = np.array([0, 0, 0, 0, 1, 1], np.float64)
PROBABILITY = np.array([0.1, 0.2, 0.6, 0.3, 0.5, 0.9])


def test_the_confusion_matrix() -> None:
    assert counts(PROBABILITY, FRACTURED, 0.5) == Counts(2, 0, 1, 3)
    assert counts(PROBABILITY, FRACTURED, 0.95) == Counts(0, 2, 0, 4)


def test_predictive_values_by_bayes() -> None:
    """Sensitivity .9 and specificity .8 at a prevalence of .1: .09 / (.09 + .18) and .72 / (.72 + .01)."""
    one = predictive_values(Counts(90, 10, 20, 80), 0.1)
    assert one.positive.value == pytest.approx(1 / 3)
    assert one.negative.value == pytest.approx(72 / 73)
    assert one.positive.low < 1 / 3 < one.positive.high
    assert predictive_values(Counts(90, 10, 20, 80), 0.4).positive.value > one.positive.value


def test_a_perfect_specificity_among_few_is_not_taken_at_its_word() -> None:
    one = predictive_values(Counts(5, 5, 0, 10), 0.1).positive
    assert one.value == one.high == 1
    assert one.low < 0.6


def test_net_benefit_of_the_published_formula() -> None:
    """Vickers 2006: at t = .5 one false alarm weighs as much as one fracture found."""
    assert net_benefit(PROBABILITY, FRACTURED, np.array([0.5, 0.2])).tolist() == pytest.approx([1 / 6, (2 - 3 / 4) / 6])
    assert net_benefit_of_all(0.2, np.array([0.2, 0.5])).tolist() == pytest.approx([0, -0.6])


def test_reliability_bins_hold_all_images() -> None:
    held = reliability(np.array([0.05, 0.06, 0.95, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert [one.count for one in held] == [2, 2]
    assert [one.observed.value for one in held] == [0, 1]
    assert held[1].predicted == pytest.approx(0.975)


def test_curves_reach_both_ends_and_stay_short() -> None:
    random = np.random.default_rng(0)
    fractured = (np.arange(2000) % 5 == 0).astype(np.float64)
    probability = np.clip(random.normal(0.3 + 0.2 * fractured, 0.2), 0, 1)
    roc, recall = roc_points(probability, fractured), precision_recall_points(probability, fractured)
    assert (roc[0], roc[-1]) == ((0, 0), (1, 1))
    assert len(roc) <= MOST_POINTS
    assert recall[0] == pytest.approx((1, 0.2), abs=1e-3)
    assert recall[-1] == pytest.approx((0, 1))
