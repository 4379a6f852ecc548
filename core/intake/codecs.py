"""Codecs: decode one compressed frame each, without colour conversion; every codec is one function."""

import struct
from collections.abc import Callable, Mapping

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from core.errors import CorruptFile
from core.intake.codestream import Codec, Stream
from core.intake.layout import Layout
from core.intake.radiograph import Pixels

_AGAIN = "Send or export the file again."
_RLE_GROWTH = 64
"""A run of 128 bytes takes two, PS3.5 G.3.1: nothing grows more."""


def decode_jpeg(data: bytes, stream: Stream) -> Pixels:
    """Baseline, extended (8 and 12 bits) and progressive JPEG, PS3.5 A.4.1."""
    plain = "YCBCR" if stream.samples == 3 else None  # the same in and out: no conversion
    bits = 12 if stream.bits > 8 else 8
    return _array(imagecodecs.jpeg_decode(data, colorspace=plain, outcolorspace=plain, bitspersample=bits))


def decode_jpeg_lossless(data: bytes, stream: Stream) -> Pixels:
    """JPEG process 14 with any predictor, 2 to 16 bits, PS3.5 A.4.1."""
    plain = "RGB" if stream.samples == 3 else None
    try:
        return _array(imagecodecs.jpeg8_decode(data, colorspace=plain, outcolorspace=plain))
    except imagecodecs.Jpeg8Error:
        return _array(imagecodecs.jpegsof3_decode(data))


def decode_jpeg_ls(data: bytes, stream: Stream) -> Pixels:
    """JPEG-LS, lossless and near-lossless, PS3.5 A.4.3."""
    return _array(imagecodecs.jpegls_decode(data))


def decode_jpeg_2000(data: bytes, stream: Stream) -> Pixels:
    """JPEG 2000 Part 1, PS3.5 A.4.4; a component transform is undone."""
    return _array(imagecodecs.jpeg2k_decode(data, numthreads=2))


def decode_htj2k(data: bytes, stream: Stream) -> Pixels:
    """High-Throughput JPEG 2000, PS3.5 A.4.11."""
    return _array(imagecodecs.htj2k_decode(data))


def decode_rle(data: bytes, layout: Layout) -> Pixels:
    """RLE Lossless, PS3.5 annex G: `(rows, columns)` or `(rows, columns, samples)` of unsigned words."""
    if len(data) * _RLE_GROWTH < layout.frame_bytes:
        raise CorruptFile(f"The compressed image is too short for its size. {_AGAIN}")
    depth = layout.allocated // 8
    segments = [_unpacked(segment, layout.pixels) for segment in _rle_segments(data, layout.samples * depth)]
    # PS3.5 G.2: sample after sample, each from its most to its least significant byte
    planes = np.stack(segments, axis=-1).reshape(layout.rows, layout.columns, layout.samples, depth)
    words: Pixels = planes.view(f">u{depth}")[..., 0].astype(f"u{depth}")
    return words[..., 0] if layout.samples == 1 else words


def _rle_segments(data: bytes, expected: int) -> list[bytes]:
    """The byte segments of a frame; their offsets stand in a header of 64 bytes, PS3.5 G.5."""
    count, *offsets = struct.unpack_from("<16L", data)
    ends = [*offsets[1:count], len(data)]
    if count != expected or any(start >= end for start, end in zip(offsets, ends, strict=False)):
        raise CorruptFile(f"The segments of the compressed image contradict each other. {_AGAIN}")
    return [data[start:end] for start, end in zip(offsets, ends, strict=False)]


def _unpacked(segment: bytes, length: int) -> NDArray[np.uint8]:
    """One byte plane. Runs are those of TIFF's PackBits, PS3.5 G.3.1."""
    plane = np.frombuffer(imagecodecs.packbits_decode(segment), np.uint8)
    if plane.size < length:
        raise CorruptFile(f"The compressed image does not fill its size. {_AGAIN}")
    return plane[:length]


DECODERS: Mapping[Codec, Callable[[bytes, Stream], Pixels]] = {
    Codec.JPEG: decode_jpeg,
    Codec.JPEG_LOSSLESS: decode_jpeg_lossless,
    Codec.JPEG_LS: decode_jpeg_ls,
    Codec.JPEG_2000: decode_jpeg_2000,
    Codec.HTJ2K: decode_htj2k,
}


def _array(decoded: object) -> Pixels:
    return np.asarray(decoded)
