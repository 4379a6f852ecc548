"""Stored values: turns what a codec gives into grey stored values: unused bits, sign, colour, padding."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from core.errors import CorruptFile
from core.intake.header import Header, Notes
from core.intake.layout import Layout
from core.intake.radiograph import Pixels


def spread_chrominance(words: Pixels, layout: Layout) -> Pixels:
    """YBR_FULL_422 without compression, stored Y Y Cb Cr (PS3.3 C.7.6.3.1.2), as `(rows, columns, 3)`."""
    groups = words.reshape(-1, 4)
    pairs = np.repeat(groups[:, None, 2:], 2, axis=1)
    pixels = np.concatenate([groups[:, :2, None], pairs], axis=2)
    return pixels.reshape(layout.rows, layout.columns, 3)


def significant_bits(values: Pixels, layout: Layout, *, bits: int, lossy: bool, notes: Notes) -> Pixels:
    """The stored values within BitsStored, signed where the header says so, PS3.5 8.1.1.

    `bits` is the precision the codec used. What a lossy codec put beyond BitsStored is clipped; other bits beyond it
    are overlays or rubbish and are masked out.
    """
    shift = layout.high + 1 - layout.stored
    if shift and bits > layout.stored:
        notes.add("HighBit is not BitsStored - 1; the values were moved into place.")
        values = values >> shift
    if lossy and bits > layout.stored:
        return _clipped(values, layout, bits)
    if bits <= layout.stored and not layout.signed and values.dtype.kind == "u":
        return values
    return _masked(values, layout, notes)


def _clipped(values: Pixels, layout: Layout, bits: int) -> Pixels:
    if not layout.signed:
        return np.clip(values, 0, (1 << layout.stored) - 1)
    half = 1 << layout.stored - 1
    return np.clip(_extended(values, bits), -half, half - 1)


def _masked(values: Pixels, layout: Layout, notes: Notes) -> Pixels:
    size = max(values.dtype.itemsize, layout.allocated // 8 if layout.signed else 1)
    unsigned = values.astype(f"i{size}", copy=False).view(f"u{size}")
    if layout.stored < unsigned.dtype.itemsize * 8:
        kept: Pixels = unsigned & unsigned.dtype.type((1 << layout.stored) - 1)
        if not layout.signed and not np.array_equal(kept, unsigned):
            notes.add("Bits beyond BitsStored are in use (an overlay, perhaps); they are left out.")
        unsigned = kept
    return _extended(unsigned, layout.stored) if layout.signed else unsigned


def _extended(values: Pixels, bits: int) -> Pixels:
    """Two's complement of `bits` bits in the signed type of the same size."""
    size = values.dtype.itemsize * 8
    signed = values.astype(f"i{size // 8}")
    spare = max(0, size - bits)
    return (signed << spare) >> spare


def luminance(values: Pixels, *, ycbcr: bool, partial: bool = False) -> Pixels:
    """Brightness of `(rows, columns, 3)` samples. Grey pixels (R = G = B) keep their exact value."""
    if ycbcr and partial:  # PS3.3 C.7.6.3.1.2: Y of 16 to 235
        return np.clip((values[..., 0].astype(np.int32) - 16) * 255 // 219, 0, 255).astype(values.dtype)
    if ycbcr:
        return np.ascontiguousarray(values[..., 0])
    wide: Pixels = values.astype(np.uint32 if values.dtype.itemsize <= 2 else np.uint64)
    # ITU-R BT.601, as in PS3.3 C.7.6.3.1.2
    grey: Pixels = (wide[..., 0] * 299 + wide[..., 1] * 587 + wide[..., 2] * 114 + 500) // 1000
    return grey.astype(values.dtype)


def apply_palette(values: Pixels, dataset: Dataset) -> Pixels:
    """RGB of palette indices, PS3.3 C.7.6.3.1.5 and C.7.9. Raises CorruptFile."""
    try:
        colours: Pixels = apply_color_lut(values, dataset)
    except Exception:
        raise CorruptFile("The palette of the colour image is damaged. Export it as MONOCHROME2.") from None
    return colours[..., :3]


def padding_mask(values: Pixels, header: Header, layout: Layout) -> NDArray[np.bool_] | None:
    """Where pixels only fill the rectangle: Pixel Padding Value to Range Limit, PS3.3 C.7.5.1.1.2. None: nowhere."""
    first = header.integer("PixelPaddingValue")
    if first is None:
        return None
    last = header.integer("PixelPaddingRangeLimit")
    ends = sorted(_as_stored(value, layout) for value in (first, first if last is None else last))
    mask = (values >= ends[0]) & (values <= ends[1])
    return mask if mask.any() and not mask.all() else None


def _as_stored(value: int, layout: Layout) -> int:
    """A padding value in the representation of the pixels, whatever VR (US or SS) it was written with."""
    value &= (1 << layout.allocated) - 1
    negative = layout.signed and value >> layout.allocated - 1
    return value - (1 << layout.allocated) if negative else value
