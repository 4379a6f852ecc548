"""Evaluate: what a network is worth, each figure with a 95% interval from a stratified bootstrap.

The figures are scikit-learn's, without its look through the arguments, which takes most of a bootstrap's time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibrate import Thresholds, wilson_interval

Floats = NDArray[np.floating]
Metric = Callable[[Floats, Floats], float]

REPLICATES = 1000
BINS = 10
"""Of the calibration error and of a reliability diagram."""
NEAR = 0.1
"""A near hit of the pointing game: the box grown by this share of the image's longer side."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95% interval (percentiles of the bootstrap)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def measure(
    probability: Floats, fractured: Floats, thresholds: Thresholds, *, replicates: int = REPLICATES
) -> dict[str, Estimate]:
    """All figures by name. `probability` and `fractured` are `(n,)`; both classes must be there.

    Accuracy, precision, recall and F1 are at probability 0.5, as the seeds report them; sensitivity and specificity
    are given at both operating points.
    """
    table = metric_table(thresholds)
    chosen = _stratified(fractured, replicates)
    return {name: _estimate(metric, fractured, probability, chosen) for name, metric in table.items()}


def resampled(metric: Metric, probability: Floats, fractured: Floats, *, replicates: int = REPLICATES) -> Estimate:
    """One figure with its interval; arrays as in `measure`."""
    chosen = _stratified(fractured, replicates)
    return _estimate(metric, fractured, probability, chosen)


def metric_table(thresholds: Thresholds) -> Mapping[str, Metric]:
    """Name -> function of (fractured, probability)."""
    return {
        "auroc": auroc,
        "average_precision": average_precision,
        "accuracy": lambda y, p: float(np.mean((p >= 0.5) == y)),
        "precision": lambda y, p: float(np.sum(y[p >= 0.5]) / max(1, np.sum(p >= 0.5))),
        "recall": lambda y, p: float(np.mean(p[y == 1] >= 0.5)),
        "f1": lambda y, p: float(2 * np.sum(y[p >= 0.5]) / (np.sum(p >= 0.5) + np.sum(y))),
        "log_loss": log_loss,
        "brier": lambda y, p: float(np.mean((p - y) ** 2)),
        "ece": lambda y, p: expected_calibration_error(p, y),
        "sensitivity_at_doubt": lambda y, p: float(np.mean(p[y == 1] >= thresholds.doubt)),
        "specificity_at_doubt": lambda y, p: float(np.mean(p[y == 0] < thresholds.doubt)),
        "sensitivity_at_fracture": lambda y, p: float(np.mean(p[y == 1] >= thresholds.fracture)),
        "specificity_at_fracture": lambda y, p: float(np.mean(p[y == 0] < thresholds.fracture)),
    }


def auroc(fractured: Floats, probability: Floats) -> float:
    """How often a fractured image ranks above another, ties counting half (Hanley 1982): the area under the curve."""
    positive, negative = probability[fractured == 1], np.sort(probability[fractured == 0])
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(np.sum(below) / (2 * len(positive) * len(negative)))


def average_precision(fractured: Floats, probability: Floats) -> float:
    """Precision at each probability that occurs, weighted by the fractures found there: no points between are drawn."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)  # of equal probabilities
    found = np.cumsum(fractured[order])[last]
    return float(np.sum(np.diff(found, prepend=0) * found / (last + 1)) / found[-1])


def log_loss(fractured: Floats, probability: Floats) -> float:
    """Mean negative logarithm of the probability given to what was the case, natural units."""
    said = np.clip(np.where(fractured == 1, probability, 1 - probability), 1e-7, 1 - 1e-7)
    return float(-np.mean(np.log(said)))


def calibration_bins(probability: Floats) -> list[NDArray[np.bool_]]:
    """Who belongs to each of BINS bins of equal width, `(n,)` each, from the lowest; empty ones are left out."""
    position = np.minimum((np.asarray(probability) * BINS).astype(int), BINS - 1)
    return [position == number for number in np.unique(position)]


def expected_calibration_error(probability: Floats, fractured: Floats) -> float:
    """Mean distance between probability and frequency over the bins (Guo 2017, equation 3)."""
    gaps = [
        abs(float(np.mean(probability[held]) - np.mean(fractured[held]))) * np.mean(held)
        for held in calibration_bins(probability)
    ]
    return float(np.sum(gaps))


def pointing_game(
    peaks: NDArray[np.floating], boxes: list[NDArray[np.float64]], longest_sides: Floats, *, margin: float = 0.0
) -> Estimate:
    """Share of images whose peak lies inside an annotated box (Zhang 2018), with its Wilson interval.

    `peaks` `(n, 2)` as x, y; `boxes` per image `(k, 4)` as x0, y0, x1, y1; each box grown by `margin` of the image's
    longest side. All in original pixels.
    """
    hits = np.array([_hit(*row, margin) for row in zip(peaks, boxes, longest_sides, strict=True)], np.float64)
    return wilson(int(hits.sum()), len(hits))


def wilson(successes: int, trials: int) -> Estimate:
    """A proportion with Wilson's 95% score interval (Wilson 1927). Raises ValueError without trials."""
    if trials < 1:
        raise ValueError("a proportion needs at least one trial")
    share = successes / trials
    low, high = wilson_interval(share, trials, z=1.959964)
    return Estimate(share, float(low), float(high))


def _hit(point: Floats, boxes: NDArray[np.float64], longest: float, margin: float) -> bool:
    grown = np.asarray(boxes, np.float64).reshape(-1, 4) + np.array([-1, -1, 1, 1]) * margin * longest
    inside = (grown[:, :2] <= point) & (point <= grown[:, 2:])
    return bool(inside.all(axis=1).any())


def _stratified(fractured: Floats, replicates: int) -> list[NDArray[np.int64]]:
    """Positions drawn with replacement within each class, so that the prevalence stays; the same at every call."""
    random = np.random.default_rng(0)
    classes = [np.flatnonzero(fractured == value) for value in (0, 1)]
    return [np.concatenate([random.choice(c, len(c)) for c in classes]) for _ in range(replicates)]


def _estimate(metric: Metric, fractured: Floats, probability: Floats, chosen: list[NDArray[np.int64]]) -> Estimate:
    drawn = [metric(fractured[index], probability[index]) for index in chosen]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(metric(fractured, probability)), float(low), float(high))
