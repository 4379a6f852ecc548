"""Decision: what an answer is worth to the one who acts on it: predictive values, net benefit, reliability, curves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from models.evaluate import Estimate, calibration_bins, wilson

Floats = NDArray[np.floating]

PREVALENCES = (0.05, 0.10, 0.20, 0.40)
"""Shares of fractured images: a screening clinic to a trauma room."""
DRAWS = 20_000
MOST_POINTS = 150
"""Points kept of a curve; more cannot be told apart in a picture."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The four cells of a confusion matrix at one threshold."""

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


@dataclass(frozen=True, slots=True)
class Predictive:
    """What a positive and a negative answer mean at one prevalence."""

    prevalence: float
    positive: Estimate
    """Share of fractured images among those called so."""
    negative: Estimate
    """Share of healthy images among those called so."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Images of about one predicted probability, and how often they are fractured."""

    count: int
    predicted: float
    """Mean probability."""
    observed: Estimate
    """Share of fractured images, Wilson's interval."""


def counts(probability: Floats, fractured: Floats, threshold: float) -> Counts:
    """The confusion matrix of `probability >= threshold`; both arrays are `(n,)`."""
    called, truth = np.asarray(probability) >= threshold, np.asarray(fractured) == 1
    cells = ((called & truth), (~called & truth), (called & ~truth), (~called & ~truth))
    return Counts(*(int(cell.sum()) for cell in cells))


def predictive_values(held: Counts, prevalence: float) -> Predictive:
    """Predictive values at a prevalence (0..1) by Bayes' theorem.

    Intervals: percentiles over sensitivities and specificities drawn from their Jeffreys posteriors (Brown 2001), so
    that a specificity of 100% among few images is not taken at its word.
    """
    found, missed = held.true_positive, held.false_negative
    cleared, alarms = held.true_negative, held.false_positive
    random = np.random.default_rng(0)
    sensitivity = random.beta(found + 0.5, missed + 0.5, DRAWS)
    specificity = random.beta(cleared + 0.5, alarms + 0.5, DRAWS)
    positive, negative = _bayes(sensitivity, specificity, prevalence)
    exact = _bayes(np.array(found / (found + missed)), np.array(cleared / (cleared + alarms)), prevalence)
    return Predictive(prevalence, _estimate(exact[0], positive), _estimate(exact[1], negative))


def net_benefit(probability: Floats, fractured: Floats, thresholds: Floats) -> NDArray[np.float64]:
    """Net benefit at each threshold probability (Vickers 2006): TP/n - FP/n * t / (1 - t)."""
    held = [counts(probability, fractured, float(t)) for t in thresholds]
    odds = np.asarray(thresholds, np.float64) / (1 - np.asarray(thresholds, np.float64))
    found = np.array([one.true_positive for one in held], np.float64)
    alarms = np.array([one.false_positive for one in held], np.float64)
    benefit: NDArray[np.float64] = (found - alarms * odds) / len(fractured)
    return benefit


def net_benefit_of_all(prevalence: float, thresholds: Floats) -> NDArray[np.float64]:
    """Net benefit of treating every image as fractured; of none it is 0."""
    odds = np.asarray(thresholds, np.float64) / (1 - np.asarray(thresholds, np.float64))
    benefit: NDArray[np.float64] = prevalence - (1 - prevalence) * odds
    return benefit


def reliability(probability: Floats, fractured: Floats) -> list[Bin]:
    """The bins of a reliability diagram: those of the calibration error."""
    return [
        Bin(int(held.sum()), float(np.mean(probability[held])), wilson(int(fractured[held].sum()), int(held.sum())))
        for held in calibration_bins(probability)
    ]


def roc_points(probability: Floats, fractured: Floats) -> list[tuple[float, float]]:
    """(1 - specificity, sensitivity), from 0, 0 to 1, 1."""
    false, true, _ = metrics.roc_curve(fractured, probability)
    return _thinned(false, true)


def precision_recall_points(probability: Floats, fractured: Floats) -> list[tuple[float, float]]:
    """(sensitivity, positive predictive value at this prevalence), from the lowest threshold to the highest."""
    precision, recall, _ = metrics.precision_recall_curve(fractured, probability)
    return _thinned(recall, precision)


def _thinned(x: Floats, y: Floats) -> list[tuple[float, float]]:
    """At most MOST_POINTS of the points, evenly by number, first and last among them."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int))
    return [(round(float(x[i]), 4), round(float(y[i]), 4)) for i in kept]


def _bayes(sensitivity: Floats, specificity: Floats, prevalence: float) -> tuple[Floats, Floats]:
    """Positive and negative predictive value; a value of nobody called so is 1."""
    hit, alarm = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    clear, miss = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    return _share(hit, alarm), _share(clear, miss)


def _share(right: Floats, wrong: Floats) -> Floats:
    total = np.asarray(right + wrong, np.float64)
    return np.asarray(np.divide(right, total, out=np.ones_like(total), where=total > 0))


def _estimate(value: Floats, drawn: Floats) -> Estimate:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(value), float(min(low, value)), float(max(high, value)))
