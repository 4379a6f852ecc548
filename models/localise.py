"""Localise: scores of heat maps on annotated boxes, for fractures that were found, by their size and by the answer.

The pointing game (Zhang 2018) asks where the peak lies; the overlap, whether a region that a reader is shown matches a
box; the energy, which share of the heat lies inside the boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate import NEAR, Estimate, pointing_game, wilson
from models.evidence_words import PARTS
from models.tune_heat import overlap

OVERLAPS = (0.1, 0.3)
"""Intersection over union from which on a region matches a box."""
SMALL, LARGE = 0.0026, 0.0059
"""Share of the image's area: the annotated boxes of FracAtlas' training split fall into thirds here."""
REPLICATES = 1000
Scores = dict[str, Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class Pointed:
    """What a map says of one image, and where its annotators saw the fracture. Pixels of the original image."""

    peak: tuple[float, float]
    """x, y."""
    regions: NDArray[np.float64]
    """`(k, 4)` as x0, y0, x1, y1: those a reader is shown."""
    heat: NDArray[np.float32]
    """`(map rows, map columns)` over the whole image."""
    boxes: NDArray[np.float64]
    """`(k, 4)` as x0, y0, x1, y1; at least one."""
    rows: int
    columns: int
    answer: str
    """`doubt` or `fracture`."""

    @property
    def size(self) -> str:
        """`small`, `medium` or `large`."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        share = float(sides.prod(axis=1).max()) / (self.rows * self.columns)
        return "small" if share < SMALL else "large" if share >= LARGE else "medium"


def parts(images: Sequence[Pointed]) -> dict[str, list[Pointed]]:
    """Each part that occurs with its images, in the order of PARTS; an image stands in three.

    All found fractures; by the image's largest box, up to SMALL, between, from LARGE on; by the answer.
    """
    held = {name: [one for one in images if name in ("all", one.size, one.answer)] for name in PARTS}
    return {name: part for name, part in held.items() if part}


def scores_by_part(images: Sequence[Pointed]) -> dict[str, Scores]:
    """The scores of each part that occurs; empty without images."""
    return {name: scores(part) for name, part in parts(images).items()}


def scores(images: Sequence[Pointed]) -> Scores:
    """Every score by name; proportions with Wilson's interval, means with a bootstrap's. Needs an image."""
    peaks = np.array([one.peak for one in images], np.float64)
    boxes = [one.boxes for one in images]
    sides = np.array([float(max(one.rows, one.columns)) for one in images])
    best = np.array([best_overlap(one) for one in images])
    return {
        "peak_in_box": pointing_game(peaks, boxes, sides),
        "peak_near_box": pointing_game(peaks, boxes, sides, margin=NEAR),
        **{f"overlap_{level}": wilson(int((best >= level).sum()), len(best)) for level in OVERLAPS},
        "energy_in_box": mean([energy(one) for one in images]),
        "regions": mean([float(len(one.regions)) for one in images]),
    }


def best_overlap(one: Pointed) -> float:
    """The largest intersection over union of any region shown with any box; 0 without a region."""
    pairs = [(region, box) for region in one.regions.tolist() for box in one.boxes.tolist()]
    return max((overlap(tuple(region), tuple(box)) for region, box in pairs), default=0.0)


def energy(one: Pointed) -> float:
    """Share of the heat inside the boxes, 0..1 (Wang 2020, Score-CAM, section 4.3); 0 for a blank map."""
    heat = np.asarray(one.heat, np.float64)
    scale = np.array([heat.shape[1] / one.columns, heat.shape[0] / one.rows] * 2)
    inside = np.zeros(heat.shape, np.bool_)
    for x0, y0, x1, y1 in (one.boxes * scale).tolist():
        rows, columns = np.arange(heat.shape[0]) + 0.5, np.arange(heat.shape[1]) + 0.5
        inside |= np.outer((rows >= y0) & (rows <= y1), (columns >= x0) & (columns <= x1))
    total = float(heat.sum())
    return float(heat[inside].sum()) / total if total > 0 else 0.0


def mean(values: Sequence[float]) -> Estimate:
    """A mean with its 95% interval, percentiles of a bootstrap."""
    held = np.asarray(values, np.float64)
    drawn = np.random.default_rng(0).choice(held, (REPLICATES, len(held))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(held.mean()), float(low), float(high))
