"""Modality transformations and window presets as files bring them."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from core.intake.grayscale import render
from core.intake.radiograph import VoiFunction, VoiLut, Window
from core.intake.reader import read, read_frames
from tests import factories as make

PIXELS = make.ramp(bits=12)


def test_rescale_to_whole_numbers_stays_whole() -> None:
    radiograph = read(make.dicom(PIXELS, elements={"RescaleSlope": 2, "RescaleIntercept": -1000}))
    np.testing.assert_array_equal(radiograph.pixels, PIXELS.astype(int) * 2 - 1000)
    assert radiograph.pixels.dtype == np.int16


def test_rescale_to_fractions_is_float() -> None:
    radiograph = read(make.dicom(PIXELS, elements={"RescaleSlope": 0.5, "RescaleIntercept": 0.25}))
    np.testing.assert_allclose(radiograph.pixels, PIXELS * 0.5 + 0.25)
    assert radiograph.pixels.dtype == np.float32


@pytest.mark.parametrize("slope", [None, 1])
@pytest.mark.parametrize("intercept", [None, 0])
def test_rescale_that_changes_nothing(slope: int | None, intercept: int | None) -> None:
    radiograph = read(make.dicom(PIXELS, elements={"RescaleSlope": slope, "RescaleIntercept": intercept}))
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert radiograph.pixels.dtype == np.uint16


def test_zero_slope_is_ignored() -> None:
    radiograph = read(make.dicom(PIXELS, elements={"RescaleSlope": 0, "RescaleIntercept": 0}))
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("Slope" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("slope", ["1e308", "-1e300"])
def test_slope_beyond_all_reason_is_ignored(slope: str) -> None:
    radiograph = read(make.dicom(PIXELS, elements={"RescaleSlope": slope}))
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("reason" in warning for warning in radiograph.warnings)


def test_modality_lut() -> None:
    table = make.lut_item([1000, 2000, 3000], first=10, bits=12)
    pixels = np.array([[0, 10, 11, 12, 4000]], np.uint16)
    data = make.dicom(pixels, bits_stored=12, elements={"ModalityLUTSequence": [table], "RescaleSlope": 7})
    np.testing.assert_array_equal(read(data).pixels, [[1000, 1000, 2000, 3000, 3000]])


def test_modality_lut_of_signed_pixels() -> None:
    table = make.lut_item(list(range(100)), first=-50, bits=16)
    pixels = np.array([[-60, -50, 0, 49, 70]], np.int16)
    data = make.dicom(pixels, bits_stored=12, elements={"ModalityLUTSequence": [table]})
    np.testing.assert_array_equal(read(data).pixels, [[0, 0, 50, 99, 99]])


def test_padding_is_taken_out_before_the_modality_lut() -> None:
    pixels = np.array([[0, 1, 2]], np.uint16)
    elements = {"RescaleSlope": -1, "RescaleIntercept": 10, "PixelPaddingValue": 0}
    np.testing.assert_array_equal(read(make.dicom(pixels, bits_stored=12, elements=elements)).pixels, [[8, 9, 8]])


def test_lut_of_65536_entries_has_a_descriptor_of_zero() -> None:
    table = make.lut_item([65535 - i for i in range(65536)], bits=16)
    pixels = make.ramp(bits=16)
    data = make.dicom(pixels, bits_stored=16, elements={"ModalityLUTSequence": [table]})
    np.testing.assert_array_equal(read(data).pixels, 65535 - pixels)


def test_lut_of_bytes() -> None:
    table = make.lut_item([0] * 256, bits=8)
    table.LUTData = bytes(range(256))
    data = make.dicom(make.ramp(bits=8), elements={"ModalityLUTSequence": [table]})
    np.testing.assert_array_equal(read(data).pixels, make.ramp(bits=8))


@pytest.mark.parametrize("transfer_syntax", [make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN])
def test_lut_in_every_byte_order(transfer_syntax: str) -> None:
    table = make.lut_item(list(range(5, 1000)), bits=12)
    if transfer_syntax == make.BIG_ENDIAN:
        table.LUTData = np.frombuffer(table.LUTData, "<u2").astype(">u2").tobytes()
    data = make.dicom(PIXELS, transfer_syntax=transfer_syntax, elements={"VOILUTSequence": [table]})
    (lut,) = read(data).voi
    assert isinstance(lut, VoiLut)
    np.testing.assert_array_equal(lut.data, range(5, 1000))


def test_lut_data_written_as_numbers() -> None:
    table = make.lut_item([1, 2, 3])
    table.add_new("LUTData", "US", [1, 2, 3])
    (lut,) = read(make.dicom(elements={"VOILUTSequence": [table]})).voi
    assert isinstance(lut, VoiLut)
    np.testing.assert_array_equal(lut.data, [1, 2, 3])


@pytest.mark.parametrize("keyword", ["LUTData", "LUTDescriptor"])
def test_damaged_tables_are_ignored(keyword: str) -> None:
    table = make.lut_item([1, 2, 3])
    delattr(table, keyword)
    radiograph = read(make.dicom(elements={"VOILUTSequence": [table], "ModalityLUTSequence": [table]}))
    assert radiograph.voi == ()
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert sum("damaged" in warning for warning in radiograph.warnings) == 2


def test_lut_with_fewer_entries_than_it_says() -> None:
    table = make.lut_item([1, 2, 3])
    table.LUTDescriptor = [3000, 0, 16]
    assert read(make.dicom(elements={"VOILUTSequence": [table]})).voi == ()


def test_lut_deeper_than_it_says() -> None:
    table = make.lut_item([0, 4095], bits=8)
    (lut,) = read(make.dicom(elements={"VOILUTSequence": [table]})).voi
    assert isinstance(lut, VoiLut)
    assert lut.bits == 12


def first_mapped(data: bytes) -> int:
    (lut,) = read(data).voi
    assert isinstance(lut, VoiLut)
    return lut.first_mapped


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.IMPLICIT])
@pytest.mark.parametrize("written", [-1024, 64512])
def test_a_voi_lut_of_values_below_zero_is_signed(transfer_syntax: str, written: int) -> None:
    table = make.lut_item(list(range(4096)), first=written, bits=12)
    elements = {"RescaleSlope": 1, "RescaleIntercept": -1024, "VOILUTSequence": [table]}
    data = make.dicom(PIXELS, transfer_syntax=transfer_syntax, elements=elements)
    assert first_mapped(data) == -1024
    np.testing.assert_array_equal(render(read(data)), np.rint(PIXELS / 4095 * 255))


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.IMPLICIT])
def test_a_voi_lut_of_values_lifted_above_zero_is_unsigned(transfer_syntax: str) -> None:
    pixels = make.ramp(bits=16, signed=True)
    table = make.lut_item(list(range(1000)), first=33000, bits=16)
    elements = {"RescaleSlope": 1, "RescaleIntercept": 32768, "VOILUTSequence": [table]}
    assert first_mapped(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=16, elements=elements)) == 33000


@pytest.mark.parametrize(
    ("signed", "elements", "expected"),
    [
        (False, {}, 65526),
        (True, {}, -10),
        (True, {"RescaleSlope": 1, "RescaleIntercept": 2048}, 65526),
        (True, {"RescaleSlope": 1, "RescaleIntercept": 2047}, -10),
        (False, {"RescaleSlope": -1, "RescaleIntercept": 4095}, 65526),
        (False, {"RescaleSlope": -1, "RescaleIntercept": 4094}, -10),
        (True, {"RescaleSlope": "1e308", "RescaleIntercept": 0}, -10),
        (True, {"ModalityLUTSequence": [make.lut_item([1, 2, 3], first=-1)]}, 65526),
    ],
)
def test_the_sign_of_a_voi_lut_rests_on_the_possible_modality_values(
    signed: bool, elements: dict[str, object], expected: int
) -> None:
    """Twelve bits: 0 to 4095, or -2048 to 2047."""
    table = make.lut_item([0, 1], first=-10)
    pixels = make.ramp(bits=12, signed=signed)
    data = make.dicom(pixels, bits_stored=12, elements={"VOILUTSequence": [table], **elements})
    assert first_mapped(data) == expected


def test_tables_come_before_windows() -> None:
    elements = {
        "VOILUTSequence": [make.lut_item([0, 1], explanation="BONE"), make.lut_item([1, 0])],
        "WindowCenter": [100, 200],
        "WindowWidth": [10, 20],
        "WindowCenterWidthExplanation": ["WIDE", "NARROW"],
    }
    first, second, third, fourth = read(make.dicom(elements=elements)).voi
    assert isinstance(first, VoiLut)
    assert isinstance(second, VoiLut)
    assert first.explanation == "BONE"
    assert third == Window(100, 10, VoiFunction.LINEAR, "WIDE")
    assert fourth == Window(200, 20, VoiFunction.LINEAR, "NARROW")


@pytest.mark.parametrize("function", list(VoiFunction))
def test_window_functions(function: VoiFunction) -> None:
    elements = {"WindowCenter": 100, "WindowWidth": 10, "VOILUTFunction": function.value}
    assert read(make.dicom(elements=elements)).voi == (Window(100, 10, function),)


def test_unknown_window_function_is_linear() -> None:
    radiograph = read(make.dicom(elements={"WindowCenter": 1, "WindowWidth": 9, "VOILUTFunction": "CURVED"}))
    assert radiograph.voi == (Window(1, 9),)
    assert any("linear" in warning for warning in radiograph.warnings)


def test_windows_that_do_not_come_in_pairs() -> None:
    radiograph = read(make.dicom(elements={"WindowCenter": [1, 2, 3], "WindowWidth": [9, 8]}))
    assert radiograph.voi == (Window(1, 9), Window(2, 8))
    assert any("pairs" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize(("width", "function"), [(0, "LINEAR"), (0.5, "LINEAR"), (-5, "LINEAR"), (0, "SIGMOID")])
def test_windows_that_are_too_narrow(width: float, function: str) -> None:
    radiograph = read(make.dicom(elements={"WindowCenter": 5, "WindowWidth": width, "VOILUTFunction": function}))
    assert radiograph.voi == ()
    assert any("narrow" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("text", ["abc", "1e999", "NaN", "inf", "1;2", "--4"])
def test_windows_that_are_no_numbers(text: str) -> None:
    blank = "9" * 8
    data = make.dicom(elements={"WindowCenter": blank, "WindowWidth": "10"})
    assert data.count(blank.encode()) == 1
    radiograph = read(data.replace(blank.encode(), text.ljust(8).encode()))
    assert radiograph.voi == ()
    assert radiograph.warnings


def test_decimal_comma() -> None:
    data = make.dicom(elements={"WindowCenter": "12345.5", "WindowWidth": "10"})
    assert read(data.replace(b"12345.5", b"12345,5")).voi == (Window(12345.5, 10),)


def test_each_frame_has_its_own_functional_groups() -> None:
    def group(center: float, slope: float) -> Dataset:
        window, value, item = Dataset(), Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = center, 100
        value.RescaleSlope, value.RescaleIntercept = slope, 0
        item.FrameVOILUTSequence, item.PixelValueTransformationSequence = [window], [value]
        return item

    pixels = np.stack([PIXELS, PIXELS])
    elements = {"PerFrameFunctionalGroupsSequence": [group(10, 1), group(20, 3)]}
    first, second = read_frames(make.dicom(pixels, elements=elements))
    assert (first.voi, second.voi) == ((Window(10, 100),), (Window(20, 100),))
    np.testing.assert_array_equal(second.pixels, PIXELS * 3)


def test_shared_functional_groups() -> None:
    window, item = Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = 7, 100
    item.FrameVOILUTSequence = [window]
    assert read(make.dicom(elements={"SharedFunctionalGroupsSequence": [item]})).voi == (Window(7, 100),)


def test_colour_images_have_no_presets() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    assert read(make.dicom(pixels, photometric="RGB", elements={"WindowCenter": 5, "WindowWidth": 5})).voi == ()
