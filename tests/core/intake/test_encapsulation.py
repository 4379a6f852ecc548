"""Fragments, offset tables and delimiters as files really have them."""

import struct
from collections.abc import Mapping

import numpy as np
import pytest

from core.errors import CorruptFile
from core.intake.reader import read, read_frames
from tests import factories as make

PIXELS = np.stack([make.ramp(), make.ramp()[::-1], make.ramp()[:, ::-1]])
STREAMS = [make.jpeg_2000(frame, 12) for frame in PIXELS]
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"


def item(data: bytes) -> bytes:
    data += bytes(len(data) % 2)
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(data)) + data


def encapsulated(
    *items: bytes, end: bytes = DELIMITER, frames: int = 3, extra: Mapping[str, object] | None = None
) -> bytes:
    value = b"".join(item(data) for data in items)
    first = PIXELS if frames == 3 else PIXELS[0]
    data = make.dicom(first, transfer_syntax=make.JPEG_2000_LOSSLESS, frames=[b"\xff\x4f"] * frames, elements=extra)
    place = data.index(b"\xe0\x7f\x10\0OB")
    return data[: place + 8] + b"\xff\xff\xff\xff" + value + end


def halves(stream: bytes) -> tuple[bytes, bytes]:
    middle = len(stream) // 4 * 2
    return stream[:middle], stream[middle:]


def check(data: bytes) -> tuple[str, ...]:
    frames = read_frames(data)
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in frames]), PIXELS)
    return frames[0].warnings


def offsets(fragments: list[bytes], first: list[int]) -> list[int]:
    places = np.cumsum([0, *(8 + len(fragment) + len(fragment) % 2 for fragment in fragments)])
    return [int(places[index]) for index in first]


def table(values: list[int], kind: str = "L") -> bytes:
    return struct.pack(f"<{len(values)}{kind}", *values)


SPLIT = [part for stream in STREAMS for part in halves(stream)]


def test_several_fragments_a_frame_with_a_table() -> None:
    assert check(encapsulated(table(offsets(SPLIT, [0, 2, 4])), *SPLIT)) == ()


def test_several_fragments_a_frame_without_a_table() -> None:
    assert check(encapsulated(b"", *SPLIT)) == ()


def test_several_fragments_a_frame_with_a_wrong_table() -> None:
    assert check(encapsulated(table([0, 7, 9]), *SPLIT)) == ()
    assert check(encapsulated(table([0, 0, 0]), *SPLIT)) == ()
    assert check(encapsulated(b"\xff" * 13, *SPLIT)) == ()


def test_extended_offset_table() -> None:
    extra = {"ExtendedOffsetTable": table(offsets(SPLIT, [0, 2, 4]), "Q")}
    assert check(encapsulated(b"", *SPLIT, extra=extra)) == ()


def test_one_fragment_a_frame_with_a_wrong_table() -> None:
    assert check(encapsulated(table([3, 1, 2]), *STREAMS)) == ()


def test_missing_table() -> None:
    assert any("offsets" in warning for warning in check(encapsulated(*STREAMS)))


def test_missing_delimiter() -> None:
    assert any("end mark" in warning for warning in check(encapsulated(b"", *STREAMS, end=b"")))


def test_rubbish_instead_of_the_delimiter() -> None:
    assert any("end mark" in warning for warning in check(encapsulated(b"", *STREAMS, end=b"12345678rubbish")))


def test_one_frame_in_many_fragments() -> None:
    parts = [STREAMS[0][i : i + 100] for i in range(0, len(STREAMS[0]), 100)]
    np.testing.assert_array_equal(read(encapsulated(b"", *parts, frames=1)).pixels, PIXELS[0])


def test_empty_fragments_do_no_harm() -> None:
    np.testing.assert_array_equal(read(encapsulated(b"", STREAMS[0], b"", frames=1)).pixels, PIXELS[0])


def test_fixed_length_with_items() -> None:
    value = item(b"") + item(STREAMS[0]) + DELIMITER
    data = make.dicom(PIXELS[0], transfer_syntax=make.JPEG_2000_LOSSLESS, frames=[STREAMS[0]])
    place = data.index(b"\xe0\x7f\x10\0OB")
    radiograph = read(data[: place + 8] + struct.pack("<L", len(value)) + value)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS[0])
    assert any("fixed length" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_another_number_of_frames_than_the_header_says(count: int) -> None:
    with pytest.raises(CorruptFile, match="number of images"):
        read_frames(encapsulated(b"", *(STREAMS * 2)[:count]))


def test_no_fragments() -> None:
    with pytest.raises(CorruptFile, match="empty"):
        read(encapsulated(b"", frames=1))
    with pytest.raises(CorruptFile, match="empty"):
        read(encapsulated(frames=1))


def test_fragment_that_is_cut_off() -> None:
    with pytest.raises(CorruptFile, match="cut off"):
        read(encapsulated(b"", STREAMS[0], end=b"", frames=1)[:-10])


def test_uncompressed_frames_in_fragments() -> None:
    """Encapsulated Uncompressed Explicit VR Little Endian, PS3.5 A.4.11."""
    data = encapsulated(b"", *(frame.tobytes() for frame in PIXELS))
    check(data.replace(b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1.98"))
