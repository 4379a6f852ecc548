"""Calibrate: turns logits into probabilities that mean what they say, and picks the two operating points.

Everything here is fitted on the validation split, never on the test split.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt 1999): probability = sigmoid(scale * logit + bias)."""

    scale: float = 1.0
    bias: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError, or TypeError, unless both are finite numbers."""
        if not (math.isfinite(self.scale) and math.isfinite(self.bias)):
            raise ValueError("scale and bias must be finite")

    def probability(self, logits: Floats) -> NDArray[np.float64]:
        """Probabilities of the same shape as the logits."""
        return 1.0 / (1.0 + np.exp(-(self.scale * np.asarray(logits, np.float64) + self.bias)))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Two frozen operating points: below `doubt` the answer is none, from `fracture` on it is fracture."""

    doubt: float
    fracture: float

    def __post_init__(self) -> None:
        """Raise ValueError, or TypeError, unless they are probabilities in this order."""
        if not 0 <= self.doubt <= self.fracture <= 1:
            raise ValueError("0 <= doubt <= fracture <= 1 must hold")

    def answer(self, probability: float) -> str:
        """`none`, `doubt` or `fracture`."""
        if probability >= self.fracture:
            return "fracture"
        return "doubt" if probability >= self.doubt else "none"


def fit_calibration(logits: Floats, fractured: Floats) -> Calibration:
    """Maximum likelihood with a faint ridge; `logits` and `fractured` are `(n,)`."""
    fit = LogisticRegression(C=1e3).fit(np.asarray(logits).reshape(-1, 1), np.asarray(fractured).astype(int))
    return Calibration(float(fit.coef_[0, 0]), float(fit.intercept_[0]))


DOUBT_CONFIDENCE = 0.8
FRACTURE_CONFIDENCE = 0.95
"""How sure one wants to be that an operating point keeps its promise on new images. A called fracture is acted on, and
being surer costs few of them; each step at the other end calls many more healthy images doubtful."""


def choose_thresholds(
    probability: Floats, fractured: Floats, *, sensitivity: float = 0.9, specificity: float = 0.97
) -> Thresholds:
    """The sensitive point keeps at least `sensitivity` of the fractures, the specific one `specificity` of the rest.

    That is promised for new images, not for these few: so many more are kept here that the lower end of the one-sided
    Wilson interval (Wilson 1927) at `DOUBT_CONFIDENCE` and `FRACTURE_CONFIDENCE` reaches the promise.
    """
    positives = np.sort(probability[fractured == 1])[::-1]
    negatives = np.sort(probability[fractured == 0])
    doubt = float(positives[least_kept(len(positives), sensitivity, DOUBT_CONFIDENCE) - 1])
    cleared = least_kept(len(negatives), specificity, FRACTURE_CONFIDENCE)
    fracture = float(np.nextafter(negatives[cleared - 1], 1.0))
    return Thresholds(min(doubt, fracture), fracture)


def least_kept(cases: int, share: float, confidence: float) -> int:
    """How many of `cases` must be kept for the true share to be `share` or more; all where even that is not enough."""
    low, _ = wilson_interval(np.arange(cases + 1) / cases, cases, z=NormalDist().inv_cdf(confidence))
    enough = np.flatnonzero(low >= share)
    return int(enough[0]) if len(enough) else cases


def wilson_interval(share: Floats | float, trials: int, *, z: float) -> tuple[Floats, Floats]:
    """Low and high, 0..1, of Wilson's score interval (Wilson 1927) around each `share`, at `z` standard deviations."""
    whole = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / whole
    half = z / whole * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
