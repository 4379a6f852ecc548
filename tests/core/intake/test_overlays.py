"""Overlay planes: drawn where their origin says, frame by frame, beside the pixels and never in them."""

import time
from typing import Any

import numpy as np
import pytest

from core.intake.overlays import BEYOND, NOT_SHOWN
from core.intake.radiograph import Radiograph
from core.intake.reader import read, read_frames
from core.settings import Limits
from tests import factories as make
from tests.factories import Array, with_overlay

ROWS, COLUMNS = 24, 32


def plane(rows: int = ROWS, columns: int = COLUMNS) -> Array:
    """A drawing that no turn, mirror or shift leaves as it is."""
    drawn = np.zeros((rows, columns), bool)
    drawn[0, :] = drawn[:, 0] = drawn[rows // 2, : columns // 2] = True
    return drawn


def drawn(radiograph: Radiograph) -> Array:
    """The graphics of a radiograph, a value a pixel; all False where there are none."""
    if radiograph.graphics is None:
        return np.zeros(radiograph.pixels.shape, bool)
    return np.unpackbits(radiograph.graphics, axis=1, count=radiograph.columns).astype(bool)


def laid(drawing: Array, top: int, left: int) -> Array:
    """The drawing on an image, moved; what lies beyond is gone."""
    sheet = np.zeros((3 * ROWS, 3 * COLUMNS), bool)
    sheet[ROWS + top : ROWS + top + drawing.shape[0], COLUMNS + left : COLUMNS + left + drawing.shape[1]] = drawing
    return sheet[ROWS : 2 * ROWS, COLUMNS : 2 * COLUMNS]


@pytest.mark.parametrize("group", [0x6000, 0x6002, 0x601E])
@pytest.mark.parametrize(
    ("transfer_syntax", "representation"),
    [
        (make.EXPLICIT, "OW"),
        (make.EXPLICIT, "OB"),
        (make.IMPLICIT, "OW"),
        (make.BIG_ENDIAN, "OW"),
        (make.BIG_ENDIAN, "OB"),
    ],
)
def test_a_plane_is_drawn_beside_the_pixels(group: int, transfer_syntax: str, representation: str) -> None:
    plain = make.dicom(transfer_syntax=transfer_syntax)
    data = with_overlay(plain, plane(), group=group, transfer_syntax=transfer_syntax, representation=representation)
    found = read(data)
    np.testing.assert_array_equal(drawn(found), plane())
    np.testing.assert_array_equal(found.pixels, make.ramp())
    assert found.warnings == ()
    assert found.graphics is not None
    assert not found.graphics.flags.writeable
    assert read(plain).graphics is None


def test_several_planes_are_one_sheet() -> None:
    one, other = plane(), plane()[::-1, ::-1]
    data = with_overlay(with_overlay(make.dicom(), one), other, group=0x6004)
    np.testing.assert_array_equal(drawn(read(data)), one | other)


def test_a_region_of_interest_is_drawn_by_its_outline() -> None:
    filled = np.zeros((ROWS, COLUMNS), bool)
    filled[4:12, 6:20] = filled[20:, 28:] = True
    outline = filled.copy()
    outline[5:11, 7:19] = outline[21:-1, 29:-1] = False
    np.testing.assert_array_equal(drawn(read(with_overlay(make.dicom(), filled, type="R"))), outline)
    np.testing.assert_array_equal(drawn(read(with_overlay(make.dicom(), filled))), filled)
    dot = np.ones((1, 1), bool)
    np.testing.assert_array_equal(drawn(read(with_overlay(make.dicom(), dot, type="R"))), laid(dot, 0, 0))


def test_a_plane_that_draws_nothing_is_none() -> None:
    found = read(with_overlay(make.dicom(), np.zeros((ROWS, COLUMNS))))
    assert (found.graphics, found.warnings) == (None, ())


@pytest.mark.parametrize(
    ("origin", "shape"),
    [
        ([1, 1], (ROWS, COLUMNS)),
        ([5, 9], (7, 5)),
        ([-2, -3], (ROWS, COLUMNS)),
        ([ROWS - 2, COLUMNS - 1], (9, 11)),
        ([-3, 4], (ROWS + 8, COLUMNS + 9)),
        ([-20, 1], (ROWS, COLUMNS)),
    ],
)
def test_an_origin_may_lie_anywhere(origin: list[int], shape: tuple[int, int]) -> None:
    found = read(with_overlay(make.dicom(), plane(*shape), origin=origin))
    expected = laid(plane(*shape), origin[0] - 1, origin[1] - 1)
    np.testing.assert_array_equal(drawn(found), expected)
    assert (BEYOND in found.warnings) is bool(expected.sum() < plane(*shape).sum())


@pytest.mark.parametrize("origin", [[100, 1], [-ROWS, 1], [1, -200], [1, COLUMNS + 1]])
def test_a_plane_beside_the_image_is_told(origin: list[int]) -> None:
    found = read(with_overlay(make.dicom(), plane(), origin=origin))
    assert (found.graphics, found.warnings) == (None, (BEYOND,))


def test_an_origin_that_is_not_told_is_the_image_s() -> None:
    np.testing.assert_array_equal(drawn(read(with_overlay(make.dicom(), plane(), origin=None))), plane())


# --- frames, PS3.3 C.9.3 ------------------------------------------------------------------------------------


def frames(count: int) -> bytes:
    return make.dicom(np.stack([make.ramp()] * count), sop_class="SC grey word")


@pytest.mark.parametrize("described", [{}, {"frames": 1}, {"first_frame": 0}])
def test_one_plane_without_a_frame_is_for_every_frame(described: dict[str, Any]) -> None:
    for found in read_frames(with_overlay(frames(3), plane(), **described)):
        np.testing.assert_array_equal(drawn(found), plane())


@pytest.mark.parametrize(("first", "expected"), [(None, "ab."), (1, "ab."), (2, ".ab"), (3, "..a")])
def test_planes_begin_at_their_frame(first: int | None, expected: str) -> None:
    odd = 7  # planes follow each other without a gap, in the middle of a byte
    sheets = {"a": plane(5, odd), "b": plane(5, odd)[::-1, ::-1], ".": np.zeros((5, odd), bool)}
    data = with_overlay(frames(3), np.stack([sheets["a"], sheets["b"]]), first_frame=first)
    found = [drawn(each)[:5, :odd] for each in read_frames(data)]
    for sheet, name in zip(found, expected, strict=True):
        np.testing.assert_array_equal(sheet, sheets[name])


# --- in unused bits of the pixels (retired) -----------------------------------------------------------------

EMBEDDED: dict[str, Any] = {"rows": ROWS, "columns": COLUMNS, "bits": 16, "packed": None}


def embedded(bit: int, **options: object) -> bytes:
    """A ramp of 12 bits with a drawing in one of the other four, PS3.3-2004 C.9.2."""
    words = make.ramp() | (plane().astype(np.uint16) << bit)
    data = make.dicom(words, bits_stored=12, high_bit=11, **options)  # type: ignore[arg-type]
    syntax = str(options.get("transfer_syntax", make.EXPLICIT))
    return with_overlay(data, plane(), transfer_syntax=syntax, position=bit, **EMBEDDED)


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.BIG_ENDIAN])
@pytest.mark.parametrize("bit", [12, 15])
def test_a_plane_in_the_unused_bits_is_drawn_and_leaves_the_pixels(bit: int, transfer_syntax: str) -> None:
    found = read(embedded(bit, transfer_syntax=transfer_syntax))
    np.testing.assert_array_equal(drawn(found), plane())
    np.testing.assert_array_equal(found.pixels, make.ramp())
    assert found.warnings == ()


def test_other_bits_beyond_it_are_still_told() -> None:
    words = make.ramp() | (plane().astype(np.uint16) << 12) | (plane()[::-1].astype(np.uint16) << 14)
    data = with_overlay(make.dicom(words, bits_stored=12, high_bit=11), plane(), position=12, **EMBEDDED)
    found = read(data)
    np.testing.assert_array_equal(drawn(found), plane())
    np.testing.assert_array_equal(found.pixels, make.ramp())
    assert [warning for warning in found.warnings if "Bits beyond" in warning]


def test_signed_pixels_keep_their_sign() -> None:
    signed = make.ramp(signed=True)
    words = (signed.astype(np.uint16) & 0x0FFF | (plane().astype(np.uint16) << 13)).view(np.int16)
    found = read(with_overlay(make.dicom(words, bits_stored=12, high_bit=11), plane(), position=13, **EMBEDDED))
    np.testing.assert_array_equal(drawn(found), plane())
    np.testing.assert_array_equal(found.pixels, signed)


def test_a_bit_that_the_image_uses_is_no_plane() -> None:
    found = read(with_overlay(make.dicom(), plane(), position=5, **EMBEDDED))
    assert (found.graphics, found.warnings) == (None, (NOT_SHOWN,))
    np.testing.assert_array_equal(found.pixels, make.ramp())


def test_a_sign_that_a_codec_has_spread_is_no_plane() -> None:
    signed = make.ramp(signed=True)
    plain = make.dicom(signed, transfer_syntax=make.JPEG_2000_LOSSLESS, bits_stored=12)
    compressed = with_overlay(plain, plane(), transfer_syntax=make.JPEG_2000_LOSSLESS, position=15, **EMBEDDED)
    found = read(compressed)
    assert found.graphics is None
    np.testing.assert_array_equal(found.pixels, read(plain).pixels)


def test_what_a_lossy_codec_adds_is_no_plane() -> None:
    syntax = make.JPEG_EXTENDED
    plain = make.dicom(make.ramp(bits=10), transfer_syntax=syntax, bits_stored=10, frames=[make.jpeg(make.ramp(), 12)])
    found = read(with_overlay(plain, plane(), transfer_syntax=syntax, position=11, **EMBEDDED))
    assert found.graphics is None
    np.testing.assert_array_equal(found.pixels, read(plain).pixels)


# --- hostile and damaged ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "described",
    [
        {"rows": None},
        {"rows": 0},
        {"columns": 4000},
        {"rows": 65535, "columns": 65535},
        {"frames": 2},
        {"frames": 2_000_000_000},
        {"frames": -1},
        {"packed": b"\x01\x01"},
        {"bits": 8, "packed": bytes([1]) * ROWS * COLUMNS},
    ],
    ids=str,
)
def test_a_plane_that_its_header_does_not_fit_is_told_and_the_image_read(described: dict[str, Any]) -> None:
    found = read(with_overlay(make.dicom(), plane(), **described))
    assert (found.graphics, found.warnings) == (None, (NOT_SHOWN,))
    np.testing.assert_array_equal(found.pixels, make.ramp())


def test_packed_bits_that_are_said_to_be_words_are_packed_bits() -> None:
    np.testing.assert_array_equal(drawn(read(with_overlay(make.dicom(), plane(), bits=16))), plane())


def test_an_origin_out_of_any_reason_is_held_off() -> None:
    found = read(with_overlay(make.dicom(), plane(), origin=[-32768, 32767]))
    assert (found.graphics, found.warnings) == (None, (BEYOND,))


def test_planes_beyond_the_limits_are_told_and_the_others_drawn() -> None:
    large = plane(4 * ROWS, COLUMNS)
    data = with_overlay(with_overlay(make.dicom(), plane()), large, group=0x6002)
    one = Limits(pixels=3 * ROWS * COLUMNS)
    both = Limits(pixels=4 * ROWS * COLUMNS, object_pixels=4 * ROWS * COLUMNS)
    for limits in (one, both):
        found = read(data, limits=limits)
        np.testing.assert_array_equal(drawn(found), plane())
        assert found.warnings == (NOT_SHOWN,)
    assert BEYOND in read(data).warnings


def test_one_plane_for_many_frames_counts_once_a_frame() -> None:
    data = with_overlay(frames(3), plane(3 * ROWS, COLUMNS))
    limits = Limits(object_pixels=8 * ROWS * COLUMNS)
    for found in read_frames(data, limits=limits):
        assert (found.graphics, found.warnings) == (None, (NOT_SHOWN,))


def test_sixteen_whole_planes_of_a_large_film_take_little_time() -> None:
    data = make.dicom(np.zeros((2500, 2048), np.uint16), bits_stored=12)
    for group in range(0x6000, 0x6020, 2):
        data = with_overlay(data, np.ones((2500, 2048), bool), group=group)
    start = time.perf_counter()
    found = read(data)
    assert time.perf_counter() - start < 10
    assert drawn(found).all()
