"""Luts: applies the modality transformation and reads the VOI transformations of a data set, PS3.3 C.11."""

from dataclasses import dataclass

import numpy as np

from core.intake.header import Header
from core.intake.radiograph import Pixels, Voi, VoiFunction, VoiLut, Window

_MOST_ENTRIES = 65536
_MOST_PRESETS = 32
_LARGEST_VALUE = 1e30


@dataclass(frozen=True, slots=True)
class Table:
    """One item of a Modality or VOI LUT Sequence."""

    first_mapped: int
    data: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]
    bits: int
    explanation: str


def modality_values(values: Pixels, header: Header, *, signed: bool, frame: int = 1) -> Pixels:
    """Stored values as modality values: Modality LUT or rescale, PS3.3 C.11.1. Integer or float32."""
    item = header.item("ModalityLUTSequence")
    table = read_table(item, signed=signed) if item else None
    if table:
        index = np.clip(values.astype(np.int64) - table.first_mapped, 0, len(table.data) - 1)
        return table.data[index]
    if item:
        header.notes.add("The modality look-up table is damaged; it is ignored.")
    return _rescaled(values, header.functional("PixelValueTransformationSequence", frame))


def _rescaled(values: Pixels, source: Header) -> Pixels:
    """Rescale Slope and Intercept, PS3.3 C.11.1.1.2."""
    slope, intercept = _rescale(source)
    if (slope, intercept) == (1.0, 0.0):
        return values
    exact = values.astype(np.float64) * slope + intercept
    largest = max(abs(exact.max()), abs(exact.min()))
    if largest > _LARGEST_VALUE:
        source.notes.add("Rescale Slope or Intercept is beyond all reason; both are ignored.")
        return values
    whole = slope.is_integer() and intercept.is_integer() and largest < 2**31
    return _smallest(exact) if whole else exact.astype(np.float32)


def _rescale(source: Header) -> tuple[float, float]:
    """Slope and intercept; what is absent changes nothing."""
    slope, intercept = source.number("RescaleSlope"), source.number("RescaleIntercept")
    if slope == 0:
        source.notes.add("Rescale Slope is zero; it is ignored.")
    return slope or 1.0, intercept or 0.0


def _smallest(exact: Pixels) -> Pixels:
    """Whole numbers in the smallest of uint16, int16 and int32 that holds them."""
    low, high = exact.min(), exact.max()
    dtype = np.uint16 if low >= 0 and high < 65536 else np.int16 if low >= -32768 and high < 32768 else np.int32
    return exact.astype(dtype)


def may_be_negative(header: Header, *, signed: bool, bits: int, frame: int = 1) -> bool:
    """Whether stored values of `bits` bits can become modality values below zero, PS3.3 C.11.2.1.1.

    Not whether this image holds one: the sign of a VOI LUT's input rests on the possible range.
    """
    item = header.item("ModalityLUTSequence")
    if item and read_table(item, signed=signed):
        return False  # PS3.3 C.11.1.1.1: LUT Data are unsigned
    slope, intercept = _rescale(header.functional("PixelValueTransformationSequence", frame))
    low = -(1 << bits - 1) if signed else 0
    ends = [value * slope + intercept for value in (low, low + (1 << bits) - 1)]
    return min(ends) < 0 if max(map(abs, ends)) <= _LARGEST_VALUE else signed


def read_voi(header: Header, *, signed: bool, frame: int = 1) -> tuple[Voi, ...]:
    """Every VOI LUT and window of the file in its order, the look-up tables first, PS3.3 C.11.2.1.

    `signed` is of the modality values, which are what a VOI LUT takes in.
    """
    tables = [read_table(item, signed=signed) for item in header.items("VOILUTSequence")]
    if None in tables:
        header.notes.add("A VOI look-up table is damaged; it is ignored.")
    luts = [VoiLut(t.first_mapped, t.data, t.bits, t.explanation) for t in tables if t]
    return (*luts, *_windows(header.functional("FrameVOILUTSequence", frame)))[:_MOST_PRESETS]


def _windows(header: Header) -> list[Voi]:
    centers, widths = header.numbers("WindowCenter"), header.numbers("WindowWidth")
    if len(centers) != len(widths):
        header.notes.add("Window Center and Window Width do not come in pairs; the rest is ignored.")
    explanations = header.texts("WindowCenterWidthExplanation")
    explanations += [""] * len(centers)
    function = _function(header)
    pairs = list(zip(centers, widths, explanations, strict=False))
    windows = [Window(center, width, function, text) for center, width, text in pairs if _valid(width, function)]
    if len(windows) < len(pairs):
        header.notes.add("A window that is too narrow to be used is ignored.")
    return list(windows)


def _valid(width: float, function: VoiFunction) -> bool:
    """PS3.3 C.11.2.1.2.1: at least 1 when LINEAR; C.11.2.1.3: above 0 otherwise."""
    return width >= 1 if function is VoiFunction.LINEAR else width > 0


def _function(header: Header) -> VoiFunction:
    name = header.code("VOILUTFunction")
    if name in set(VoiFunction):
        return VoiFunction(name)
    if name:
        header.notes.add("The VOI LUT Function is unknown; the window is taken as linear.")
    return VoiFunction.LINEAR  # PS3.3 C.11.2.1.3: the default


def read_table(item: Header, *, signed: bool) -> Table | None:
    """A look-up table, PS3.3 C.11.1.1.1 and C.11.2.1.1; None when it is damaged. `signed` is of its input."""
    descriptor = [int(number) for number in item.numbers("LUTDescriptor")]
    if len(descriptor) != 3:
        return None
    # PS3.3 C.11.1.1.1: 0 stands for 65536 entries; a negative count is one written as signed.
    count = descriptor[0] % _MOST_ENTRIES or _MOST_ENTRIES
    data = _entries(item.data("LUTData"), count)
    if data is None:
        return None
    bits = max(descriptor[2], int(data.max()).bit_length(), 1)
    return Table(_first_mapped(descriptor[1], signed=signed), data, min(bits, 16), item.text("LUTExplanation"))


def _entries(raw: bytes, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]] | None:
    """One word an entry, or one byte an entry when only half the bytes are there."""
    if len(raw) >= 2 * count:
        return np.frombuffer(raw, "<u2", count).astype(np.uint16)
    if len(raw) >= count:
        return np.frombuffer(raw, np.uint8, count).astype(np.uint16)
    return None


def _first_mapped(value: int, *, signed: bool) -> int:
    """First value mapped, in the sign of the table's input whatever VR (US or SS) it was written with."""
    return value - 65536 if signed and value >= 32768 else value if signed or value >= 0 else value + 65536
