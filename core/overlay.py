"""Overlay: lays a heat map over a radiograph in colours that everybody can tell apart."""

import cv2
import numpy as np
from numpy.typing import NDArray

Heat = NDArray[np.float32]
Bytes = NDArray[np.uint8]

COLD = 0.25
"""Below this share of the scale the radiograph shows through untouched."""
HOTTEST = 0.5
"""Opacity of the hottest point where map and radiograph are one picture."""


def alpha(heat: Heat) -> Heat:
    """Opacity 0..1 of every point: none up to `COLD`, then rising smoothly to full at 1 (smoothstep)."""
    step = np.clip((heat - np.float32(COLD)) / np.float32(1 - COLD), 0, 1)
    return np.asarray(step * step * (3 - 2 * step), np.float32)


def colours(heat: Heat) -> Bytes:
    """RGB (rows, columns, 3) by the inferno map: even steps of lightness, safe for the colour-blind.

    Source: S. van der Walt, N. Smith, "A Better Default Colormap for Matplotlib", SciPy 2015.
    """
    scaled = np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(scaled, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB), np.uint8)


def resized(heat: Heat, size: tuple[int, int]) -> Heat:
    """The map at `size` (rows, columns), without overshoot."""
    rows, columns = size
    grown = cv2.resize(heat, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(grown, 0, 1), np.float32)


def layer(heat: Heat, *, size: tuple[int, int]) -> Bytes:
    """A layer (rows, columns, 4) RGBA, not premultiplied, to be stretched over the image by the viewer.

    `heat` (map rows, map columns), 0..1, covers the whole image; `size` is the layer's own.
    """
    grown = resized(heat, size)
    opacity = np.rint(alpha(grown) * 255).astype(np.uint8)
    return np.asarray(np.dstack([colours(grown), opacity]), np.uint8)


def blended(grey: Bytes, heat: Heat) -> Bytes:
    """`grey` (rows, columns), 8 bit, with the map over it: RGB (rows, columns, 3). The input is left alone."""
    rows, columns = grey.shape
    painted = layer(heat, size=(rows, columns))
    share = painted[..., 3:].astype(np.float32) * np.float32(HOTTEST / 255)
    mixed = grey[..., None] * (1 - share) + painted[..., :3] * share
    return np.asarray(np.rint(mixed), np.uint8)
