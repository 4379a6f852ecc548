"""Codestream: reads size, depth and kind of a compressed image from its own first bytes, before it is decoded."""

import struct
from dataclasses import dataclass
from enum import StrEnum

from core.errors import CorruptFile, UnsupportedEncoding

_AGAIN = "Send or export the file again."


class Codec(StrEnum):
    """The compressions that are read."""

    JPEG = "JPEG"
    JPEG_LOSSLESS = "JPEG lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "High-Throughput JPEG 2000"
    RLE = "RLE"


class Colour(StrEnum):
    """What three components are, once decoded without colour conversion."""

    UNSAID = ""
    RGB = "RGB"
    YCBCR = "YCbCr"


@dataclass(frozen=True, slots=True)
class Stream:
    """What a codestream says of itself."""

    codec: Codec
    rows: int
    columns: int
    samples: int
    bits: int
    """Precision of a sample."""
    signed: bool = False
    lossy: bool = False
    colour: Colour = Colour.UNSAID


_FRAME_MARKERS = {
    0xC0: Codec.JPEG,
    0xC1: Codec.JPEG,
    0xC2: Codec.JPEG,
    0xC3: Codec.JPEG_LOSSLESS,
    0xF7: Codec.JPEG_LS,
}
_OTHER_FRAMES = frozenset({0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def measure(data: bytes) -> Stream | None:
    """The description of a JPEG, JPEG-LS or JPEG 2000 stream; None for anything else.

    Raises CorruptFile for a broken header and UnsupportedEncoding for arithmetic or hierarchical JPEG.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _measure_jpeg(data)
        if data.startswith(b"\xff\x4f\xff\x51"):
            return _measure_jpeg_2000(data, 0)
        if data.startswith(b"\0\0\0\x0cjP  "):
            return _measure_jpeg_2000(data, data.index(b"\xff\x4f\xff\x51"))
    except (struct.error, IndexError, ValueError):
        raise CorruptFile(f"The header of the compressed image is damaged. {_AGAIN}") from None
    return None


def _measure_jpeg(data: bytes) -> Stream:
    """Walk the marker segments up to the frame header, ISO/IEC 10918-1 B.2."""
    position, colour = 2, Colour.UNSAID
    while True:
        position = data.index(b"\xff", position)
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _FRAME_MARKERS:
            return _frame_header(data, position, marker, colour)
        elif marker in _OTHER_FRAMES:
            raise UnsupportedEncoding(
                "This kind of JPEG (arithmetic or hierarchical) is not supported. Export it again."
            )
        elif marker in (0xD9, 0xDA):
            raise CorruptFile(f"The JPEG stream has no frame header. {_AGAIN}")
        else:
            colour = _colour(data, position, marker) or colour
            position += 2 if marker in _ALONE else 2 + struct.unpack_from(">H", data, position + 2)[0]


def _frame_header(data: bytes, position: int, marker: int, colour: Colour) -> Stream:
    bits, rows, columns, samples = struct.unpack_from(">BHHB", data, position + 4)
    if rows == 0:
        raise UnsupportedEncoding("The JPEG stream gives its height only at its end. Export the image again.")
    codec = _FRAME_MARKERS[marker]
    lossy = codec is Codec.JPEG or (codec is Codec.JPEG_LS and _near(data, position) > 0)
    return Stream(codec, rows, columns, samples, bits, lossy=lossy, colour=colour)


def _near(data: bytes, position: int) -> int:
    """NEAR of the first scan of a JPEG-LS stream, ISO/IEC 14495-1 C.2.3."""
    scan = data.find(b"\xff\xda", position)
    components = data[scan + 4] if scan >= 0 else 0
    return data[scan + 5 + 2 * components] if scan >= 0 else 0


def _colour(data: bytes, position: int, marker: int) -> Colour:
    """JFIF means YCbCr; an Adobe segment says it in its last byte."""
    content = data[position + 4 : position + 18]
    if marker == 0xE0 and content.startswith(b"JFIF\0"):
        return Colour.YCBCR
    if marker == 0xEE and content.startswith(b"Adobe") and len(content) > 11:
        return Colour.YCBCR if content[11] == 1 else Colour.RGB
    return Colour.UNSAID


def _measure_jpeg_2000(data: bytes, start: int) -> Stream:
    """The SIZ and COD segments, ISO/IEC 15444-1 A.5.1 and A.6.1."""
    capabilities, width, height, left, top = struct.unpack_from(">HLLLL", data, start + 6)
    samples, depth = struct.unpack_from(">HB", data, start + 40)
    codec = Codec.HTJ2K if capabilities & 0x4000 else Codec.JPEG_2000  # ISO/IEC 15444-15 A.2
    mixed, transform = _coding_style(data, start)
    bits, signed = (depth & 0x7F) + 1, bool(depth & 0x80)
    colour = Colour.RGB if mixed else Colour.UNSAID
    return Stream(codec, height - top, width - left, samples, bits, signed, transform == 0, colour)


def _coding_style(data: bytes, start: int) -> tuple[int, int]:
    """Multiple component transform (1: the decoder undoes it), and wavelet (0: the irreversible 9-7)."""
    position = start + 4 + struct.unpack_from(">H", data, start + 4)[0]
    while data[position : position + 2] not in (b"\xff\x52", b"\xff\x90"):
        position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    return (data[position + 8], data[position + 13]) if data[position + 1] == 0x52 else (0, 0)
