"""Subgroups: the same figures for each part of the images, so that a mean does not hide where a network fails."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibrate import Thresholds
from models.evaluate import Estimate, auroc, resampled, wilson
from models.evidence_words import FEWEST

Floats = NDArray[np.floating]
REPLICATES = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the images. A figure is None where the part is too small for it."""

    value: str
    """The trait's value, e.g. `leg`."""
    images: int
    fractured: int
    auroc: Estimate | None
    sensitivity: Estimate | None
    """At the doubt point."""
    specificity: Estimate | None
    """At the doubt point."""
    sensitivity_at_fracture: Estimate | None
    specificity_at_fracture: Estimate | None


def rows(values: Sequence[str], probability: Floats, fractured: Floats, thresholds: Thresholds) -> list[Row]:
    """One row per value of a trait, the most frequent first; images without a value are left out. Arrays are `(n,)`."""
    held = np.asarray(values)
    known = sorted({value for value in values if value}, key=lambda value: (-int((held == value).sum()), value))
    return [_row(value, probability[held == value], fractured[held == value], thresholds) for value in known]


def _row(value: str, probability: Floats, fractured: Floats, thresholds: Thresholds) -> Row:
    positive, negative = probability[fractured == 1], probability[fractured == 0]
    both = min(len(positive), len(negative)) >= FEWEST
    low, high = thresholds.doubt, thresholds.fracture
    return Row(
        value=value,
        images=len(probability),
        fractured=len(positive),
        auroc=resampled(auroc, probability, fractured, replicates=REPLICATES) if both else None,
        sensitivity=_share(positive >= low),
        specificity=_share(negative < low),
        sensitivity_at_fracture=_share(positive >= high),
        specificity_at_fracture=_share(negative < high),
    )


def _share(right: NDArray[np.bool_]) -> Estimate | None:
    return wilson(int(right.sum()), len(right)) if len(right) >= FEWEST else None
