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
        """Places `(n, 2)` as column, row in cells (0 is the first cell's centre) -> x, y in original pixels."""
        return self.geometry.to_original((cells + 0.5) * self.stride - 0.5)


def spread(heat: Cells, frame: HeatFrame) -> Cells:
    """The map over the whole original image, at reduced size with the same aspect; 0 where the network did not look."""
    geometry = frame.geometry
    scale = min(1.0, LONGEST_SIDE / max(geometry.rows, geometry.columns))
    size = (max(1, round(geometry.columns * scale)), max(1, round(geometry.rows * scale)))
    factor = geometry.scale / (scale * frame.stride)
    corner = (np.array(geometry.pad) - np.array(geometry.crop[:2]) * geometry.scale + 0.5) / frame.stride - 0.5
    offset = corner + 0.5 * (1 / scale - 1) * geometry.scale / frame.stride
    matrix = np.array([[factor, 0, offset[0]], [0, factor, offset[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = np.asarray(cv2.warpAffine(heat, matrix, size, flags=flags, borderValue=0), np.float32)
    return np.clip(warped, 0, 1)


def peak(cells: Cells, frame: HeatFrame) -> tuple[int, int]:
    """x, y of the hottest cell inside the image, in original pixels."""
    inside = np.where(_inside(frame), cells, -np.inf)
    row, column = np.unravel_index(int(inside.argmax()), cells.shape)
    x, y = frame.to_original(np.array([[column, row]], np.float64))[0]
    return round(float(x)), round(float(y))


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
    columns = (axis >= x) & (axis <= x + width * frame.geometry.scale)
    rows = (axis >= y) & (axis <= y + height * frame.geometry.scale)
    inside: NDArray[np.bool_] = np.outer(rows, columns)
    return inside


def _region(heat: Cells, member: NDArray[np.bool_], frame: HeatFrame) -> Region:
    rows, columns = np.nonzero(member)
    edges = np.array([[columns.min() - 0.5, rows.min() - 0.5], [columns.max() + 0.5, rows.max() + 0.5]])
    (x0, y0), (x1, y1) = np.rint(frame.to_original(edges)).astype(int).tolist()
    return x0, y0, max(1, x1 - x0), max(1, y1 - y0), float(heat[member].max())
