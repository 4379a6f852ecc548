"""Calibrate: turns logits into probabilities that mean what they say, and picks the two operating points.

Everything here is fitted on the validation split, never on the test split.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt 1999): probability = sigmoid(scale * logit + bias)."""

    scale: float = 1.0
    bias: float = 0.0

    def probability(self, logits: Floats) -> NDArray[np.float64]:
        """Probabilities of the same shape as the logits."""
        return 1.0 / (1.0 + np.exp(-(self.scale * np.asarray(logits, np.float64) + self.bias)))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Two frozen operating points: below `doubt` the answer is none, from `fracture` on it is fracture."""

    doubt: float
    fracture: float

    def answer(self, probability: float) -> str:
        """`none`, `doubt` or `fracture`."""
        if probability >= self.fracture:
            return "fracture"
        return "doubt" if probability >= self.doubt else "none"


def fit_calibration(logits: Floats, fractured: Floats) -> Calibration:
    """Maximum likelihood with a faint ridge; `logits` and `fractured` are `(n,)`."""
    fit = LogisticRegression(C=1e3).fit(np.asarray(logits).reshape(-1, 1), np.asarray(fractured).astype(int))
    return Calibration(float(fit.coef_[0, 0]), float(fit.intercept_[0]))


def choose_thresholds(
    probability: Floats, fractured: Floats, *, sensitivity: float = 0.92, specificity: float = 0.975
) -> Thresholds:
    """The sensitive point keeps at least `sensitivity` of the fractures, the specific one `specificity` of the rest.

    The targets stand a little above what is promised, because a threshold chosen on few cases regresses on new ones.
    """
    positives = np.sort(probability[fractured == 1])
    negatives = np.sort(probability[fractured == 0])
    doubt = float(positives[int(np.floor((1 - sensitivity) * len(positives)))])
    fracture = float(negatives[min(len(negatives) - 1, int(np.ceil(specificity * len(negatives))))])
    fracture = float(np.nextafter(fracture, 1.0))
    return Thresholds(min(doubt, fracture), fracture)
