"""Preprocess: makes what the network sees out of a radiograph's pixels; its settings travel in the bundle.

The order is fixed, for training and serving alike: crop, resize, tone, stretch, pad. The tone (modality values to
brightness) comes after the resize, where it costs a twentieth.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
Tone = Callable[[Array], NDArray[np.float32]]

PROBE_SIDE = 256
"""Longest side of the reduced copy on which the collimation is looked for, in pixels."""
WHITE, BLACK = 0.99, 8
"""Brightness (0..1) from which on a pixel is plain white, and grey value (0..255) below which it is black."""


@dataclass(frozen=True, slots=True)
class PreprocessSettings:
    """What is done to an image before the network: one frozen record per bundle."""

    size: int
    """Side of the square network input, in pixels."""
    crop: bool = True
    """Cut away flat borders: collimator, padding, the grey end of a truncated JPEG."""
    crop_deviation: float = 0.02
    """A row or column whose brightness deviates less than this (of 0..1) counts as flat."""
    stretch: tuple[float, float] = (0.5, 99.5)
    """Percentiles of brightness that become 0 and 255."""
    clahe_clip: float = 0.0
    """Clip limit of CLAHE (Zuiderveld 1994) after the stretch; 0 leaves it out."""

    def __post_init__(self) -> None:
        """Raise ValueError, or TypeError, unless all are finite numbers and the size a positive whole one."""
        numbers = (self.crop_deviation, *self.stretch, self.clahe_clip)
        if operator.index(self.size) <= 0 or not all(math.isfinite(number) for number in numbers):
            raise ValueError("size must be positive, everything else finite")

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` turns back into equal settings."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "PreprocessSettings":
        """Settings from `to_json`'s dictionary."""
        low, high = values["stretch"]
        return cls(**{**values, "stretch": (float(low), float(high))})


@dataclass(frozen=True, slots=True)
class Geometry:
    """How original pixels map to network input: crop, scale, then shift (letterbox)."""

    rows: int
    columns: int
    crop: tuple[int, int, int, int]
    """x, y, width, height in original pixels."""
    scale: float
    """Network pixels per original pixel, across."""
    pad: tuple[int, int]
    """x, y of the crop's corner in the network input."""
    aspect: float = 1.0
    """Height of an original pixel by its width: the network sees true proportions."""

    @property
    def scales(self) -> NDArray[np.float64]:
        """Network pixels per original pixel, across and down."""
        return np.array([self.scale, self.scale * self.aspect])

    def to_input(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points `(n, 2)` as x, y in original pixels -> network input pixels, both counted from the edge."""
        corner = np.array(self.crop[:2], np.float64)
        return (points - corner) * self.scales + np.array(self.pad, np.float64)

    def to_original(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points `(n, 2)` as x, y in network input pixels -> original pixels, held inside the image."""
        corner = np.array(self.crop[:2], np.float64)
        original = (points - np.array(self.pad, np.float64)) / self.scales + corner
        return np.clip(original, 0, [self.columns, self.rows])


@dataclass(frozen=True, slots=True)
class Exposure:
    """How the cropped picture is exposed; shares are 0..1 of its area."""

    contrast: float
    """Brightness, 0..1, between the settings' two percentiles, before they are stretched."""
    white: float
    """Share of plain white, likewise before."""
    flat: float
    """Share of its most frequent tone, black left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One network input: `image` is `(size, size)` uint8, with the way back to the original."""

    image: NDArray[np.uint8]
    geometry: Geometry
    exposure: Exposure


def prepare(pixels: Array, settings: PreprocessSettings, tone: Tone | None = None, *, aspect: float = 1.0) -> Prepared:
    """Network input of one image.

    `pixels`: `(rows, columns)`, any number type. `tone` maps an array of them to brightness 0..1 (1 is white);
    without it they are taken as linear brightness. `aspect` is the height of a pixel by its width. Raises ValueError
    when `pixels` is not two-dimensional.
    """
    if pixels.ndim != 2 or 0 in pixels.shape:
        raise ValueError(f"one grey image (rows, columns) is needed, not an array of shape {pixels.shape}")
    values = _resizable(pixels)
    bright = tone or _linear_tone(values)
    crop = _content_box(values, bright, settings)
    geometry = _letterbox(values.shape, crop, settings.size, aspect)
    small = bright(_resize_crop(values, geometry))
    image = np.zeros((settings.size, settings.size), np.uint8)
    x, y = geometry.pad
    ends = np.percentile(small, settings.stretch)
    grey = _contrast(small, ends, settings)
    image[y : y + small.shape[0], x : x + small.shape[1]] = grey
    return Prepared(image, geometry, _exposure(small, grey, float(ends[1] - ends[0])))


def _resizable(pixels: Array) -> Array:
    """The same values in a type OpenCV resizes: uint8, uint16, int16 or float32."""
    if pixels.dtype in (np.uint8, np.uint16, np.int16, np.float32):
        return pixels
    return pixels.astype(np.float32)


def _linear_tone(values: Array) -> Tone:
    """Brightness that grows linearly from the smallest to the largest value."""
    low, high = float(values.min()), float(values.max())
    span = max(high - low, 1e-6)
    return lambda part: ((part.astype(np.float32) - low) / span).astype(np.float32)


def _content_box(values: Array, tone: Tone, settings: PreprocessSettings) -> tuple[int, int, int, int]:
    """x, y, width, height of what is not flat border, in original pixels; the whole image when in doubt."""
    rows, columns = values.shape
    whole = (0, 0, columns, rows)
    step = max(1.0, max(rows, columns) / PROBE_SIDE)
    size = (max(1, round(columns / step)), max(1, round(rows / step)))
    probe = tone(cv2.resize(values, size, interpolation=cv2.INTER_AREA))
    x0, x1 = _span(probe.std(axis=0) > settings.crop_deviation)
    y0, y1 = _span(probe.std(axis=1) > settings.crop_deviation)
    if not settings.crop or min((x1 - x0) / probe.shape[1], (y1 - y0) / probe.shape[0]) < 0.2:
        return whole
    left, top = int(x0 * columns / probe.shape[1]), int(y0 * rows / probe.shape[0])
    right, bottom = round(x1 * columns / probe.shape[1]), round(y1 * rows / probe.shape[0])
    return left, top, max(1, right - left), max(1, bottom - top)


def _span(active: NDArray[np.bool_]) -> tuple[int, int]:
    """First and one past the last active position; (0, 0) when there is none."""
    positions = np.flatnonzero(active)
    return (int(positions[0]), int(positions[-1]) + 1) if positions.size else (0, 0)


def _letterbox(shape: tuple[int, ...], crop: tuple[int, int, int, int], size: int, aspect: float) -> Geometry:
    """The largest centred placement of the crop in a square of `size`, true proportions kept."""
    _, _, width, height = crop
    scale = size / max(width, height * aspect)
    whole = Geometry(shape[0], shape[1], crop, scale, (0, 0), aspect)
    across, down = _target(whole)
    return replace(whole, pad=((size - across) // 2, (size - down) // 2))


def _target(geometry: Geometry) -> tuple[int, int]:
    """Width and height of the crop in the network input."""
    _, _, width, height = geometry.crop
    across, down = geometry.scales.tolist()
    return max(1, round(width * across)), max(1, round(height * down))


def _resize_crop(values: Array, geometry: Geometry) -> Array:
    """The crop at network scale: area averaging when it shrinks, cubic when it grows."""
    x, y, width, height = geometry.crop
    method = cv2.INTER_AREA if geometry.scales.max() < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(values[y : y + height, x : x + width], _target(geometry), interpolation=method))


def _exposure(brightness: NDArray[np.float32], grey: NDArray[np.uint8], contrast: float) -> Exposure:
    """The exposure of a picture, from its brightness and from the grey values it was stretched to."""
    tones = np.bincount(grey.ravel(), minlength=256)[BLACK:]
    return Exposure(contrast, float((brightness >= WHITE).mean()), float(tones.max() / grey.size))


def _contrast(
    brightness: NDArray[np.float32], ends: NDArray[np.floating], settings: PreprocessSettings
) -> NDArray[np.uint8]:
    """Brightness stretched from its two `ends` to 0..255, then CLAHE when the settings ask for it."""
    low, high = ends
    scaled = (brightness - low) * (255.0 / max(float(high - low), 1e-3))
    grey: NDArray[np.uint8] = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    if settings.clahe_clip <= 0:
        return grey
    return np.asarray(cv2.createCLAHE(settings.clahe_clip, (8, 8)).apply(grey), np.uint8)
