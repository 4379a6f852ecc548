"""The real radiographs beside the project: every one is read, everything else refused with a reason."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.errors import IntakeError, NoPixels, WrongModality
from core.intake.dataset import parse
from core.intake.grayscale import preview, render
from core.intake.header import Notes
from core.intake.radiograph import Radiograph
from core.intake.reader import read, read_frames
from core.settings import Limits
from tests import factories as make

pytestmark = pytest.mark.shared
LOSSLESS = ("RLE", "JPLL", "JLSL", "J2KR")
LARGEST_MEAN_ERROR = {"J2KI": 2.0, "JLSN": 3.0, "JPLY": 6.0}
"""Of 10-bit values: 0.6% at most."""


def listed(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "dicom" / "files.csv").open() as stream:
        return list(csv.DictReader(stream))


@cache
def radiographs(folder: Path) -> dict[str, Radiograph]:
    """By image and compression: `RG2_RLE` and so on."""
    names = [row["file"] for row in listed(folder) if row["modality"] == "CR"]
    return {name.split("_", 1)[1]: read(folder / "dicom" / name) for name in names}


def test_all_sixteen_radiographs_are_read(shared_data: Path) -> None:
    rows = [row for row in listed(shared_data) if row["modality"] == "CR"]
    assert len(rows) == 16
    for row in rows:
        radiograph = radiographs(shared_data)[row["file"].split("_", 1)[1]]
        assert (radiograph.rows, radiograph.columns) == (int(row["rows"]), int(row["columns"]))
        data = (shared_data / "dicom" / row["file"]).read_bytes()
        assert parse(data, limits=Limits(), notes=Notes()).transfer_syntax == row["transfer_syntax"]
        assert radiograph.inverted is (row["photometric"] == "MONOCHROME1")
        assert radiograph.body_part == row["body_part"]
        assert radiograph.pixels.max() < 1 << radiograph.bits_stored


def test_everything_else_is_refused_with_a_reason(shared_data: Path) -> None:
    for row in listed(shared_data):
        if row["modality"] == "CR":
            continue
        with pytest.raises((WrongModality, NoPixels)) as caught:
            read_frames(shared_data / "dicom" / row["file"])
        message = str(caught.value)
        assert message.endswith(".")
        assert len(message) > 30


@pytest.mark.parametrize("image", ["RG2", "RG3"])
def test_lossless_versions_are_identical(shared_data: Path, image: str) -> None:
    versions = [radiographs(shared_data)[f"{image}_{kind}"] for kind in LOSSLESS]
    shown = [preview(version, longest_side=512) for version in versions]
    for version, picture in zip(versions[1:], shown[1:], strict=True):
        np.testing.assert_array_equal(version.pixels, versions[0].pixels)
        np.testing.assert_array_equal(picture, shown[0])


@pytest.mark.parametrize("image", ["RG2", "RG3"])
@pytest.mark.parametrize("kind", list(LARGEST_MEAN_ERROR))
def test_lossy_versions_are_near(shared_data: Path, image: str, kind: str) -> None:
    lossy, lossless = (radiographs(shared_data)[f"{image}_{name}"].pixels.astype(int) for name in (kind, "RLE"))
    assert 0 < np.abs(lossy - lossless).mean() < LARGEST_MEAN_ERROR[kind]


def test_bone_is_bright_in_both_polarities(shared_data: Path) -> None:
    """The tibia of RG3 (MONOCHROME1) and the femur of RG2 (MONOCHROME2) against the exposed detector beside them."""
    leg, hip = (render(radiographs(shared_data)[name]) for name in ("RG3_RLE", "RG2_RLE"))
    assert leg[400:600, 830:870].mean() > 150 > 60 > leg[400:600, 480:520].mean()
    assert hip[600:700, 800:900].mean() > 90 > 30 > hip[1600:1900, 400:700].mean()


def test_preamble_of_two_formats_is_noted(shared_data: Path) -> None:
    """The RLE samples can also be opened as TIFF, PS3.10 7.1."""
    assert any("TIFF" in warning for warning in radiographs(shared_data)["RG2_RLE"].warnings)


def test_truncated_jpegs_are_read_with_a_warning(shared_data: Path) -> None:
    with (shared_data / "fracatlas" / "labels.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["truncated"] == "1"]
    assert len(rows) >= 10
    for row in rows:
        radiograph = read(shared_data / "fracatlas" / "images" / row["image"])
        assert (radiograph.columns, radiograph.rows) == (int(row["width"]), int(row["height"]))
        assert any("cut off" in warning for warning in radiograph.warnings)


def test_whole_jpegs_are_read_without(shared_data: Path) -> None:
    with (shared_data / "fracatlas" / "labels.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["truncated"] == "0"]
    for row in rows[::40]:
        radiograph = read(shared_data / "fracatlas" / "images" / row["image"])
        assert (radiograph.columns, radiograph.rows) == (int(row["width"]), int(row["height"]))
        assert not any("cut off" in warning for warning in radiograph.warnings)


def test_errors_never_quote_the_patient() -> None:
    secret = {"PatientName": "SECRET^NAME", "PatientID": "SECRET-7", "Modality": "SECRET"}
    for elements in (
        {**secret},
        {**secret, "Modality": "DX", "Rows": 0},
        {**secret, "Modality": "DX", "PixelData": b""},
    ):
        with pytest.raises(IntakeError) as caught:
            read(make.dicom(elements=elements))
        assert "SECRET" not in str(caught.value)
        assert caught.value.__cause__ is None
