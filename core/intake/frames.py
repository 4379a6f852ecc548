"""Frames: decodes the pixel data of a radiograph, frame by frame, into grey stored values."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import CorruptFile, IntakeError, UnsupportedEncoding
from core.intake import stored_values
from core.intake.codecs import DECODERS, decode_rle
from core.intake.codestream import Codec, Colour, Stream, measure
from core.intake.dataset import BIG_ENDIAN, DEFLATED, EXPLICIT, GE_PRIVATE, IMPLICIT, Parsed, PixelElement
from core.intake.encapsulation import begins_with_item, split_frames
from core.intake.layout import Layout
from core.intake.radiograph import Pixels

_NATIVE = ("", IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN, GE_PRIVATE, "1.2.840.10008.1.2.1.98")
_RLE = "1.2.840.10008.1.2.5"
_CODECS = {  # PS3.5 10 and annex A.4
    "1.2.840.10008.1.2.4.50": Codec.JPEG,
    "1.2.840.10008.1.2.4.51": Codec.JPEG,
    "1.2.840.10008.1.2.4.57": Codec.JPEG_LOSSLESS,
    "1.2.840.10008.1.2.4.70": Codec.JPEG_LOSSLESS,
    "1.2.840.10008.1.2.4.80": Codec.JPEG_LS,
    "1.2.840.10008.1.2.4.81": Codec.JPEG_LS,
    "1.2.840.10008.1.2.4.90": Codec.JPEG_2000,
    "1.2.840.10008.1.2.4.91": Codec.JPEG_2000,
    "1.2.840.10008.1.2.4.201": Codec.HTJ2K,
    "1.2.840.10008.1.2.4.202": Codec.HTJ2K,
    "1.2.840.10008.1.2.4.203": Codec.HTJ2K,
    _RLE: Codec.RLE,
}
_AGAIN = "Send or export the file again."


@dataclass(frozen=True, slots=True)
class Decoded:
    """One frame as its codec gives it: `(rows, columns)` or `(rows, columns, 3)`."""

    values: Pixels
    colour: Colour
    bits: int
    """Bits that the codec says are in use."""
    lossy: bool


def decode_frames(parsed: Parsed, pixels: PixelElement, layout: Layout) -> Iterator[Decoded]:
    """Every frame in order. Raises CorruptFile or UnsupportedEncoding."""
    if pixels.undefined_length or _is_encapsulated(parsed, pixels, layout):
        yield from _compressed_frames(parsed, pixels, layout)
    else:
        yield from _native_frames(parsed, pixels, layout)


def _is_encapsulated(parsed: Parsed, pixels: PixelElement, layout: Layout) -> bool:
    if parsed.transfer_syntax in _NATIVE:
        return False
    if begins_with_item(pixels.data):
        parsed.header.notes.add("The compressed image has a fixed length against the standard.")
        return True
    if len(pixels.data) < layout.frame_bytes * layout.frames:
        raise CorruptFile(f"The image is said to be compressed, but is not. {_AGAIN}")
    parsed.header.notes.add("The image is said to be compressed, but is not; it was read as it is.")
    return False


# --- native, PS3.5 8.1 and 8.2 ------------------------------------------------------------------------------


def _native_frames(parsed: Parsed, pixels: PixelElement, layout: Layout) -> Iterator[Decoded]:
    expected = layout.frame_bytes * layout.frames
    surplus = len(pixels.data) - expected
    if surplus < 0:
        raise CorruptFile(f"The file holds fewer pixels than its header says. {_AGAIN}")
    if surplus > 1 or pixels.missing:  # PS3.5 8.1.1: one byte pads to an even length
        parsed.header.notes.add("The pixel data are longer than the image; the surplus is ignored.")
    colour = Colour.YCBCR if layout.photometric.startswith("YBR") else Colour.RGB
    data = pixels.data
    if parsed.big_endian_pixels and layout.allocated == 8 and pixels.in_words:
        data = _swapped_words(data)
    for index in range(layout.frames):
        part = data[index * layout.frame_bytes : (index + 1) * layout.frame_bytes]
        yield Decoded(_native(part, layout, big_endian=parsed.big_endian_pixels), colour, layout.allocated, False)


def _swapped_words(data: memoryview) -> memoryview:
    """Bytes that stand two by two in big-endian words, in their own order."""
    even = np.frombuffer(data[: len(data) & ~1], np.uint16).byteswap()
    return memoryview(even.tobytes() + bytes(data[len(data) & ~1 :]))


def _native(data: memoryview, layout: Layout, *, big_endian: bool) -> Pixels:
    words = np.frombuffer(data, f"{'>' if big_endian else '<'}u{layout.allocated // 8}")
    words = words.astype(words.dtype.newbyteorder("="), copy=False)
    if layout.subsampled:
        return stored_values.spread_chrominance(words, layout)
    if layout.samples == 1:
        return words.reshape(layout.rows, layout.columns)
    if layout.planar:  # PS3.3 C.7.6.3.1.3
        return np.moveaxis(words.reshape(layout.samples, layout.rows, layout.columns), 0, -1)
    return words.reshape(layout.rows, layout.columns, layout.samples)


# --- encapsulated, PS3.5 A.4 --------------------------------------------------------------------------------


def _compressed_frames(parsed: Parsed, pixels: PixelElement, layout: Layout) -> Iterator[Decoded]:
    streams = split_frames(pixels.data, layout.frames, parsed.header)
    for data in streams:
        yield _decode(data, parsed, layout)


def _decode(data: bytes, parsed: Parsed, layout: Layout) -> Decoded:
    stream = measure(data)
    declared = _CODECS.get(parsed.transfer_syntax)
    if stream is None:
        return _decode_unmarked(data, declared, parsed, layout)
    _check_stream(stream, layout)
    if stream.codec is not declared:
        parsed.header.notes.add(f"The image is compressed as {stream.codec.value}, which the header does not say.")
    values = _interleaved(_guarded(stream, data), layout)
    if values.shape[:2] != (layout.rows, layout.columns):
        raise CorruptFile(f"The compressed image has another size than the header says. {_AGAIN}")
    return Decoded(values, stream.colour or _declared_colour(layout), stream.bits, stream.lossy)


def _interleaved(values: Pixels, layout: Layout) -> Pixels:
    """Samples last, also when the codec keeps its components apart."""
    apart = values.ndim == 3 and values.shape == (layout.samples, layout.rows, layout.columns)
    return np.moveaxis(values, 0, -1) if apart else values


def _guarded(stream: Stream, data: bytes) -> Pixels:
    try:
        return DECODERS[stream.codec](data, stream)
    except (IntakeError, MemoryError):
        raise
    except Exception:
        raise CorruptFile(f"The {stream.codec.value} image cannot be decompressed. {_AGAIN}") from None


def _decode_unmarked(data: bytes, declared: Codec | None, parsed: Parsed, layout: Layout) -> Decoded:
    """RLE, or frames that are not compressed (PS3.5 A.4.11): both carry no marker."""
    if parsed.transfer_syntax in _NATIVE and len(data) >= layout.frame_bytes and not _looks_like_rle(data):
        values = _native(memoryview(data)[: layout.frame_bytes], layout, big_endian=False)
        return Decoded(values, _declared_colour(layout), layout.allocated, False)
    if declared is Codec.RLE or _looks_like_rle(data):
        return Decoded(_guarded_rle(data, layout), _declared_colour(layout), layout.allocated, False)
    if declared is None:
        raise UnsupportedEncoding("The compression of the image is not supported. Export it without compression.")
    raise CorruptFile(f"The compressed image is not {declared.value}, as the header says. {_AGAIN}")


def _looks_like_rle(data: bytes) -> bool:
    """The header of a frame: the number of segments, then the offset of the first, always 64 (PS3.5 G.5)."""
    return 1 <= int.from_bytes(data[:4], "little") <= 15 and data[4:8] == b"\x40\0\0\0"


def _guarded_rle(data: bytes, layout: Layout) -> Pixels:
    try:
        return decode_rle(data, layout)
    except (IntakeError, MemoryError):
        raise
    except Exception:
        raise CorruptFile(f"The RLE image cannot be decompressed. {_AGAIN}") from None


def _check_stream(stream: Stream, layout: Layout) -> None:
    if (stream.rows, stream.columns) != (layout.rows, layout.columns):
        raise CorruptFile(f"The compressed image has another size than the header says. {_AGAIN}")
    if stream.samples != layout.samples:
        raise CorruptFile(f"The compressed image has another number of colours than the header says. {_AGAIN}")
    if stream.bits > layout.allocated:
        raise CorruptFile(f"The compressed image is deeper than the header says. {_AGAIN}")


def _declared_colour(layout: Layout) -> Colour:
    """PS3.3 C.7.6.3.1.2; a decoder undoes YBR_ICT and YBR_RCT."""
    plain = layout.photometric in ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422")
    return Colour.YCBCR if plain else Colour.RGB
