"""Files that break the rules of PS3.10 and PS3.5 but still hold a whole radiograph, and those that hide a bomb."""

import struct
import zlib

import numpy as np
import pytest
from pydicom.dataset import Dataset

from core.errors import CorruptFile, IntakeError, NoPixels, TooLarge
from core.intake.dataset import parse
from core.intake.header import Notes
from core.intake.reader import read
from core.settings import Limits
from tests import factories as make

PIXELS = make.ramp()
LITTLE = [make.IMPLICIT, make.EXPLICIT]


@pytest.mark.parametrize("transfer_syntax", [*LITTLE, make.BIG_ENDIAN, make.RLE, make.JPEG_LS, make.JPEG_2000_LOSSLESS])
def test_missing_preamble(transfer_syntax: str) -> None:
    radiograph = read(make.dicom(transfer_syntax=transfer_syntax, preamble=None))
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("preamble" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("transfer_syntax", [*LITTLE, make.BIG_ENDIAN])
def test_missing_meta_information(transfer_syntax: str) -> None:
    data = make.dicom(transfer_syntax=transfer_syntax, preamble=None, meta=False)
    radiograph = read(data)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert parse(data, limits=Limits(), notes=Notes()).transfer_syntax == ""
    assert any("encoded" in warning for warning in radiograph.warnings)


@pytest.mark.parametrize("transfer_syntax", [*LITTLE, make.BIG_ENDIAN])
def test_preamble_without_meta_information(transfer_syntax: str) -> None:
    body = make.dicom(transfer_syntax=transfer_syntax, preamble=None, meta=False)
    np.testing.assert_array_equal(read(bytes(128) + b"DICM" + body).pixels, PIXELS)


def test_empty_preamble_without_prefix() -> None:
    body = make.dicom(preamble=None, meta=False)
    np.testing.assert_array_equal(read(bytes(128) + body).pixels, PIXELS)


@pytest.mark.parametrize(
    "codec", [make.JPEG_LS, make.JPEG_2000_LOSSLESS, make.JPEG_LOSSLESS_SV1, make.RLE, make.HTJ2K_LOSSLESS]
)
def test_compressed_without_meta_information(codec: str) -> None:
    whole = make.dicom(transfer_syntax=codec, preamble=None)
    body = whole[whole.index(b"\x08\0\x16\0UI") :]
    np.testing.assert_array_equal(read(body).pixels, PIXELS)


@pytest.mark.parametrize("written", [*LITTLE, make.BIG_ENDIAN])
@pytest.mark.parametrize("declared", [*LITTLE, make.BIG_ENDIAN])
def test_declared_encoding_that_is_wrong(written: str, declared: str) -> None:
    body = make.dicom(transfer_syntax=written, preamble=None, meta=False)
    meta = make.dicom(transfer_syntax=declared)
    data = meta[: _end_of_meta(meta)] + body
    np.testing.assert_array_equal(read(data).pixels, PIXELS)


def _end_of_meta(data: bytes) -> int:
    return 132 + 12 + int(struct.unpack_from("<L", data, 140)[0])


def test_compressed_data_that_are_declared_uncompressed() -> None:
    data = make.dicom(transfer_syntax=make.JPEG_2000_LOSSLESS)
    wrong = data.replace(b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1\0\0\0")
    radiograph = read(wrong)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("JPEG 2000" in warning for warning in radiograph.warnings)


def test_another_compression_than_declared() -> None:
    data = make.dicom(transfer_syntax=make.JPEG_2000_LOSSLESS, frames=[make.jpeg_ls(PIXELS)])
    radiograph = read(data)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("JPEG-LS" in warning for warning in radiograph.warnings)


def test_uncompressed_data_that_are_declared_compressed() -> None:
    data = make.dicom(transfer_syntax=make.EXPLICIT)
    wrong = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    np.testing.assert_array_equal(read(wrong).pixels, PIXELS)


def test_wrong_group_length_of_the_meta_information() -> None:
    data = bytearray(make.dicom())
    data[140:144] = struct.pack("<L", 7)
    np.testing.assert_array_equal(read(bytes(data)).pixels, PIXELS)


def test_unknown_representation_for_everything() -> None:
    """VR UN with the content of implicit VR, PS3.5 6.2.2."""
    data = make.dicom(preamble=None, meta=False)
    body, position = b"", 0
    while position < len(data):
        tag, vr, short = data[position : position + 4], data[position + 4 : position + 6], 8
        length = int(struct.unpack_from("<H", data, position + 6)[0])
        if vr in (b"OB", b"OW", b"UN", b"SQ"):
            short, length = 12, int(struct.unpack_from("<L", data, position + 8)[0])
        body += tag + b"UN\0\0" + struct.pack("<L", length) + data[position + short : position + short + length]
        position += short + length
    radiograph = read(body)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert radiograph.modality == "DX"
    assert radiograph.body_part == "WRIST"


@pytest.mark.parametrize("wrong", [b"ZZ", b"FD"])
def test_wrong_representation_of_a_single_attribute(wrong: bytes) -> None:
    data = make.dicom()
    for tag in (b"\x28\0\x10\0", b"\x28\0\0\1"):
        assert data.count(tag + b"US") == 1
        np.testing.assert_array_equal(read(data.replace(tag + b"US", tag + wrong)).pixels, PIXELS)


def test_attributes_behind_the_pixels() -> None:
    data = make.dicom(preamble=None, meta=False)
    place = data.index(b"\x28\0\x10\0US")
    rows = data[place : place + 10]
    np.testing.assert_array_equal(read(data.replace(rows, b"") + rows).pixels, PIXELS)


def test_trailing_padding_is_ignored() -> None:
    data = make.dicom() + b"\xfc\xff\xfc\xffOB\0\0" + struct.pack("<L", 64) + bytes(64)
    assert read(data).warnings == ()


def test_rubbish_at_the_end_is_ignored() -> None:
    np.testing.assert_array_equal(read(make.dicom() + b"rubbish at the end").pixels, PIXELS)


def test_icon_image_is_not_taken_for_the_image() -> None:
    icon = Dataset()
    icon.Rows = icon.Columns = 2
    icon.add_new("PixelData", "OB", bytes(4))
    np.testing.assert_array_equal(read(make.dicom(elements={"IconImageSequence": [icon]})).pixels, PIXELS)


def test_file_cut_within_native_pixels() -> None:
    with pytest.raises(CorruptFile, match="fewer pixels"):
        read(make.dicom()[:-100])


def test_file_cut_within_the_header() -> None:
    data = make.dicom()
    with pytest.raises((CorruptFile, NoPixels)):
        read(data[: data.index(b"\x28\0\x01\1US") + 3])


@pytest.mark.parametrize("cut", range(0, 1604, 37))
def test_file_cut_anywhere(cut: int) -> None:
    with pytest.raises(IntakeError):
        read(make.dicom(make.ramp(bits=8))[:cut])


def test_pixel_length_beyond_the_end_of_the_file() -> None:
    data = make.dicom(preamble=None, meta=False)
    place = data.index(b"\xe0\x7f\x10\0OW")
    wrong = data[: place + 8] + struct.pack("<L", 0xFFFFFFF0) + data[place + 12 :]
    radiograph = read(wrong)
    np.testing.assert_array_equal(radiograph.pixels, PIXELS)
    assert any("longer" in warning for warning in radiograph.warnings)


def test_deflated_with_zlib_header() -> None:
    data = make.dicom(transfer_syntax=make.DEFLATED)
    start = _end_of_meta(data)
    content = zlib.decompress(data[start:], -15)
    np.testing.assert_array_equal(read(data[:start] + zlib.compress(content)).pixels, PIXELS)


def test_deflated_bomb() -> None:
    start = make.dicom(transfer_syntax=make.DEFLATED)
    start = start[: _end_of_meta(start)]
    packer = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(80)) + packer.flush()
    with pytest.raises(TooLarge):
        read(start + bomb)


def test_deflated_beyond_the_size_of_a_file() -> None:
    data = make.dicom(np.zeros((64, 64), np.uint16), transfer_syntax=make.DEFLATED)
    with pytest.raises(TooLarge):
        read(data, limits=Limits(file_bytes=len(data)))


def test_deflated_rubbish() -> None:
    data = make.dicom(transfer_syntax=make.DEFLATED)
    with pytest.raises(IntakeError):
        read(data[: _end_of_meta(data)] + b"\xff\x00 this was never deflated")


def test_sequences_nested_beyond_reason() -> None:
    nested = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 20_000
    data = make.dicom(preamble=None, meta=False)
    place = data.index(b"\x10\0\x10\0PN")
    with pytest.raises(IntakeError):
        read(data[:place] + nested)


def test_private_attributes_are_skipped() -> None:
    private = b"\x09\0\x10\0LO\x04\0ACME\x09\0\x01\x10OB\0\0\x08\0\0\0secret!!"
    data = make.dicom(preamble=None, meta=False)
    place = data.index(b"\x10\0\x10\0PN")
    np.testing.assert_array_equal(read(data[:place] + private + data[place:]).pixels, PIXELS)


@pytest.mark.parametrize(
    ("charset", "name", "expected"),
    [
        ("ISO_IR 192", "Müller^Jürgen".encode(), "Müller^Jürgen"),
        ("ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        ("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        ("GB18030", "王^小东".encode("gb18030"), "王^小东"),
    ],
)
def test_names_in_other_scripts(charset: str, name: bytes, expected: str) -> None:
    assert read(_named(charset, name)).identity.patient_name == expected


@pytest.mark.parametrize("charset", ["", "KLINGON", "ISO_IR 999", "ISO 2022 IR 87\\ISO_IR 192\\?", "\xff"])
@pytest.mark.parametrize("name", [b"\xff\xfe\x80", b"\x1b$B\xff", b"\x1b\x1b\x1b", "Zoë".encode()])
def test_broken_character_sets_do_not_refuse_the_image(charset: str, name: bytes) -> None:
    np.testing.assert_array_equal(read(_named(charset, name)).pixels, PIXELS)


def _named(charset: str, name: bytes) -> bytes:
    data = make.dicom(preamble=None, meta=False)
    start = data.index(b"\x10\0\x10\0PN")
    end = start + 8 + int(struct.unpack_from("<H", data, start + 6)[0])
    value, label = name + b" " * (len(name) % 2), charset.encode("latin-1")
    label += b" " * (len(label) % 2)
    element = b"\x10\0\x10\0PN" + struct.pack("<H", len(value)) + value
    sets = b"\x08\0\x05\0CS" + struct.pack("<H", len(label)) + label
    return sets + data[:start] + element + data[end:]
