"""Tune heat: picks, on the validation split, what a reader sees as full heat and where a region ends."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.heat import HeatFrame, regions
from models.preprocess import Geometry

Boxes = NDArray[np.float64]

LEVELS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)


def full_heat(cells: NDArray[np.float32], fractured: NDArray[np.floating]) -> float:
    """The median peak among the fractured images: what is shown as 1.0. `cells` is `(n, rows, columns)` in 0..1."""
    return float(max(np.median(cells[fractured == 1].max(axis=(1, 2))), 1e-3))


def region_level(
    heat: NDArray[np.float32], boxes: Sequence[Boxes], fractured: NDArray[np.floating], side: int
) -> float:
    """The level whose regions overlap the boxes of fractures best: mean IoU of the hottest region with its nearest box.

    `heat` `(n, rows, columns)` in 0..1, `boxes` `(k, 4)` per image, both in the network's input of `side` pixels, and
    `fractured` `(n,)`: boxes on a healthy image mark no fracture, whatever they mark.
    """
    frame = HeatFrame(Geometry(side, side, (0, 0, side, side), 1.0, (0, 0)), side, heat.shape[1])
    pairs = [(one, box) for one, box, broken in zip(heat, boxes, fractured, strict=True) if broken and len(box)]
    if not pairs:
        return 0.5
    return max(LEVELS, key=lambda level: np.mean([_best_overlap(one, box, frame, level) for one, box in pairs]))


def _best_overlap(heat: NDArray[np.float32], boxes: Boxes, frame: HeatFrame, level: float) -> float:
    found = regions(heat, frame, level=level)
    if not found:  # a blank map points nowhere
        return 0.0
    x, y, width, height, _ = found[0]
    return max(overlap((x, y, x + width, y + height), tuple(box)) for box in boxes.tolist())


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes given as x0, y0, x1, y1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    whole = _area(one) + _area(other) - shared
    return shared / whole if whole > 0 else 0.0


def _area(box: tuple[float, ...]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
