"""What a file is by its first bytes, and what is refused unread."""

import pytest

from core.errors import IntakeError, UnknownFormat, UnsafeFile
from core.intake.header import Notes
from core.intake.reader import read
from core.intake.sniff import Format, sniff
from tests import factories as make

PROGRAMS = [b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh\n", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_pictures(kind: str) -> None:
    assert sniff(make.picture(None, kind), Notes()) is Format(kind)


@pytest.mark.parametrize("transfer_syntax", [make.IMPLICIT, make.EXPLICIT, make.BIG_ENDIAN])
@pytest.mark.parametrize("meta", [True, False])
def test_dicom_without_preamble(transfer_syntax: str, meta: bool) -> None:
    assert sniff(make.dicom(transfer_syntax=transfer_syntax, preamble=None, meta=meta), Notes()) is Format.DICOM


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_in_the_preamble(program: bytes) -> None:
    with pytest.raises(UnsafeFile, match="program"):
        read(make.dicom(preamble=program.ljust(128, b"\0")))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"%PDF-1.7", b"<html>", b"  <!DOCTYPE html>", b"<?php ", b"<script>"])
def test_documents_in_the_preamble(start: bytes) -> None:
    with pytest.raises(UnsafeFile):
        read(make.dicom(preamble=start.ljust(128, b" ")))


@pytest.mark.parametrize("start", [b"II*\0", b"MM\0*", b"II+\0"])
def test_tiff_in_the_preamble_is_legal(start: bytes) -> None:
    radiograph = read(make.dicom(preamble=start.ljust(128, b"\0")))
    assert radiograph.format == "DICOM"
    assert any("TIFF" in warning for warning in radiograph.warnings)


def test_free_text_in_the_preamble_is_legal() -> None:
    assert read(make.dicom(preamble=b"made by ACME".ljust(128, b"\0"))).warnings == ()


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_by_themselves(program: bytes) -> None:
    with pytest.raises(UnsafeFile):
        read(program + bytes(300))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(20), "GIF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"%PDF-1.4\n%", "PDF"),
        (b"PK\x03\x04" + bytes(40), "zip"),
        (b"\x1f\x8b\x08" + bytes(40), "gzip"),
        (b"hello world, this is a text", "neither"),
        (bytes(1000), "neither"),
        (b"\xff\x4f\xff\x51" + bytes(50), "JPEG 2000"),
        (b"name,age\n1,2\n" * 20, "neither"),
        (b'{"a": 1}' * 40, "neither"),
        (bytes(range(256)) * 4, "neither"),
    ],
)
def test_everything_else_is_named_when_it_can_be(data: bytes, name: str) -> None:
    with pytest.raises(UnknownFormat, match=name):
        read(data)


@pytest.mark.parametrize("length", range(20))
def test_few_bytes(length: int) -> None:
    with pytest.raises(IntakeError):
        read(make.dicom(preamble=None)[:length])
