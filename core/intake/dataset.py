"""Dataset: turns the bytes of a DICOM file into its data set and the place of its pixel data."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

from core.errors import CorruptFile, TooLarge, UnknownFormat
from core.intake.header import Header, Notes
from core.settings import Limits

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
GE_PRIVATE = "1.2.840.113619.5.2"
"""Implicit VR little endian with big-endian pixel data."""

_UNDEFINED = 0xFFFFFFFF
_PREFIXED = 132
"""Where the meta information starts behind preamble and prefix."""
_PIXEL_TAGS = {0x7FE00010: "PixelData", 0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData"}
_ALWAYS_INFLATED = 64 * 2**20
"""A deflated data set may grow to this size whatever its ratio, in bytes."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written, PS3.5 7.1."""

    implicit: bool
    little_endian: bool


@dataclass(frozen=True, slots=True)
class PixelElement:
    """The pixel data as they stand in the file."""

    keyword: str
    data: memoryview
    """The value; for an undefined length, everything up to the end of the file."""
    undefined_length: bool
    in_words: bool
    """True for VR OW: the bytes of each 16-bit word are in the order of the transfer syntax, PS3.5 7.3."""
    missing: int
    """Bytes that the length promises but the file does not hold."""
    end: int
    """Where the value ends in the data set."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A DICOM file taken apart."""

    header: Header
    transfer_syntax: str
    """As declared; empty when the file does not say."""
    encoding: Encoding
    pixels: PixelElement | None
    complete: bool
    """False when the file ends in the middle of an element."""

    @property
    def big_endian_pixels(self) -> bool:
        """True when words of native pixel data have their most significant byte first, PS3.5 7.3."""
        return not self.encoding.little_endian or self.transfer_syntax == GE_PRIVATE


def parse(data: bytes, *, limits: Limits, notes: Notes) -> Parsed:
    """The data set of a DICOM file with or without preamble and file meta information.

    Raises CorruptFile or UnknownFormat when no data set can be found and TooLarge for a deflated bomb.
    """
    start = _after_prefix(data, notes)
    meta, body = _split_meta(data, start)
    syntax = Header(meta, notes).text("TransferSyntaxUID")
    if not syntax:
        notes.add("The file does not say how it is encoded; that was worked out from its content.")
    content = inflate(body, limits=limits, notes=notes) if syntax == DEFLATED else body
    best = _first_plausible(content, syntax, notes)
    if best is None:
        raise CorruptFile("The DICOM data set cannot be read. Send or export the file again.")
    if start != _PREFIXED and not _plausible(best.header):
        raise UnknownFormat("This is neither DICOM nor a picture format that is read here. Export it as DICOM.")
    return best


def _after_prefix(data: bytes, notes: Notes) -> int:
    if data[128:_PREFIXED] == b"DICM":
        return _PREFIXED
    notes.add("The DICOM preamble is missing.")  # PS3.10 7.1
    return 0 if any(data[:128]) else 128


def _split_meta(data: bytes, start: int) -> tuple[Dataset, memoryview]:
    """The file meta information, PS3.10 7.1, and what follows it."""
    stream = io.BytesIO(data)
    stream.seek(start)
    try:
        meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
        position = stream.tell() if len(meta) else start
    except Exception:
        meta, position = Dataset(), start
    return meta, memoryview(data)[position:]


def inflate(body: memoryview, *, limits: Limits, notes: Notes) -> memoryview:
    """A deflated data set unpacked, PS3.5 A.5, never beyond the limits."""
    ceiling = min(limits.file_bytes, max(_ALWAYS_INFLATED, int(limits.archive_ratio * len(body))))
    for window in (-zlib.MAX_WBITS, zlib.MAX_WBITS):
        try:
            unpacker = zlib.decompressobj(window)
            content = unpacker.decompress(body, ceiling + 1)
        except zlib.error:
            continue
        if len(content) > ceiling:
            raise TooLarge("The deflated DICOM file unpacks to far more than it should. Send it without deflate.")
        if not unpacker.eof:
            notes.add("The deflated data end early.")
        return memoryview(content)
    raise CorruptFile("The deflated DICOM file cannot be unpacked. Send or export it again.")


_DECLARED = {IMPLICIT: Encoding(True, True), GE_PRIVATE: Encoding(True, True), BIG_ENDIAN: Encoding(False, False)}
_ENCODINGS = (Encoding(False, True), Encoding(True, True), Encoding(False, False))


def _first_plausible(content: memoryview, syntax: str, notes: Notes) -> Parsed | None:
    declared = _DECLARED.get(syntax, Encoding(False, True)) if syntax else None
    fallback: Parsed | None = None
    for encoding in _ordered(declared):
        parsed = _read(content, encoding, syntax, notes)
        if parsed and _plausible(parsed.header):
            if declared and parsed.encoding != declared:
                notes.add("The data set is not encoded as the file says; it was read as it is.")
            return parsed
        fallback = fallback or parsed
    return fallback


def _ordered(declared: Encoding | None) -> Iterator[Encoding]:
    if declared:
        yield declared
    yield from (encoding for encoding in _ENCODINGS if encoding != declared)


def _plausible(header: Header) -> bool:
    return any(header.has(keyword) for keyword in ("SOPClassUID", "Modality", "Rows", "DirectoryRecordSequence"))


def _read(content: memoryview, encoding: Encoding, syntax: str, notes: Notes) -> Parsed | None:
    stream = io.BytesIO(content)
    try:
        dataset = read_dataset(
            stream, encoding.implicit, encoding.little_endian, stop_when=lambda tag, vr, length: tag in _PIXEL_TAGS
        )
        actual = Encoding(bool(dataset.original_encoding[0]), encoding.little_endian)
        pixels = _pixel_element(content, stream.tell(), actual)
    except Exception:
        return None
    header = Header(dataset, notes, little_endian=encoding.little_endian)
    if pixels and not pixels.undefined_length:
        _add_trailing(dataset, content, pixels.end, actual)
    return Parsed(header, syntax, actual, pixels, pixels is not None or _ends_cleanly(dataset, len(content)))


def _pixel_element(content: memoryview, position: int, encoding: Encoding) -> PixelElement | None:
    order = "<" if encoding.little_endian else ">"
    if position + 8 > len(content):
        return None
    group, element = struct.unpack_from(f"{order}HH", content, position)
    keyword = _PIXEL_TAGS.get(group << 16 | element)
    if keyword is None:
        return None
    start, length = _value_place(content, position, order, implicit=encoding.implicit)
    in_words = bytes(content[position + 4 : position + 6]) == b"OW"
    if length == _UNDEFINED:
        return PixelElement(keyword, content[start:], True, in_words, 0, len(content))
    value = content[start : start + length]
    return PixelElement(keyword, value, False, in_words, length - len(value), start + len(value))


def _value_place(content: memoryview, position: int, order: str, *, implicit: bool) -> tuple[int, int]:
    """Where a value starts and its length, PS3.5 7.1.2 and 7.1.3."""
    representation = bytes(content[position + 4 : position + 6])
    if implicit or not (representation.isalpha() and representation.isupper()):
        return position + 8, int(struct.unpack_from(f"{order}L", content, position + 4)[0])
    if representation in (b"OB", b"OW", b"UN", b"OF", b"OD", b"OL", b"OV", b"UT", b"SQ"):
        return position + 12, int(struct.unpack_from(f"{order}L", content, position + 8)[0])
    return position + 8, int(struct.unpack_from(f"{order}H", content, position + 6)[0])


def _add_trailing(dataset: Dataset, content: memoryview, position: int, encoding: Encoding) -> None:
    """Add attributes that stand behind the pixel data against PS3.5 7.1 (ascending order)."""
    if position >= len(content):
        return
    try:
        trailing = read_dataset(io.BytesIO(content[position:]), encoding.implicit, encoding.little_endian)
    except Exception:
        return
    for tag in [BaseTag(tag) for tag in list(trailing.keys()) if tag not in dataset]:
        dataset[tag] = trailing.get_item(tag, keep_deferred=True)


def _ends_cleanly(dataset: Dataset, length: int) -> bool:
    """True when the last element ends where the data end."""
    last = dataset.get_item(max(dataset.keys()), keep_deferred=True) if len(dataset) else None
    if not isinstance(last, RawDataElement) or last.length == _UNDEFINED:
        return True
    return int(last.value_tell + last.length) == length
