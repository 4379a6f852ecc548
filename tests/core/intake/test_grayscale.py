"""The grayscale transformation against a slow scalar reference, written from the pseudo-code of PS3.3 C.11."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.intake.grayscale import apply_voi, default_voi, preview, reduced, render, tone
from core.intake.radiograph import Radiograph, Voi, VoiFunction, VoiLut, Window
from core.intake.reader import read
from tests import factories as make


def reference(x: float, voi: Voi, *, inverted: bool) -> float:
    y = looked_up(x, voi) if isinstance(voi, VoiLut) else windowed(x, voi)
    return 1 - y if inverted else y


def looked_up(x: float, lut: VoiLut) -> float:
    index = min(max(int(x) - lut.first_mapped, 0), len(lut.data) - 1)
    return float(lut.data[index] / (2**lut.bits - 1))


def windowed(x: float, window: Window) -> float:
    c, w = window.center, window.width
    if window.function is VoiFunction.SIGMOID:  # C.11.2.1.3.1
        return 1 / (1 + math.exp(max(-700.0, min(700.0, -4 * (x - c) / w))))
    if window.function is VoiFunction.LINEAR_EXACT:  # C.11.2.1.3.2
        return 0.0 if x <= c - w / 2 else 1.0 if x > c + w / 2 else (x - c) / w + 0.5
    if x <= c - 0.5 - (w - 1) / 2:  # C.11.2.1.2.1
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 1.0
    return (x - (c - 0.5)) / (w - 1) + 0.5


windows = st.builds(
    Window,
    center=st.floats(-70_000, 70_000),
    width=st.one_of(st.just(1.0), st.just(2.0), st.floats(1, 140_000)),
    function=st.sampled_from(VoiFunction),
)
luts = st.builds(
    lambda first, data, bits: VoiLut(first, np.array(data, np.uint16) & ((1 << bits) - 1), bits),
    first=st.integers(-300, 300),
    data=st.lists(st.integers(0, 65535), min_size=1, max_size=200),
    bits=st.integers(8, 16),
)
integers = st.lists(st.integers(-32768, 32767), min_size=1, max_size=40)


@settings(deadline=None)
@given(values=integers, voi=st.one_of(windows, luts), inverted=st.booleans())
def test_integers_follow_the_standard(values: list[int], voi: Voi, inverted: bool) -> None:
    found = apply_voi(np.array(values, np.int16), voi, inverted=inverted)
    expected = [reference(value, voi, inverted=inverted) for value in values]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@settings(deadline=None)
@given(values=integers, voi=st.one_of(windows, luts), inverted=st.booleans())
def test_the_table_for_small_ranges_gives_the_same(values: list[int], voi: Voi, inverted: bool) -> None:
    many = np.array(values, np.int16).repeat(1 + 65536 // len(values)).clip(-500, 500)
    np.testing.assert_array_equal(
        apply_voi(many, voi, inverted=inverted), apply_voi(many.astype(np.float64), voi, inverted=inverted)
    )


@settings(deadline=None)
@given(window=windows, inverted=st.booleans())
def test_windows_never_fall_nor_leave_their_range(window: Window, inverted: bool) -> None:
    brightness = apply_voi(np.linspace(-70_000, 70_000, 501), window, inverted=inverted)
    assert brightness.dtype == np.float32
    assert ((brightness >= 0) & (brightness <= 1)).all()
    steps = np.diff(brightness)
    assert (steps <= 0).all() if inverted else (steps >= 0).all()


@settings(deadline=None)
@given(window=windows, x=st.floats(-70_000, 70_000))
def test_inverted_is_the_mirror(window: Window, x: float) -> None:
    values = np.array([x])
    total = apply_voi(values, window, inverted=False) + apply_voi(values, window, inverted=True)
    assert total[0] == pytest.approx(1, abs=1e-6)


def test_the_examples_of_the_standard() -> None:
    """PS3.3 C.11.2.1.2.1: c=2048, w=4096 passes 12 bits unchanged; c=2048, w=1 is a threshold."""
    values = np.arange(4096, dtype=np.uint16)
    identity = apply_voi(values, Window(2048, 4096), inverted=False)
    np.testing.assert_allclose(identity * 4095, values, atol=0.01)
    threshold = apply_voi(values, Window(2048, 1), inverted=False)
    np.testing.assert_array_equal(threshold, values >= 2048)


def picture(pixels: make.Array, **options: object) -> Radiograph:
    return read(make.dicom(pixels, elements=options))


def test_default_is_the_first_of_the_file() -> None:
    radiograph = picture(make.ramp(), WindowCenter=[100, 200], WindowWidth=[50, 60])
    assert default_voi(radiograph) == Window(100, 50)


def test_default_without_presets_spans_the_pixels() -> None:
    radiograph = read(make.dicom(make.ramp() + np.uint16(100), bits_stored=13))
    shown = render(radiograph)
    assert (shown.min(), shown.max()) == (0, 255)
    np.testing.assert_array_equal(shown.ravel(), np.sort(shown.ravel()))


def test_default_leaves_a_few_stray_pixels_out() -> None:
    pixels = make.ramp(200, 200, bits=10).astype(np.uint16)
    pixels[3, 5] = 60_000
    shown = render(read(make.dicom(pixels, bits_stored=16)))
    assert shown[100, 100] in range(122, 135)


def test_8_bit_pictures_look_as_saved() -> None:
    pixels = np.array([[20, 30], [40, 200]], np.uint8)
    np.testing.assert_array_equal(render(read(make.picture(pixels))), pixels)


def test_flat_image() -> None:
    assert render(picture(np.full((4, 4), 700, np.uint16))).shape == (4, 4)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_both_polarities_show_the_same(photometric: str) -> None:
    bone = make.bone()
    pixels = bone if photometric == "MONOCHROME2" else 4095 - bone
    elements = {"WindowCenter": 2048, "WindowWidth": 4096}
    shown = render(read(make.dicom(pixels, photometric=photometric, bits_stored=12, elements=elements)))
    np.testing.assert_allclose(shown, bone / 4095 * 255, atol=0.6)


def test_voi_lut_is_applied() -> None:
    table = make.lut_item([0, 10, 1000, 4095], first=2, bits=12)
    pixels = np.array([[0, 2, 3], [4, 5, 99]], np.uint16)
    radiograph = read(make.dicom(pixels, bits_stored=8, elements={"VOILUTSequence": [table]}))
    np.testing.assert_array_equal(render(radiograph), np.rint(np.array([[0, 0, 10], [1000, 4095, 4095]]) / 4095 * 255))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.float32])
def test_tone_after_reducing_takes_every_kind_of_pixel(dtype: type[np.generic]) -> None:
    radiograph = dataclasses.replace(read(make.dicom()), pixels=make.ramp(60, 90, bits=8).astype(dtype))
    shown = preview(radiograph, longest_side=30)
    assert shown.shape == (20, 30)
    assert shown[0, 0] < shown[-1, -1]


def test_tone_does_not_depend_on_the_size() -> None:
    radiograph = picture(make.ramp(64, 64))
    apply = tone(radiograph)
    np.testing.assert_array_equal(apply(radiograph.pixels)[:1], apply(radiograph.pixels[:1]))


def test_reduced_never_enlarges_and_keeps_the_aspect() -> None:
    assert reduced(make.ramp(10, 20), longest_side=100).shape == (10, 20)
    assert reduced(make.ramp(2, 500), longest_side=50).shape == (1, 50)


@pytest.mark.parametrize("function", list(VoiFunction))
def test_extreme_values_raise_nothing(function: VoiFunction) -> None:
    values = np.array([-(2**31), 0, 2**31 - 1], np.int32)
    brightness = apply_voi(
        values, Window(0, 1e-3 if function is not VoiFunction.LINEAR else 1, function), inverted=False
    )
    np.testing.assert_array_equal(brightness[[0, 2]], [0, 1])
