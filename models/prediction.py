"""Prediction: what a network says of one image, as plain arrays: no Keras is imported here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the network says of one image. Coordinates are pixels of the original image."""

    probability: float
    """Calibrated probability of a fracture, 0..1."""
    answer: str
    """`none`, `doubt` or `fracture`; it means nothing for an image outside of the intended use."""
    heat_map: NDArray[np.float32]
    """`(map_rows, map_columns)` in 0..1 over the whole original image, longest side at most 128."""
    peak: tuple[int, int]
    """x, y of the hottest place."""
    regions: tuple[tuple[int, int, int, int, float], ...]
    """x, y, width, height, score 0..1, hottest first; empty when the answer is none."""
    outside: str = ""
    """Why the image lies outside of the intended use, one of `models.gate.REASONS`; empty when it does not."""
