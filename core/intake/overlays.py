"""Overlays: decodes the overlay planes of a file (60xx) into one sheet of graphics a frame, PS3.3 C.9.2 and C.9.3."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.intake.frames import Decoded
from core.intake.header import Header
from core.intake.layout import MONOCHROME, Layout
from core.intake.radiograph import Graphics, Pixels
from core.settings import Limits

NOT_SHOWN = "The file holds overlay graphics that are not shown."
BEYOND = "The file holds overlay graphics beyond the edge of the image, which are not shown."

_GROUPS = range(0x6000, 0x6020, 2)
"""The sixteen repeating groups, PS3.5 7.6."""
_ROWS, _COLUMNS, _FRAMES, _ORIGIN, _FIRST_FRAME = 0x0010, 0x0011, 0x0015, 0x0050, 0x0051
_TYPE, _ALLOCATED, _POSITION, _DATA = 0x0040, 0x0100, 0x0102, 0x3000

Sheet = NDArray[np.bool_]
"""`(rows, columns)` of the image, True where something is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """An overlay plane whose bits stand by themselves, in Overlay Data (60xx,3000)."""

    rows: int
    columns: int
    top: int
    """Row of its first point, 0 for the image's first; it may lie outside of the image, as `left` may."""
    left: int
    frames: int
    first_frame: int | None
    """Number of the frame that its first one is for, counted from 1; None where it is for every frame."""
    region: bool
    """Its points are a region of interest, Overlay Type (60xx,0040) R: drawn by its outline, to hide nothing in it."""
    data: bytes
    """Packed bits, the least significant first (PS3.5 8.1.2), frame after frame without a gap."""

    @property
    def points(self) -> int:
        """Points of one frame."""
        return self.rows * self.columns

    @property
    def complete(self) -> bool:
        """Whether the data hold every point."""
        return len(self.data) * 8 >= self.points * self.frames

    def place(self, number: int) -> int | None:
        """Which of its frames, counted from 0, is for the image's frame `number`; None when none is."""
        if self.first_frame is None:
            return 0
        place = number - self.first_frame
        return place if 0 <= place < self.frames else None

    def bits(self, place: int) -> Sheet:
        """Its points of one frame, `(rows, columns)`."""
        start, spare = divmod(place * self.points, 8)
        packed = np.frombuffer(self.data, np.uint8, (spare + self.points + 7) // 8, start)
        bits = np.unpackbits(packed, bitorder="little")[spare : spare + self.points]
        drawn: Sheet = bits.reshape(self.rows, self.columns).view(np.bool_)
        return _outlined(drawn) if self.region else drawn


@dataclass(frozen=True, slots=True, eq=False)
class Overlays:
    """All overlay planes of a file."""

    planes: tuple[Plane, ...] = ()
    embedded: int = 0
    """The bits of a pixel that are a plane each, as a mask: the retired way, PS3.3-2004 C.9.2.1.1."""

    def without(self, frame: Decoded) -> Pixels:
        """The values of a frame without the bits that are graphics."""
        mask = self._mask(frame)
        if not mask:
            return frame.values
        unsigned = _unsigned(frame.values)
        kept: Pixels = unsigned & unsigned.dtype.type(np.iinfo(unsigned.dtype).max ^ mask)
        return kept.view(frame.values.dtype)

    def graphics(self, frame: Decoded, layout: Layout, header: Header, *, number: int) -> Graphics | None:
        """All planes of one frame as one sheet of packed bits; None where nothing is drawn. `number` counts from 1."""
        if not self.planes and not self.embedded:
            return None
        sheet = self._embedded(frame, layout)
        for plane in self.planes:
            place = plane.place(number)
            if place is not None and not _put(sheet, plane, plane.bits(place)):
                header.notes.add(BEYOND)
        packed = np.packbits(sheet, axis=1) if sheet.any() else None
        if packed is not None:
            packed.flags.writeable = False
        return packed

    def _embedded(self, frame: Decoded, layout: Layout) -> Sheet:
        mask = self._mask(frame)
        if not mask:
            return np.zeros((layout.rows, layout.columns), np.bool_)
        unsigned = _unsigned(frame.values)
        drawn: Sheet = (unsigned & unsigned.dtype.type(mask)) != 0
        return drawn

    def _mask(self, frame: Decoded) -> int:
        """The bits that the codec has kept as they were: a lossy one keeps none, no other one more than it stores."""
        return 0 if frame.lossy else self.embedded & ((1 << frame.bits) - 1)


def read_overlays(header: Header, layout: Layout, limits: Limits) -> Overlays:
    """The planes that can be drawn, within the limits of pixels. Notes what is drawn there but cannot be shown."""
    planes, left = [], limits.object_pixels
    for group in _GROUPS:
        data = header.binary(group << 16 | _DATA)
        if not data.strip(b"\0"):  # absent, or a plane of zeros, which draws nothing
            continue
        plane = _plane(header, group, data)
        points = plane.points * layout.frames if plane else 0
        if plane is None or plane.points > limits.pixels or points > left:
            header.notes.add(NOT_SHOWN)
            continue
        left -= points
        planes.append(plane)
    return Overlays(tuple(planes), _embedded_bits(header, layout))


def _plane(header: Header, group: int, data: bytes) -> Plane | None:
    """The plane of a group with data of its own; None where its header does not describe them."""
    rows, columns = _one(header, group, _ROWS, 0), _one(header, group, _COLUMNS, 0)
    frames, first = _one(header, group, _FRAMES, 1), _one(header, group, _FIRST_FRAME, 0)
    top, left = (*header.integers(group << 16 | _ORIGIN), 1, 1)[:2]
    everywhere = first < 1 and frames == 1
    region = header.words(group << 16 | _TYPE)[:1] == ["R"]
    plane = Plane(rows, columns, top - 1, left - 1, frames, None if everywhere else max(first, 1), region, data)
    packed = _one(header, group, _ALLOCATED, 1) == 1 or len(data) < plane.points * frames
    return plane if min(rows, columns, frames) > 0 and packed and plane.complete else None


def _one(header: Header, group: int, element: int, default: int) -> int:
    return next(iter(header.integers(group << 16 | element)), default)


def _embedded_bits(header: Header, layout: Layout) -> int:
    """The mask of the bits that planes without data of their own have in the pixels, where the image leaves them."""
    mask = 0
    for bit in _positions(header):
        free = layout.high < bit < layout.allocated or bit < layout.high + 1 - layout.stored
        if free and layout.photometric in MONOCHROME:
            mask |= 1 << bit
        else:
            header.notes.add(NOT_SHOWN)
    return mask


def _positions(header: Header) -> Iterator[int]:
    """Overlay Bit Position (60xx,0102) of every group that describes a plane without data."""
    for group in _GROUPS:
        if not header.binary(group << 16 | _DATA):
            yield from (bit for bit in header.integers(group << 16 | _POSITION)[:1] if bit > 0)


def _outlined(drawn: Sheet) -> Sheet:
    """The points with a neighbour across, or up and down, that is not drawn; those at the edges of the plane too."""
    outline = drawn.copy()
    beside = drawn[1:-1, :-2] & drawn[1:-1, 2:] & drawn[:-2, 1:-1] & drawn[2:, 1:-1]
    outline[1:-1, 1:-1] &= ~beside
    return outline


def _unsigned(values: Pixels) -> Pixels:
    return values.view(f"u{values.dtype.itemsize}")


def _put(sheet: Sheet, plane: Plane, bits: Sheet) -> bool:
    """Draw a plane on the sheet, as far as it reaches; whether all that is drawn on the plane lies there."""
    rows, columns = sheet.shape
    top, bottom = max(plane.top, 0), min(plane.top + plane.rows, rows)
    left, right = max(plane.left, 0), min(plane.left + plane.columns, columns)
    if top >= bottom or left >= right:
        return not bits.any()
    inside = bits[top - plane.top : bottom - plane.top, left - plane.left : right - plane.left]
    sheet[top:bottom, left:right] |= inside
    return inside.shape == bits.shape or np.count_nonzero(inside) == np.count_nonzero(bits)
