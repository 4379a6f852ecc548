"""Which DICOM objects are radiographs, and why the others are not."""

import pytest

from core.errors import NoPixels, UnsupportedEncoding, WrongModality
from core.intake.reader import read
from tests import factories as make


@pytest.mark.parametrize("modality", ["CR", "DX", "RG"])
@pytest.mark.parametrize("sop_class", ["", "CR", "DX", "SC", "SC grey byte", "SC grey word", "SC colour"])
def test_radiographs_and_secondary_captures_of_them(modality: str, sop_class: str) -> None:
    radiograph = read(make.dicom(modality=modality, sop_class=sop_class))
    assert radiograph.modality == modality
    assert radiograph.warnings == ()


def test_lower_case_modality() -> None:
    assert read(make.dicom(modality="cr")).modality == "CR"


@pytest.mark.parametrize("modality", ["CT", "MR", "US", "NM", "PT", "XA", "RF", "MG", "IO", "PX", "OT", "SC", "ES"])
def test_other_modalities_are_named(modality: str) -> None:
    with pytest.raises(WrongModality, match=rf"{modality} \("):
        read(make.dicom(modality=modality, sop_class="SC"))


def test_unknown_modality_is_not_quoted() -> None:
    with pytest.raises(WrongModality) as caught:
        read(make.dicom(modality="JOHN^DOE", sop_class="SC"))
    assert "JOHN" not in str(caught.value)


@pytest.mark.parametrize(("sop_class", "modality"), [("CR", "CR"), ("DX", "DX"), ("DX processing", "DX")])
def test_missing_modality_is_taken_from_the_class(sop_class: str, modality: str) -> None:
    radiograph = read(make.dicom(modality="", sop_class=sop_class))
    assert radiograph.modality == modality
    assert any("Modality" in warning for warning in radiograph.warnings)


def test_missing_modality_of_a_secondary_capture() -> None:
    with pytest.raises(WrongModality, match="Modality is empty"):
        read(make.dicom(modality="", sop_class="SC"))


@pytest.mark.parametrize("sop_class", ["CT", "1.2.3.4.5"])
def test_class_that_contradicts_the_modality_is_noted(sop_class: str) -> None:
    assert any("SOP class" in warning for warning in read(make.dicom(modality="DX", sop_class=sop_class)).warnings)


@pytest.mark.parametrize(
    "data",
    [
        make.dicom(sop_class="DX processing"),
        make.dicom(elements={"PresentationIntentType": "FOR PROCESSING"}),
    ],
)
def test_for_processing_is_noted(data: bytes) -> None:
    assert any("For Processing" in warning for warning in read(data).warnings)


@pytest.mark.parametrize(
    ("uid", "modality", "name"),
    [
        ("1.2.840.10008.5.1.4.1.1.88.11", "SR", "structured report"),
        ("1.2.840.10008.5.1.4.1.1.88.59", "KO", "key object"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "DOC", "document"),
        ("1.2.840.10008.5.1.4.1.1.481.5", "RTPLAN", "radiotherapy"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", "radiotherapy"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "PR", "presentation state"),
        ("1.2.840.10008.5.1.4.1.1.9.1.1", "ECG", "waveform"),
        ("1.2.840.10008.5.1.4.1.1.66.1", "REG", "registration"),
        ("1.2.840.10008.5.1.4.39.1", "", "palette"),
        ("1.2.3", "", "holds no image"),
    ],
)
def test_objects_without_an_image(uid: str, modality: str, name: str) -> None:
    with pytest.raises(NoPixels, match=name):
        read(make.dicom_object(uid, modality))


def test_dicomdir() -> None:
    with pytest.raises(NoPixels, match="index; the files it lists are read by themselves"):
        read(make.dicom_object("1.2.840.10008.1.3.10", elements={"DirectoryRecordSequence": []}))


def test_radiograph_without_pixels() -> None:
    with pytest.raises(NoPixels):
        read(make.dicom_object(make.SOP_CLASSES["CR"], "CR", {"Rows": 4, "Columns": 4}))


def test_empty_pixel_data() -> None:
    with pytest.raises(NoPixels):
        read(make.dicom(pixel_bytes=b""))


@pytest.mark.parametrize("keyword", ["FloatPixelData", "DoubleFloatPixelData"])
def test_floating_point_pixels(keyword: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="floating-point"):
        read(make.dicom_object(make.SOP_CLASSES["DX"], "DX", {"Rows": 2, "Columns": 2, keyword: bytes(32)}))
