"""Identity, geometry and technical facts."""

from datetime import UTC, date, datetime

import pytest
from pydicom.dataset import Dataset

from core.intake.facts import NOT_PLAUSIBLE, UNSTATED, derived_uid
from core.intake.radiograph import Radiograph, Spacing
from core.intake.reader import read
from tests import factories as make


def radiograph(**elements: object) -> Radiograph:
    return read(make.dicom(elements=elements))


def code(meaning: str) -> list[Dataset]:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "SCT", meaning
    return [item]


def test_identity() -> None:
    identity = radiograph(StudyDescription="Left wrist").identity
    assert identity.patient_id == "TEST-0001"
    assert identity.patient_name == "SYNTHETIC^TEST"
    assert identity.patient_birth_date == date(1970, 1, 1)
    assert identity.patient_sex == "O"
    assert identity.accession_number == "A1"
    assert identity.study_date == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert identity.study_description == "Left wrist"


def issued(uid: str) -> list[Dataset]:
    """An item of the qualifiers of who gave out the Patient ID."""
    item = Dataset()
    item.UniversalEntityID, item.UniversalEntityIDType = uid, "ISO"
    return [item]


@pytest.mark.parametrize("transfer_syntax", [make.EXPLICIT, make.IMPLICIT])
def test_the_issuer_of_the_patient_id_by_name_and_as_a_universal_id(transfer_syntax: str) -> None:
    elements = {"IssuerOfPatientID": "Hospital A", "IssuerOfPatientIDQualifiersSequence": issued("1.2.3")}
    identity = read(make.dicom(elements=elements, transfer_syntax=transfer_syntax)).identity
    assert (identity.patient_id_issuer, identity.patient_id_issuer_uid) == ("Hospital A", "1.2.3")
    nobodys = read(make.dicom(elements=elements | {"PatientID": ""})).identity
    assert (nobodys.patient_id_issuer, nobodys.patient_id_issuer_uid) == ("", ""), "of no ID"
    silent = radiograph(IssuerOfPatientIDQualifiersSequence=[Dataset()]).identity
    assert (silent.patient_id_issuer, silent.patient_id_issuer_uid) == ("", "")


def test_identity_is_not_printed() -> None:
    assert "SYNTHETIC" not in repr(radiograph())
    assert "Hospital" not in repr(radiograph(IssuerOfPatientID="Hospital A"))
    assert "TEST-0001" not in repr(radiograph())


@pytest.mark.parametrize("offset", [None, "+0130", "-1100", "+1300", "rubbish"])
def test_the_time_is_the_examinations_own_whatever_its_zone(offset: str | None) -> None:
    stated = radiograph(TimezoneOffsetFromUTC=offset).identity.study_date
    assert stated == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("20240230", "", None),
        ("", "0101", None),
        ("2024", "", None),
        ("2024.03.04", "", datetime(2024, 3, 4, tzinfo=UTC)),
        ("20240304", "07", datetime(2024, 3, 4, 7, tzinfo=UTC)),
        ("20240304", "0708", datetime(2024, 3, 4, 7, 8, tzinfo=UTC)),
        ("20240304", "070860.5", datetime(2024, 3, 4, 7, 8, 59, tzinfo=UTC)),
        ("20240304", "99", datetime(2024, 3, 4, tzinfo=UTC)),
        ("20240304", "noon", datetime(2024, 3, 4, tzinfo=UTC)),
    ],
)
def test_dates_and_times(day: str, time: str, expected: datetime | None) -> None:
    assert radiograph(StudyDate=day, StudyTime=time).identity.study_date == expected


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
@pytest.mark.parametrize("value", [None, "", "../../etc/passwd", "1.2.abc", "1" * 65])
def test_missing_or_unsafe_uids_are_derived(keyword: str, value: str | None) -> None:
    data = make.dicom(elements={keyword: value})
    first, second = read(data), read(data)
    assert first.identity == second.identity
    uids = (first.identity.study_instance_uid, first.identity.series_instance_uid, first.identity.sop_instance_uid)
    assert sum(uid.startswith("2.25.") for uid in uids) == 1
    assert any(keyword in warning for warning in first.warnings)


def test_derived_uids_are_valid_and_differ_by_kind() -> None:
    uids = {derived_uid(kind, "ab" * 32) for kind in ("study", "series", "instance")}
    assert len(uids) == 3
    assert all(len(uid) <= 64 and uid.replace(".", "").isdigit() for uid in uids)


def test_control_characters_and_endless_texts() -> None:
    identity = radiograph(PatientID="AB\x1b[31m\x07C" + "D" * 500).identity
    assert identity.patient_id.startswith("AB[31mCDDD")
    assert len(identity.patient_id) <= 256


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, None),
        ({"PixelSpacing": [0.2, 0.3]}, Spacing(0.2, 0.3, UNSTATED)),
        ({"PixelSpacing": [0.2, 0.3], "PixelSpacingCalibrationType": ""}, Spacing(0.2, 0.3, UNSTATED)),
        (
            {"PixelSpacing": [0.2, 0.3], "PixelSpacingCalibrationType": "GEOMETRY"},
            Spacing(0.2, 0.3, "PixelSpacing"),
        ),
        ({"PixelSpacing": [0.2, 0.3], "ImagerPixelSpacing": [0, 0]}, Spacing(0.2, 0.3, UNSTATED)),
        ({"ImagerPixelSpacing": [0.2, 0.3]}, Spacing(0.2, 0.3, "ImagerPixelSpacing")),
        ({"NominalScannedPixelSpacing": [0.2, 0.3]}, Spacing(0.2, 0.3, "NominalScannedPixelSpacing")),
        (
            {"ImagerPixelSpacing": [0.2, 0.4], "EstimatedRadiographicMagnificationFactor": "2"},
            Spacing(0.1, 0.2, "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"),
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.4], "EstimatedRadiographicMagnificationFactor": "0"},
            Spacing(0.2, 0.4, "ImagerPixelSpacing"),
        ),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.2]}, Spacing(0.1, 0.1, "PixelSpacing")),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, Spacing(0.2, 0.2, "ImagerPixelSpacing")),
        (
            {"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"},
            Spacing(0.2, 0.2, "PixelSpacing"),
        ),
        (
            {"PixelSpacing": [0.1, 0.1], "NominalScannedPixelSpacing": [0.2, 0.2]},
            Spacing(0.1, 0.1, "PixelSpacing"),
        ),
        (
            {"PixelSpacing": [0.2, 0.2], "NominalScannedPixelSpacing": [0.2, 0.2]},
            Spacing(0.2, 0.2, "NominalScannedPixelSpacing"),
        ),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [-0.1, 0.1]}, None),
        ({"PixelSpacing": [200, 200]}, None),
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.2, 0.2]}, Spacing(0.2, 0.2, "ImagerPixelSpacing")),
    ],
)
def test_spacing_and_its_source(elements: dict[str, object], expected: Spacing | None) -> None:
    assert radiograph(**elements).spacing == expected


def test_spacing_of_functional_groups() -> None:
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing = [0.5, 0.6]
    group.PixelMeasuresSequence = [measures]
    elements: dict[str, object] = {"SharedFunctionalGroupsSequence": [group]}
    assert radiograph(**elements).spacing == Spacing(0.5, 0.6, UNSTATED)
    nominal = radiograph(**elements, NominalScannedPixelSpacing=[0.7, 0.7])  # PS3.3 A.8.3: multi-frame captures
    assert nominal.spacing == Spacing(0.5, 0.6, "PixelSpacing")


@pytest.mark.parametrize(
    ("elements", "aspect"),
    [
        ({}, 1),
        ({"PixelAspectRatio": ["1", "1"]}, 1),
        ({"PixelAspectRatio": ["1000", "1009"]}, 1),
        ({"PixelAspectRatio": ["4", "3"]}, 4 / 3),
        ({"PixelAspectRatio": ["3", "4"]}, 3 / 4),
        ({"PixelAspectRatio": ["0", "4"]}, 1),
        ({"PixelAspectRatio": ["4"]}, 1),
        ({"ImagerPixelSpacing": [0.2, 0.201]}, 1),
        ({"ImagerPixelSpacing": [0.3, 0.2]}, 1.5),
        ({"ImagerPixelSpacing": [0.2, 0.3]}, 2 / 3),
        ({"ImagerPixelSpacing": [0.2, 0.2], "PixelAspectRatio": ["4", "3"]}, 1),
    ],
)
def test_the_aspect_of_a_pixel_is_its_height_by_its_width(elements: dict[str, object], aspect: float) -> None:
    found = radiograph(**elements)
    assert found.aspect == pytest.approx(aspect)
    assert NOT_PLAUSIBLE not in found.warnings


@pytest.mark.parametrize(
    "elements",
    [{"PixelAspectRatio": ["5", "1"]}, {"PixelAspectRatio": ["1", "1000000"]}, {"ImagerPixelSpacing": [0.1, 9]}],
)
def test_an_aspect_that_cannot_be_is_told_and_taken_for_square(elements: dict[str, object]) -> None:
    found = radiograph(**elements)
    assert found.aspect == 1
    assert NOT_PLAUSIBLE in found.warnings


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, ""),
        ({"ImageLaterality": "L"}, "L"),
        ({"ImageLaterality": "R", "Laterality": "L"}, "R"),
        ({"Laterality": "R"}, "R"),
        ({"ImageLaterality": "B"}, "B"),
        ({"ImageLaterality": "U"}, ""),
        ({"ImageLaterality": "U", "Laterality": "L"}, "L"),
        ({"Laterality": "left"}, "L"),
        ({"Laterality": "?"}, ""),
    ],
)
def test_laterality(elements: dict[str, object], expected: str) -> None:
    assert radiograph(**elements).laterality == expected


def test_view_and_body_part() -> None:
    plain = radiograph(ViewPosition="AP", BodyPartExamined="hand")
    assert (plain.view_position, plain.body_part) == ("AP", "HAND")
    coded = radiograph(
        BodyPartExamined=None, ViewCodeSequence=code("lateral"), AnatomicRegionSequence=code("Wrist joint")
    )
    assert (coded.view_position, coded.body_part) == ("lateral", "Wrist joint")


def test_synthetic_data() -> None:
    assert radiograph(SyntheticData="YES").synthetic
    assert not radiograph(SyntheticData="NO").synthetic
    assert not radiograph().synthetic
