"""Encapsulation: splits compressed pixel data into the codestreams of its frames, PS3.5 A.4."""

import struct
from itertools import pairwise

from core.errors import CorruptFile
from core.intake.header import Header, Notes

_ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0"
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
_MOST_FRAGMENTS = 1_000_000
_AGAIN = "Send or export the file again."


def begins_with_item(data: memoryview) -> bool:
    """True when pixel data start with an item tag, as encapsulated data do."""
    return bytes(data[:4]) == _ITEM


def split_frames(data: memoryview, frames: int, header: Header) -> list[bytes]:
    """The codestream of each frame. Raises CorruptFile when they cannot be told apart."""
    table, fragments = _take_table(read_fragments(data, header.notes), header.notes)
    if not fragments:
        raise CorruptFile(f"The compressed image is empty. {_AGAIN}")
    if frames == 1:
        return [b"".join(fragments)]
    if len(fragments) == frames:
        return [bytes(fragment) for fragment in fragments]
    return _group(fragments, _offsets(header) or table, frames)


def read_fragments(data: memoryview, notes: Notes) -> list[memoryview]:
    """The items of encapsulated pixel data, the Basic Offset Table first. A missing delimiter is noted."""
    items: list[memoryview] = []
    position = 0
    while position + 8 <= len(data) and len(items) < _MOST_FRAGMENTS:
        tag, length = bytes(data[position : position + 4]), struct.unpack_from("<L", data, position + 4)[0]
        if tag == _DELIMITER:
            return items
        if tag != _ITEM:
            break
        if position + 8 + length > len(data):
            raise CorruptFile(f"The compressed image is cut off. {_AGAIN}")
        items.append(data[position + 8 : position + 8 + length])
        position += 8 + length
    notes.add("The compressed image has no end mark.")
    return items


def _take_table(items: list[memoryview], notes: Notes) -> tuple[list[int], list[memoryview]]:
    """The Basic Offset Table and the fragments, PS3.5 A.4: the first item is always the table."""
    if not items:
        return [], []
    first = items[0]
    if bytes(first[:4]).startswith(_STARTS) or bytes(first[:12]) == _STARTS[2]:
        notes.add("The table of frame offsets is missing.")
        return [], items
    count = len(first) // 4
    return list(struct.unpack_from(f"<{count}L", first)), items[1:]


def _offsets(header: Header) -> list[int]:
    """Extended Offset Table (7FE0,0001), PS3.3 C.7.6.3.1.8."""
    data = header.data("ExtendedOffsetTable")
    return list(struct.unpack_from(f"<{len(data) // 8}Q", data))


def _group(fragments: list[memoryview], offsets: list[int], frames: int) -> list[bytes]:
    starts = _starts_by_offset(fragments, offsets)
    if len(starts) != frames:
        starts = [i for i, fragment in enumerate(fragments) if bytes(fragment[:12]).startswith(_STARTS)]
    if len(starts) != frames or starts[0] != 0:
        raise CorruptFile(f"The file holds a different number of images than its header says. {_AGAIN}")
    return [b"".join(fragments[a:b]) for a, b in pairwise([*starts, len(fragments)])]


def _starts_by_offset(fragments: list[memoryview], offsets: list[int]) -> list[int]:
    """Index of the first fragment of each frame; offsets count from the first item tag after the table."""
    places: dict[int, int] = {}
    position = 0
    for index, fragment in enumerate(fragments):
        places[position] = index
        position += 8 + len(fragment)
    starts = [places[offset] for offset in offsets if offset in places]
    return starts if len(starts) == len(offsets) and starts == sorted(set(starts)) else []
