"""RLE frames whose header or runs contradict themselves. The other codecs are tested through whole files."""

import struct

import numpy as np
import pytest

from core.errors import CorruptFile
from core.intake.reader import read
from tests import factories as make

PIXELS = make.ramp()
FRAME = make.rle(PIXELS)


def compressed(frame: bytes) -> bytes:
    return make.dicom(PIXELS, transfer_syntax=make.RLE, frames=[frame])


def with_header(*numbers: int) -> bytes:
    return struct.pack("<16L", *(list(numbers) + [0] * 16)[:16]) + FRAME[64:]


def test_runs_and_literals() -> None:
    """PS3.5 G.3.1: a run of 24 equal bytes, and the byte -128 that means nothing."""
    plane = b"\xe9\x07" * 32 + b"\x80"
    frame = struct.pack("<16L", 2, 64, 64 + len(plane), *[0] * 13) + plane * 2
    np.testing.assert_array_equal(read(compressed(frame)).pixels, np.full((24, 32), 0x0707))


@pytest.mark.parametrize(
    "frame",
    [
        with_header(1, 64),
        with_header(3, 64, 100, 200),
        with_header(2, 64, 64),
        with_header(2, 900, 64),
        with_header(2, 64, 2**31),
        with_header(2, 2**32 - 1, 2**32 - 1),
        FRAME[:700],
        FRAME[:63],
        FRAME[:64],
    ],
)
def test_contradictions_are_refused(frame: bytes) -> None:
    with pytest.raises(CorruptFile):
        read(compressed(frame))
