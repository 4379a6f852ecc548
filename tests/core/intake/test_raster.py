"""PNG, JPEG, TIFF and BMP in every depth and colour, against the pixels they were made from."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.errors import CorruptFile, IntakeError, TooLarge, UnknownFormat, UnsupportedEncoding
from core.intake.grayscale import render
from core.intake.reader import read, read_frames
from core.settings import Limits
from tests import factories as make

GREY = make.ramp(bits=8)
DEEP = make.ramp(bits=16)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_8_bit_lossless(kind: str, mode: str) -> None:
    radiograph = read(make.picture(GREY, kind, mode=mode))
    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert (radiograph.format, radiograph.bits_stored, radiograph.modality) == (kind, 8, "")
    assert radiograph.warnings == ()
    assert not radiograph.inverted
    assert not radiograph.pixels.flags.writeable


def test_16_bit_png() -> None:
    radiograph = read(make.picture(DEEP))
    np.testing.assert_array_equal(radiograph.pixels, DEEP)
    assert radiograph.pixels.dtype == np.uint16
    assert radiograph.bits_stored == 16


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_tiff_in_both_byte_orders(order: str) -> None:
    data = bytes(imagecodecs.tiff_encode(DEEP, byteorder=order)) if order == "<" else _big_endian_tiff(DEEP)
    radiograph = read(data)
    np.testing.assert_array_equal(radiograph.pixels, DEEP)
    assert radiograph.pixels.dtype == np.uint16


def _big_endian_tiff(pixels: make.Array, *, photometric: int = 1, extra: tuple[tuple[int, int], ...] = ()) -> bytes:
    """One strip, no compression: TIFF 6.0, section 4."""
    rows, columns = pixels.shape
    bits = pixels.dtype.itemsize * 8
    tags = [(256, columns), (257, rows), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, rows)]
    tags += [(279, pixels.nbytes), *extra]
    data = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    entries = b"".join(struct.pack(">HHLL", tag, 4, 1, value) for tag, value in sorted(tags))
    return b"MM\0*" + struct.pack(">L", 8 + len(data)) + data + struct.pack(">H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_colour(kind: str) -> None:
    pixels = np.repeat(DEEP[..., None], 3, axis=-1)
    encode = imagecodecs.png_encode if kind == "PNG" else imagecodecs.tiff_encode
    radiograph = read(bytes(encode(pixels)))
    np.testing.assert_array_equal(radiograph.pixels, DEEP)


def test_16_bit_alpha() -> None:
    pixels = np.stack([DEEP, np.full_like(DEEP, 65535)], axis=-1)
    np.testing.assert_array_equal(read(bytes(imagecodecs.png_encode(pixels))).pixels, DEEP)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(compression: str) -> None:
    for pixels in (GREY, DEEP):
        np.testing.assert_array_equal(read(make.picture(pixels, "TIFF", compression=compression)).pixels, pixels)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_32_bit_tiff(dtype: type[np.generic]) -> None:
    pixels = DEEP.astype(dtype)
    radiograph = read(make.picture(pixels, "TIFF"))
    np.testing.assert_array_equal(radiograph.pixels, pixels)
    assert (render(radiograph)[0, 0], render(radiograph)[-1, -1]) == (0, 255)


def test_float_tiff_with_holes() -> None:
    pixels = DEEP.astype(np.float32)
    pixels[2, 3], pixels[4, 5] = np.nan, np.inf
    radiograph = read(make.picture(pixels, "TIFF"))
    assert np.isfinite(radiograph.pixels).all()
    with pytest.raises(UnsupportedEncoding):
        read(make.picture(np.full((4, 4), np.nan, np.float32), "TIFF"))


@pytest.mark.parametrize(("kind", "photometric"), [("TIFF", 0), ("TIFF", 1)])
@pytest.mark.parametrize("bits", [8, 16])
def test_white_is_zero(kind: str, photometric: int, bits: int) -> None:
    """TIFF 6.0, PhotometricInterpretation 0: the highest value is black."""
    pixels = make.ramp(bits=bits)
    shown = render(read(_big_endian_tiff(pixels, photometric=photometric)))
    first, last = (255, 0) if photometric == 0 else (0, 255)
    assert (shown[0, 0], shown[-1, -1]) == (first, last)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_black_and_white(kind: str) -> None:
    pixels = np.where(GREY > 128, 255, 0).astype(np.uint8)
    np.testing.assert_array_equal(read(make.picture(pixels, kind, mode="1")).pixels, pixels)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [True, False])
def test_jpeg(mode: str, progressive: bool) -> None:
    radiograph = read(make.picture(GREY, "JPEG", mode=mode, quality=98, progressive=progressive))
    assert np.abs(radiograph.pixels.astype(int) - GREY).max() <= 3
    assert (radiograph.format, radiograph.warnings) == ("JPEG", ())


def test_cmyk_jpeg() -> None:
    radiograph = read(make.picture(GREY, "JPEG", mode="CMYK", quality=98))
    assert np.abs(radiograph.pixels.astype(int) - GREY).max() <= 6


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_jpeg(bits: int) -> None:
    pixels = make.ramp(bits=bits)
    radiograph = read(make.jpeg(pixels, bits, lossless=True) if bits == 16 else make.jpeg(pixels, 12))
    assert np.abs(radiograph.pixels.astype(int) - pixels).mean() <= 0.01 * (1 << bits)
    assert radiograph.bits_stored == bits


def test_cut_jpeg_is_read_with_a_warning() -> None:
    whole = make.picture(make.bone(200, 160, bits=8), "JPEG", quality=95)
    radiograph = read(whole[: len(whole) // 2])
    assert radiograph.pixels.shape == (200, 160)
    assert any("cut off" in warning for warning in radiograph.warnings)
    np.testing.assert_array_equal(radiograph.pixels[:40], read(whole).pixels[:40])


def test_jpeg_that_ends_in_its_header() -> None:
    whole = make.picture(GREY, "JPEG")
    for cut in (4, 20, 100, whole.index(b"\xff\xda")):
        with pytest.raises(CorruptFile):
            read(whole[:cut])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_other_cut_pictures_are_refused(kind: str) -> None:
    whole = make.picture(make.bone(bits=8), kind)
    with pytest.raises(CorruptFile):
        read(whole[: len(whole) // 2])


def test_colour_is_noted_when_there_is_any() -> None:
    colour = np.zeros((16, 16, 3), np.uint8)
    colour[..., 1] = 200
    radiograph = read(make.picture(colour))
    assert (radiograph.pixels == 117).all()
    assert any("colour" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_parts_are_black(mode: str) -> None:
    image = Image.fromarray(GREY).convert(mode)
    alpha = Image.fromarray(np.where(GREY > 100, 255, 0).astype(np.uint8))
    image.putalpha(alpha)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    radiograph = read(buffer.getvalue())
    np.testing.assert_array_equal(radiograph.pixels, np.where(GREY > 100, GREY, 0))
    assert any("transparent" in warning for warning in radiograph.warnings)


def test_transparent_palette_colour() -> None:
    radiograph = read(make.picture(GREY, "PNG", mode="P", transparency=0))
    assert radiograph.pixels.shape == GREY.shape


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(kind: str, orientation: int) -> None:
    pixels = np.zeros((32, 48), np.uint8)
    pixels[:16, :16] = 255
    exif = Image.Exif()
    exif[274] = orientation
    data = make.picture(pixels, kind, exif=exif)
    expected = np.asarray(_upright(Image.fromarray(pixels), orientation))
    radiograph = read(data)
    assert np.abs(radiograph.pixels.astype(int) - expected).max() <= 8
    assert any("upright" in warning for warning in radiograph.warnings) is (orientation > 1)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image if method is None else image.transpose(method)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_tiff(orientation: int) -> None:
    pixels = make.ramp(6, 4, bits=16)
    data = _big_endian_tiff(pixels, extra=((274, orientation),))
    expected = np.asarray(_upright(Image.fromarray(pixels.astype(np.int32)), orientation))
    np.testing.assert_array_equal(read(data).pixels, expected)


def test_damaged_exif_does_no_harm() -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = bytearray(make.picture(GREY, "JPEG", exif=exif))
    place = data.index(b"Exif\0\0") + 10
    data[place : place + 4] = b"\xff\xff\xff\xff"
    assert read(bytes(data)).pixels.shape == GREY.shape


def test_pages_of_a_tiff_are_frames() -> None:
    buffer = io.BytesIO()
    pages = [Image.fromarray(GREY), Image.fromarray(DEEP), Image.fromarray(GREY[::-1].copy())]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    frames = read_frames(buffer.getvalue())
    assert [frame.frame_number for frame in frames] == [1, 2, 3]
    np.testing.assert_array_equal(frames[1].pixels, DEEP)
    np.testing.assert_array_equal(frames[2].pixels, GREY[::-1])
    with pytest.raises(TooLarge):
        read_frames(buffer.getvalue(), limits=Limits(frames=2))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_are_refused(kind: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, kind, save_all=True, append_images=[Image.fromarray(GREY[::-1].copy())])
    with pytest.raises(UnknownFormat):
        read(buffer.getvalue())


def test_the_same_bytes_have_the_same_identity() -> None:
    data = make.picture(GREY)
    assert read(data).identity == read(data).identity
    assert read(data).identity != read(make.picture(GREY[::-1].copy())).identity
    assert read(data).identity.sop_instance_uid.startswith("2.25.")


def _png_of(width: int, height: int) -> bytes:
    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    parts = [struct.pack(">L", len(c)) + n + c + struct.pack(">L", zlib.crc32(n + c)) for n, c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _jpeg_of(width: int, height: int) -> bytes:
    data = bytearray(make.picture(GREY, "JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    "data", [_png_of(60_000, 60_000), _png_of(11_000, 11_000), _png_of(2**31 - 1, 2**31 - 1), _jpeg_of(65_000, 65_000)]
)
def test_bombs_are_measured_before_decoding(data: bytes) -> None:
    with pytest.raises(TooLarge):
        read(data)


@pytest.mark.parametrize("data", [_png_of(0, 5), _png_of(500, 500), _jpeg_of(0, 10)])
def test_impossible_sizes(data: bytes) -> None:
    with pytest.raises(CorruptFile):
        read(data)


def test_tiff_bomb() -> None:
    data = _big_endian_tiff(GREY).replace(struct.pack(">HHLL", 256, 4, 1, 32), struct.pack(">HHLL", 256, 4, 1, 2**31))
    with pytest.raises(IntakeError):
        read(data)


def test_tiff_whose_pages_form_a_ring() -> None:
    data = bytearray(_big_endian_tiff(GREY))
    data[-4:] = data[4:8]
    assert len(read_frames(bytes(data))) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_signature_alone(kind: str) -> None:
    data = make.picture(GREY, kind)
    for cut in (4, 9, 16, 30):
        with pytest.raises(IntakeError):
            read(data[:cut])


def test_thumbnails_are_no_frames() -> None:
    page = _big_endian_tiff(GREY, extra=((254, 0),))
    thumbnail = _big_endian_tiff(GREY[:4, :4].copy(), extra=((254, 1),))
    place, shift = int.from_bytes(thumbnail[4:8], "big"), len(page)
    directory = bytearray(thumbnail[place:])
    strip = directory.index(struct.pack(">HHLL", 273, 4, 1, 8)) + 8
    directory[strip : strip + 4] = struct.pack(">L", shift + 8)
    both = page[:-4] + struct.pack(">L", shift + place) + thumbnail[:place] + bytes(directory)
    assert [frame.pixels.shape for frame in read_frames(both)] == [GREY.shape]


def test_big_tiff() -> None:
    data = make.picture(DEEP, "TIFF", big_tiff=True)
    np.testing.assert_array_equal(read(data).pixels, DEEP)


def test_tiff_with_planes_apart() -> None:
    planes = np.zeros((3, 24, 32), np.uint16)
    planes[1] = 20_000
    data = bytes(imagecodecs.tiff_encode(planes, photometric="rgb", planarconfig="separate"))
    assert (read(data).pixels == 11_740).all()
