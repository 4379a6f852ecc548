"""Tiff: reads the page directories of a TIFF file, before any page is decoded."""

import struct
from dataclasses import dataclass

from core.errors import CorruptFile, TooLarge

_AGAIN = "Send or export the picture again."
_FORMS = {1: "B", 3: "H", 4: "L", 16: "Q"}
"""BYTE, SHORT, LONG and LONG8 (BigTIFF)."""


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One image file directory, TIFF 6.0 section 2 and 8."""

    index: int
    rows: int
    columns: int
    bits: int
    photometric: int
    """0 white is zero, 1 black is zero, 2 RGB, 3 palette …"""
    orientation: int
    thumbnail: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """Sizes of a directory's parts: classic TIFF, or BigTIFF."""

    order: str
    count: str
    offset: str

    def read(self, form: str, data: bytes, position: int) -> int:
        """One whole number at `position`."""
        return int(struct.unpack_from(self.order + form, data, position)[0])

    @property
    def entry_bytes(self) -> int:
        """Size of an entry: tag, type, count, and value or offset."""
        return 4 + 2 * struct.calcsize(f"={self.offset}")


def tiff_pages(data: bytes, *, most: int) -> list[TiffPage]:
    """The pages in order, without thumbnails. Raises CorruptFile, or TooLarge for more than `most`."""
    shape, offset = _start(data)
    pages: list[TiffPage] = []
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        try:
            tags, offset = _directory(data, shape, offset)
        except struct.error:
            raise CorruptFile(f"The TIFF picture is damaged. {_AGAIN}") from None
        pages.append(_page(tags, len(pages)))
        if len(pages) > most:
            raise TooLarge(f"The file holds more than {most} pictures. Send them one by one.")
    return [page for page in pages if not page.thumbnail] or pages


def _start(data: bytes) -> tuple[_Shape, int]:
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    shape = _Shape(order, "Q" if big else "H", "Q" if big else "L")
    try:
        return shape, shape.read(shape.offset, data, 8 if big else 4)
    except struct.error:
        raise CorruptFile(f"The TIFF picture is damaged. {_AGAIN}") from None


def _directory(data: bytes, shape: _Shape, offset: int) -> tuple[dict[int, int], int]:
    """The highest value of every tag, and the place of the next directory."""
    count = shape.read(shape.count, data, offset)
    start = offset + struct.calcsize(f"={shape.count}")
    end = start + count * shape.entry_bytes
    following = shape.read(shape.offset, data, end)
    places = range(start, end, shape.entry_bytes)
    return {shape.read("H", data, place): _value(data, shape, place) for place in places}, following


def _value(data: bytes, shape: _Shape, place: int) -> int:
    form = _FORMS.get(shape.read("H", data, place + 2), "")
    count = shape.read(shape.offset, data, place + 4)
    if not form or not 0 < count <= 8:
        return 0
    position = place + 4 + struct.calcsize(f"={shape.offset}")
    if struct.calcsize(f"={count}{form}") > struct.calcsize(f"={shape.offset}"):
        position = shape.read(shape.offset, data, position)
    return int(max(struct.unpack_from(f"{shape.order}{count}{form}", data, position)))


def _page(tags: dict[int, int], index: int) -> TiffPage:
    return TiffPage(
        index=index,
        rows=tags.get(257, 0),
        columns=tags.get(256, 0),
        bits=tags.get(258, 1),
        photometric=tags.get(262, 1),
        orientation=tags.get(274, 1),
        thumbnail=bool(tags.get(254, 0) & 1),
    )
