"""Every way a radiograph may be written in DICOM, against the pixels it was made from."""

import numpy as np
import pytest

from core.errors import CorruptFile, TooLarge, UnsupportedEncoding
from core.intake.reader import read, read_frames
from core.settings import Limits
from tests import factories as make

NATIVE = [make.IMPLICIT, make.EXPLICIT, make.DEFLATED, make.BIG_ENDIAN]
LOSSLESS = [
    make.RLE,
    make.JPEG_LOSSLESS,
    make.JPEG_LOSSLESS_SV1,
    make.JPEG_LS,
    make.JPEG_2000_LOSSLESS,
    make.HTJ2K_LOSSLESS,
    make.HTJ2K_LOSSLESS_RPCL,
]
LOSSY = [make.JPEG_LS_NEAR, make.JPEG_2000, make.HTJ2K]


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("transfer_syntax", [*NATIVE, *LOSSLESS])
def test_lossless_encodings_give_the_exact_pixels(transfer_syntax: str, bits: int) -> None:
    pixels = make.ramp(bits=bits)
    radiograph = read(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=bits))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.bits_stored == bits
    assert radiograph.warnings == ()
    assert not radiograph.pixels.flags.writeable


@pytest.mark.parametrize("transfer_syntax", LOSSY)
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossy_encodings_stay_near(transfer_syntax: str, bits: int) -> None:
    pixels = make.ramp(64, 48, bits=bits)
    radiograph = read(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=bits))
    error = np.abs(radiograph.pixels.astype(int) - pixels)
    assert error.max() <= 0.02 * (1 << bits)
    assert radiograph.pixels.max() < 1 << bits


@pytest.mark.parametrize(("transfer_syntax", "bits"), [(make.JPEG_BASELINE, 8), (make.JPEG_EXTENDED, 12)])
def test_lossy_jpeg_stays_near(transfer_syntax: str, bits: int) -> None:
    pixels = make.ramp(64, 48, bits=bits)
    radiograph = read(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=bits))
    assert np.abs(radiograph.pixels.astype(int) - pixels).mean() <= 0.01 * (1 << bits)


def test_values_a_lossy_codec_puts_beyond_bits_stored_are_clipped() -> None:
    pixels = np.where(make.ramp(32, 32, bits=10) > 700, 1023, 0).astype(np.uint16)
    frame = make.jpeg(pixels, 12, level=30)
    radiograph = read(make.dicom(pixels, transfer_syntax=make.JPEG_EXTENDED, bits_stored=10, frames=[frame]))
    assert radiograph.pixels.max() == 1023


@pytest.mark.parametrize("transfer_syntax", [*NATIVE, make.RLE, make.JPEG_2000_LOSSLESS])
@pytest.mark.parametrize("bits", [8, 16])
def test_signed_pixels(transfer_syntax: str, bits: int) -> None:
    pixels = make.ramp(bits=bits, signed=True)
    radiograph = read(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=bits))
    np.testing.assert_array_equal(radiograph.pixels, pixels)


@pytest.mark.parametrize(
    "transfer_syntax", [make.EXPLICIT, make.BIG_ENDIAN, make.RLE, make.JPEG_LOSSLESS_SV1, make.JPEG_LS]
)
def test_signed_pixels_of_fewer_bits_than_their_words(transfer_syntax: str) -> None:
    pixels = make.ramp(bits=12, signed=True)
    words = (pixels.astype(np.int32) & 0x0FFF).astype(np.uint16)  # no sign extension in the file
    data = make.dicom(words, transfer_syntax=transfer_syntax, bits_stored=12, elements={"PixelRepresentation": 1})
    np.testing.assert_array_equal(read(data).pixels, pixels)


def test_j2k_stream_that_says_unsigned_while_the_header_says_signed() -> None:
    pixels = make.ramp(bits=16, signed=True)
    frame = make.jpeg_2000(pixels.view(np.uint16))
    data = make.dicom(pixels, transfer_syntax=make.JPEG_2000_LOSSLESS, bits_stored=16, frames=[frame])
    np.testing.assert_array_equal(read(data).pixels, pixels)


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.RLE])
def test_32_bit_pixels(transfer_syntax: str) -> None:
    pixels = make.ramp(bits=20)
    radiograph = read(make.dicom(pixels, transfer_syntax=transfer_syntax, bits_stored=20))
    np.testing.assert_array_equal(radiograph.pixels, pixels)


def test_bits_that_nothing_describes_are_left_out() -> None:
    pixels = make.ramp(bits=12)
    words = pixels | np.where(pixels % 5 == 0, 0x8000, 0).astype(np.uint16)
    radiograph = read(make.dicom(words, bits_stored=12))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert any("overlay" in warning for warning in radiograph.warnings)


def test_high_bit_above_bits_stored() -> None:
    pixels = make.ramp(bits=12)
    radiograph = read(make.dicom(pixels << 4, bits_stored=12, high_bit=15))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert any("HighBit" in warning for warning in radiograph.warnings)


def test_odd_length_is_padded() -> None:
    pixels = make.ramp(5, 7, bits=8)
    radiograph = read(make.dicom(pixels))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert radiograph.warnings == ()


def test_odd_length_without_padding() -> None:
    pixels = make.ramp(5, 7, bits=8)
    data = make.dicom(pixels)
    np.testing.assert_array_equal(read(data[:-1]).pixels, pixels)


def test_big_endian_8_bit_words() -> None:
    pixels = make.ramp(bits=8)
    np.testing.assert_array_equal(read(make.dicom(pixels, transfer_syntax=make.BIG_ENDIAN)).pixels, pixels)


# --- colour -------------------------------------------------------------------------------------------------


def grey_as_colour(bits: int = 8) -> make.Array:
    return np.repeat(make.ramp(bits=bits)[..., None], 3, axis=-1)


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.IMPLICIT, make.BIG_ENDIAN])
def test_native_rgb_becomes_brightness(transfer_syntax: str, bits: int, planar: int) -> None:
    pixels = grey_as_colour(bits)
    data = make.dicom(pixels, photometric="RGB", planar=planar, bits_stored=bits, transfer_syntax=transfer_syntax)
    radiograph = read(data)
    np.testing.assert_array_equal(radiograph.pixels, pixels[..., 0])
    assert any("colour" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize(
    "transfer_syntax", [make.RLE, make.JPEG_LOSSLESS_SV1, make.JPEG_LS, make.JPEG_2000_LOSSLESS, make.HTJ2K_LOSSLESS]
)
def test_compressed_rgb_becomes_brightness(transfer_syntax: str) -> None:
    pixels = grey_as_colour()
    radiograph = read(make.dicom(pixels, photometric="RGB", transfer_syntax=transfer_syntax))
    np.testing.assert_array_equal(radiograph.pixels, pixels[..., 0])


def test_brightness_weighs_colours() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 1] = 200
    assert (read(make.dicom(pixels, photometric="RGB")).pixels == 117).all()  # 0.587 * 200


@pytest.mark.parametrize("photometric", ["YBR_RCT", "YBR_ICT"])
def test_j2k_component_transform_is_undone(photometric: str) -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[..., 1] = 200
    data = make.dicom(pixels, photometric=photometric, transfer_syntax=make.JPEG_2000_LOSSLESS)
    assert (read(data).pixels == 117).all()


def test_native_ybr_full_takes_its_first_sample() -> None:
    pixels = np.stack([make.ramp(bits=8), np.full((24, 32), 90, np.uint8), np.full((24, 32), 160, np.uint8)], -1)
    np.testing.assert_array_equal(read(make.dicom(pixels, photometric="YBR_FULL")).pixels, pixels[..., 0])


def test_native_ybr_full_422() -> None:
    grey = make.ramp(bits=8)
    pairs = grey.reshape(-1, 2)
    words = np.concatenate([pairs, np.full_like(pairs, 128)], axis=1)
    data = make.dicom(np.repeat(grey[..., None], 3, -1), photometric="YBR_FULL_422", pixel_bytes=words.tobytes())
    np.testing.assert_array_equal(read(data).pixels, grey)


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422", "RGB"])
def test_colour_jpeg(photometric: str) -> None:
    pixels = grey_as_colour()
    subsampling = "422" if photometric.endswith("422") else "444"
    frame = make.jpeg(pixels, level=98, subsampling=subsampling)
    data = make.dicom(pixels, photometric=photometric, transfer_syntax=make.JPEG_BASELINE, frames=[frame])
    assert np.abs(read(data).pixels.astype(int) - pixels[..., 0]).max() <= 3


def test_rgb_jpeg_without_colour_transform() -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[..., 1] = 200
    frame = make.jpeg(pixels, level=98, colorspace="RGB", outcolorspace="RGB", subsampling="444")
    data = make.dicom(pixels, photometric="RGB", transfer_syntax=make.JPEG_BASELINE, frames=[frame])
    assert np.abs(read(data).pixels.astype(int) - 117).max() <= 2


def palette(entries: int, bits: int) -> dict[str, object]:
    table = np.linspace(0, (1 << bits) - 1, entries).astype("<u2")
    found: dict[str, object] = {}
    for colour in ("Red", "Green", "Blue"):
        found[f"{colour}PaletteColorLookupTableDescriptor"] = [entries % 65536, 0, bits]
        found[f"{colour}PaletteColorLookupTableData"] = table.tobytes()
    return found


def test_palette_colour() -> None:
    pixels = make.ramp(bits=8)
    radiograph = read(make.dicom(pixels, photometric="PALETTE COLOR", elements=palette(256, 16)))
    expected = np.linspace(0, 65535, 256).astype(np.uint16)[pixels]
    np.testing.assert_array_equal(radiograph.pixels, expected)


def test_damaged_palette_is_refused() -> None:
    with pytest.raises(CorruptFile, match="palette"):
        read(make.dicom(make.ramp(bits=8), photometric="PALETTE COLOR"))


# --- frames -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.BIG_ENDIAN, *LOSSLESS])
@pytest.mark.parametrize("offset_table", [True, False])
def test_every_frame_is_a_radiograph(transfer_syntax: str, offset_table: bool) -> None:
    pixels = np.stack([make.ramp(bits=12), make.ramp(bits=12)[::-1], make.ramp(bits=12)[:, ::-1]])
    frames = read_frames(make.dicom(pixels, transfer_syntax=transfer_syntax, offset_table=offset_table))
    assert [frame.frame_number for frame in frames] == [1, 2, 3]
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in frames]), pixels)
    assert len({frame.sha256 for frame in frames}) == 1


def test_read_gives_the_first_frame() -> None:
    pixels = np.stack([make.ramp(), make.ramp()[::-1]])
    np.testing.assert_array_equal(read(make.dicom(pixels)).pixels, pixels[0])


# --- polarity, padding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "doubtful"),
    [
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME2", "INVERSE", True, True),
        ("MONOCHROME1", "IDENTITY", True, True),
    ],
)
def test_polarity(photometric: str, shape: str | None, inverted: bool, doubtful: bool) -> None:
    radiograph = read(make.dicom(photometric=photometric, elements={"PresentationLUTShape": shape}))
    assert radiograph.inverted is inverted
    assert bool(radiograph.warnings) is doubtful


@pytest.mark.parametrize(("photometric", "darkest"), [("MONOCHROME2", 5), ("MONOCHROME1", 4095)])
def test_padding_becomes_the_darkest_value(photometric: str, darkest: int) -> None:
    pixels = make.ramp(bits=12)
    elements = {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4}
    radiograph = read(make.dicom(pixels, photometric=photometric, elements=elements))
    np.testing.assert_array_equal(radiograph.pixels, np.where(pixels <= 4, darkest, pixels))


def test_padding_range_may_be_written_either_way_round() -> None:
    pixels = make.ramp(bits=12)
    radiograph = read(make.dicom(pixels, elements={"PixelPaddingValue": 4095, "PixelPaddingRangeLimit": 4000}))
    assert radiograph.pixels.max() < 4000
    assert (radiograph.pixels[pixels >= 4000] == 0).all()


def test_signed_padding_written_as_unsigned() -> None:
    pixels = make.ramp(bits=16, signed=True)
    data = make.dicom(pixels, transfer_syntax=make.EXPLICIT, elements={"PixelPaddingValue": -32768})
    swapped = data.replace(b"\x28\0\x20\1SS", b"\x28\0\x20\1US")
    assert swapped != data
    assert read(swapped).pixels.min() > -32768


# --- contradictions and limits ------------------------------------------------------------------------------


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "BitsStored", "PhotometricInterpretation"])
def test_missing_type_1_attributes_are_refused(keyword: str) -> None:
    with pytest.raises(CorruptFile):
        read(make.dicom(elements={keyword: None}))


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": 0},
        {"Columns": 0},
        {"BitsStored": 17},
        {"BitsStored": 0},
        {"HighBit": 16},
        {"HighBit": 3},
        {"NumberOfFrames": -1},
        {"NumberOfFrames": 7},
        {"SamplesPerPixel": 3},
        {"Rows": 100},
        {"PhotometricInterpretation": "RGB"},
    ],
)
def test_contradictions_are_refused(elements: dict[str, object]) -> None:
    with pytest.raises(CorruptFile):
        read(make.dicom(elements=elements))


@pytest.mark.parametrize(
    "elements",
    [{"BitsAllocated": 1}, {"BitsAllocated": 12}, {"BitsAllocated": 64}, {"PhotometricInterpretation": "HSV"}],
)
def test_unsupported_layouts_are_refused(elements: dict[str, object]) -> None:
    with pytest.raises(UnsupportedEncoding):
        read(make.dicom(elements=elements))


@pytest.mark.parametrize("keyword", ["SamplesPerPixel", "HighBit", "PixelRepresentation"])
def test_what_can_be_assumed_is_assumed_and_said(keyword: str) -> None:
    radiograph = read(make.dicom(elements={keyword: None}))
    np.testing.assert_array_equal(radiograph.pixels, make.ramp())
    assert any(keyword in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("frames", ["", "0", "1"])
def test_number_of_frames_that_means_one(frames: str) -> None:
    assert len(read_frames(make.dicom(elements={"NumberOfFrames": frames or None}))) == 1


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.RLE, make.JPEG_LS, make.JPEG_2000_LOSSLESS])
@pytest.mark.parametrize("size", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 65}])
def test_bombs_are_measured_before_decoding(transfer_syntax: str, size: dict[str, int]) -> None:
    with pytest.raises(TooLarge):
        read(make.dicom(transfer_syntax=transfer_syntax, elements=dict(size)))


def test_frames_together_are_limited() -> None:
    limits = Limits(object_pixels=24 * 32 * 2)
    pixels = np.stack([make.ramp()] * 3)
    with pytest.raises(TooLarge):
        read(make.dicom(pixels), limits=limits)


@pytest.mark.parametrize("transfer_syntax", [make.JPEG_LOSSLESS_SV1, make.JPEG_LS, make.JPEG_2000_LOSSLESS, make.HTJ2K])
def test_stream_of_another_size_than_the_header_says(transfer_syntax: str) -> None:
    with pytest.raises(CorruptFile, match="another size"):
        read(make.dicom(transfer_syntax=transfer_syntax, elements={"Rows": 23}))


def test_rle_that_cannot_fill_its_rows() -> None:
    with pytest.raises(CorruptFile):
        read(make.dicom(transfer_syntax=make.RLE, elements={"Rows": 9000, "Columns": 9000}))


def test_surplus_pixels_are_noted() -> None:
    data = make.dicom(pixel_bytes=make.ramp().tobytes() + bytes(100))
    radiograph = read(data)
    np.testing.assert_array_equal(radiograph.pixels, make.ramp())
    assert any("longer" in warning for warning in radiograph.warnings)


def test_too_few_pixels_are_refused() -> None:
    with pytest.raises(CorruptFile, match="fewer pixels"):
        read(make.dicom(pixel_bytes=make.ramp().tobytes()[:-2]))


def test_big_endian_bytes_in_words() -> None:
    """PS3.5 7.3: with VR OW the two bytes of each word change places."""
    pixels = make.ramp(bits=8)
    data = make.dicom(pixels, transfer_syntax=make.BIG_ENDIAN)
    place = data.index(b"\x7f\xe0\0\x10OB")
    swapped = pixels.reshape(-1, 2)[:, ::-1].tobytes()
    words = data[: place + 4] + b"OW" + data[place + 6 : place + 12] + swapped
    np.testing.assert_array_equal(read(words).pixels, pixels)


def test_jpeg_ls_with_components_apart() -> None:
    pixels = np.zeros((24, 32, 3), np.uint8)
    pixels[..., 1] = 200
    planes = [make.jpeg_ls(np.ascontiguousarray(pixels[..., i])) for i in range(3)]
    scans = [plane[plane.index(b"\xff\xda") : -2] for plane in planes]
    header = planes[0][: planes[0].index(b"\xff\xf7")] + b"\xff\xf7\0\x11\x08" + (24).to_bytes(2, "big")
    header += (32).to_bytes(2, "big") + b"\x03\x01\x11\0\x02\x11\0\x03\x11\0"
    body = b"".join(scan[:5] + bytes([number]) + scan[6:] for number, scan in enumerate(scans, 1))
    data = make.dicom(pixels, photometric="RGB", transfer_syntax=make.JPEG_LS, frames=[header + body + b"\xff\xd9"])
    assert (read(data).pixels == 117).all()


def test_stream_deeper_than_its_words() -> None:
    data = make.dicom(
        make.ramp(bits=8), transfer_syntax=make.JPEG_LOSSLESS_SV1, frames=[make.jpeg_lossless(make.ramp())]
    )
    with pytest.raises(CorruptFile, match="deeper"):
        read(data)


def test_signed_header_over_a_shallow_stream() -> None:
    pixels = make.ramp(bits=8)
    frame = make.jpeg_lossless(pixels, 8)
    data = make.dicom(pixels.astype(np.int16), transfer_syntax=make.JPEG_LOSSLESS_SV1, bits_stored=12, frames=[frame])
    np.testing.assert_array_equal(read(data).pixels, pixels)
