"""Heat: a map in network cells, told in pixels of the original image: spread, peak and regions."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.preprocess import Geometry

Cells = NDArray[np.float32]
Region = tuple[int, int, int, int, float]

LONGEST_SIDE = 128
"""Longest side of a heat map spread over the image, in map pixels."""
MOST_REGIONS = 5


@dataclass(frozen=True, slots=True)
class HeatFrame:
    """Where the cells lie: the geometry of the input, its side in pixels, and the number of cells along it."""

    geometry: Geometry
    side: int
    cells: int

    @property
    def stride(self) -> float:
        """Input pixels per cell."""
        return self.side / self.cells

    def to_original(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places `(n, 2)` as column, row in cells (0 is the first cell's centre) -> x, y in original pixels.

        Like annotated boxes these count from the image's edge: the first pixel's centre lies at 0.5.
        """
        return self.geometry.to_original((cells + 0.5) * self.stride)


def spread(heat: Cells, frame: HeatFrame) -> Cells:
    """The map over the whole original image, at reduced size with the same aspect; 0 where the network did not look."""
    geometry = frame.geometry
    whole = np.array([geometry.columns, geometry.rows], np.float64)
    size = np.maximum(1, np.rint(whole * min(1.0, LONGEST_SIDE / whole.max())))
    factor = whole / size * geometry.scales / frame.stride
    corner = (np.array(geometry.pad) - np.array(geometry.crop[:2]) * geometry.scales) / frame.stride
    matrix = np.column_stack([np.diag(factor), corner - 0.5 + 0.5 * factor])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = np.asarray(cv2.warpAffine(heat, matrix, size.astype(int).tolist(), flags=flags, borderValue=0), np.float32)
    return np.clip(warped, 0, 1)


def peak(cells: Cells, frame: HeatFrame) -> tuple[int, int]:
    """x, y of the original pixel at the centre of the hottest cell inside the image."""
    inside = np.where(_inside(frame), cells, -np.inf)
    row, column = np.unravel_index(int(inside.argmax()), cells.shape)
    x, y = np.floor(frame.to_original(np.array([[column, row]], np.float64))[0]).astype(int).tolist()
    return min(x, frame.geometry.columns - 1), min(y, frame.geometry.rows - 1)


def regions(heat: Cells, frame: HeatFrame, *, level: float) -> tuple[Region, ...]:
    """Boxes around connected cells at or above `level`, hottest first; around the peak's bump when none reach it."""
    heat = np.where(_inside(frame), heat, 0).astype(np.float32)
    hot = heat >= level if heat.max() >= level else heat >= max(float(heat.max()) / 2, 1e-6)
    count, labels = cv2.connectedComponents(hot.astype(np.uint8), connectivity=8)
    found = [_region(heat, labels == label, frame) for label in range(1, count)]
    return tuple(sorted(found, key=lambda region: -region[4])[:MOST_REGIONS])


def _inside(frame: HeatFrame) -> NDArray[np.bool_]:
    """Cells whose centre lies on the image, not on the letterbox."""
    x, y, width, height = (*frame.geometry.pad, *frame.geometry.crop[2:])
    axis = (np.arange(frame.cells) + 0.5) * frame.stride
    across, down = frame.geometry.scales
    columns = (axis >= x) & (axis <= x + width * across)
    rows = (axis >= y) & (axis <= y + height * down)
    inside: NDArray[np.bool_] = np.outer(rows, columns)
    return inside


def _region(heat: Cells, member: NDArray[np.bool_], frame: HeatFrame) -> Region:
    rows, columns = np.nonzero(member)
    edges = np.array([[columns.min() - 0.5, rows.min() - 0.5], [columns.max() + 0.5, rows.max() + 0.5]])
    (x0, y0), (x1, y1) = np.rint(frame.to_original(edges)).astype(int).tolist()
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0), float(heat[member].max())
