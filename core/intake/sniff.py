"""Sniff: tells what kind of file the first bytes announce, and refuses programs that pose as pictures."""

import re
from enum import StrEnum

from core.errors import UnknownFormat, UnsafeFile
from core.intake.header import Notes


class Format(StrEnum):
    """The formats that are read."""

    DICOM = "DICOM"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    BMP = "BMP"


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
    (b"BM", Format.BMP),
)
_PROGRAMS = (
    b"MZ",  # Windows
    b"\x7fELF",  # Linux
    b"#!",  # scripts
    b"\xca\xfe\xba\xbe",  # Mach-O for several processors, Java classes
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",  # Mach-O
    b"\0asm",  # WebAssembly
    b"!<arch>",
    b"dex\n",
    b"L\0\0\0\x01\x14\x02\0",  # Windows shortcut
)
_POLYGLOTS = (
    b"PK\x03\x04",
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"<?",
    b"<%",
    b"<script",
    b"<html",
    b"<!doctype",
)
_NAMED = (
    (b"GIF8", "a GIF animation"),
    (b"RIFF", "a WebP, video or sound file"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xff\x4f\xff\x51", "a bare JPEG 2000 stream"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x5c\x01\0\0", "a NIfTI file"),
)
_TIFF_PREAMBLES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WAY_OUT = "Export the radiograph as DICOM, PNG, JPEG, TIFF or BMP."

# A first element of group 0002 or 0008 in explicit VR, either byte order, or in implicit VR with a short value.
_FIRST_ELEMENT = re.compile(rb"(?:[\x02\x08]\0.\0|\0[\x02\x08]\0.)[A-Z]{2}|[\x02\x08]\0.\0.[\0-\x0f]\0\0", re.DOTALL)


def sniff(data: bytes, notes: Notes) -> Format:
    """The format of a file. Raises UnsafeFile for programs and UnknownFormat for everything that is not read."""
    if data[128:132] == b"DICM":
        check_preamble(data[:128], notes)
        return Format.DICOM
    if data.startswith(_PROGRAMS):
        raise UnsafeFile("This is a program, not an image. Do not open it; send only the image files.")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if looks_like_data_set(data):
        return Format.DICOM
    raise UnknownFormat(_unknown(data))


def check_preamble(preamble: bytes, notes: Notes) -> None:
    """Refuse a preamble that makes the DICOM file a program or another document at the same time."""
    # PS3.10 7.1: the 128 bytes are free, and made for formats such as TIFF; PS3.10 7.5 warns of executables.
    if preamble.startswith(_PROGRAMS):
        raise UnsafeFile(
            "The first bytes make this DICOM file a program as well. Do not open it; ask the sender for a clean export."
        )
    if preamble.lstrip().lower().startswith(tuple(mark.lower() for mark in _POLYGLOTS)):
        raise UnsafeFile(
            "The first bytes make this DICOM file another kind of file as well. Ask the sender for a clean export."
        )
    if preamble.startswith(_TIFF_PREAMBLES):
        notes.add("The file can also be opened as a TIFF picture; the DICOM image is shown.")


def looks_like_data_set(data: bytes) -> bool:
    """True when the bytes begin like a DICOM data set without preamble (PS3.10 7.1 requires one; old files lack it)."""
    return len(data) >= 16 and (
        _begins_with_element(data) or (_begins_with_element(data[128:144]) and not any(data[:128]))
    )


def _begins_with_element(data: bytes) -> bool:
    return _FIRST_ELEMENT.match(data) is not None


def _unknown(data: bytes) -> str:
    if not data:
        return "The file is empty. Export or copy it again."
    for signature, name in _NAMED:
        if data.startswith(signature):
            return f"This is {name}, which is not read here. {_WAY_OUT}"
    return f"This is neither DICOM nor a picture format that is read here. {_WAY_OUT}"
