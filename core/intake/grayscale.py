"""Grayscale: turns modality values into brightness, PS3.3 C.11.2 and C.11.6 in the order of PS3.4 N.2."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.intake.radiograph import Pixels, Radiograph, Voi, VoiFunction, VoiLut, Window

Brightness = NDArray[np.float32]

_OUTLIERS = (0.05, 99.95)
_STRAY = 4.0
"""Values are stray when they stretch the range this many times beyond the percentiles `_OUTLIERS`."""
_TABLE_ENTRIES = 65536
_RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32)


def default_voi(radiograph: Radiograph) -> Voi:
    """The transformation shown first: the file's own, else a window over the whole range.

    Whole range: 0 to 255 for 8-bit pictures, which look as they were saved. Otherwise lowest to highest pixel, unless
    a few stray pixels (fewer than 1 in 1000) stretch that more than fourfold: then without them.
    """
    if radiograph.voi:
        return radiograph.voi[0]
    if radiograph.pixels.dtype == np.uint8:
        return spanning(0, 255)
    return spanning(*_bounds(radiograph.pixels))


def spanning(low: float, high: float) -> Window:
    """The window that maps `low` to black and `high` to white."""
    return Window(center=(low + high) / 2, width=max(high - low, 1e-6), function=VoiFunction.LINEAR_EXACT)


def _bounds(pixels: Pixels) -> tuple[float, float]:
    low, high = float(pixels.min()), float(pixels.max())
    inner_low, inner_high = (float(value) for value in np.percentile(pixels[::4, ::4], _OUTLIERS))
    stray = high - low > _STRAY * (inner_high - inner_low) > 0
    return (inner_low, inner_high) if stray else (low, high)


def apply_voi(values: Pixels, voi: Voi, *, inverted: bool) -> Brightness:
    """Modality values of any shape as brightness: 0 black to 1 white, float32.

    `inverted` turns the result around after the VOI transformation: MONOCHROME1 (PS3.3 C.7.6.3.1.2) or Presentation LUT
    Shape INVERSE (C.11.6.1.2).
    """
    if values.dtype.kind in "iu" and values.size > 0:
        low, high = int(values.min()), int(values.max())
        if high - low < min(_TABLE_ENTRIES, values.size):
            table = _computed(np.arange(low, high + 1), voi, inverted=inverted)
            return table[values.astype(np.int64) - low] if low else table[values]
    return _computed(values, voi, inverted=inverted)


def _computed(values: Pixels, voi: Voi, *, inverted: bool) -> Brightness:
    wide = values.astype(np.float64)
    brightness = _looked_up(wide, voi) if isinstance(voi, VoiLut) else _WINDOWS[voi.function](wide, voi)
    return (1 - brightness if inverted else brightness).astype(np.float32)


def _linear(x: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.2.1, output 0 to 1."""
    c, w = window.center - 0.5, window.width - 1
    if w <= 0:  # width 1: a threshold
        return (x > c).astype(np.float64)
    return np.clip((x - c) / w + 0.5, 0, 1)


def _linear_exact(x: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.3.2, output 0 to 1."""
    return np.clip((x - window.center) / window.width + 0.5, 0, 1)


def _sigmoid(x: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.3.1, output 0 to 1."""
    exponent = np.clip(-4 * (x - window.center) / window.width, -700, 700)
    return np.asarray(1 / (1 + np.exp(exponent)))


_WINDOWS: dict[VoiFunction, Callable[[NDArray[np.float64], Window], NDArray[np.float64]]] = {
    VoiFunction.LINEAR: _linear,
    VoiFunction.LINEAR_EXACT: _linear_exact,
    VoiFunction.SIGMOID: _sigmoid,
}


def _looked_up(x: NDArray[np.float64], lut: VoiLut) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.1: values outside the table take its first or last entry."""
    index = np.clip(np.rint(x) - lut.first_mapped, 0, len(lut.data) - 1).astype(np.int64)
    return np.asarray(np.clip(lut.data[index] / ((1 << lut.bits) - 1), 0, 1))


def tone(radiograph: Radiograph, voi: Voi | None = None) -> Callable[[Pixels], Brightness]:
    """The grayscale transformation of a radiograph as a function, for raw pixels that were resized first.

    The whole-range window is taken from the full image, so that the function does not depend on the size.
    """
    chosen, inverted = voi or default_voi(radiograph), radiograph.inverted

    def apply(values: Pixels) -> Brightness:
        return apply_voi(values, chosen, inverted=inverted)

    return apply


def render(radiograph: Radiograph, voi: Voi | None = None) -> NDArray[np.uint8]:
    """The image as shown, `(rows, columns)`, 0 black to 255 white, at full resolution."""
    return _eight_bits(tone(radiograph, voi)(radiograph.pixels))


def preview(radiograph: Radiograph, *, longest_side: int) -> NDArray[np.uint8]:
    """The image as shown, at most `longest_side` pixels long: raw pixels are reduced first, then toned."""
    small = reduced(radiograph.pixels, longest_side=longest_side, aspect=radiograph.aspect)
    return _eight_bits(tone(radiograph)(small))


def reduced(pixels: Pixels, *, longest_side: int, aspect: float = 1.0) -> Pixels:
    """Raw pixels averaged down (INTER_AREA) to at most `longest_side`, in true proportions; never enlarged.

    `aspect`: height of a pixel by its width.
    """
    rows, columns = pixels.shape[0] * min(1.0, aspect), pixels.shape[1] * min(1.0, 1 / aspect)
    scale = min(1.0, longest_side / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    if size == pixels.shape[::-1]:
        return pixels
    source = pixels if pixels.dtype in _RESIZABLE else pixels.astype(np.float32)
    return np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA))


def _eight_bits(brightness: Brightness) -> NDArray[np.uint8]:
    return np.rint(brightness * 255).astype(np.uint8)
