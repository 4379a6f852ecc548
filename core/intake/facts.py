"""Facts: what a DICOM header says of patient, study, geometry and equipment."""

import hashlib
import re
import uuid
from datetime import UTC, date, datetime, time

from core.intake.header import Header
from core.intake.radiograph import Identity, Spacing

_UID = re.compile(r"[0-9.]{1,64}")

UNSTATED = "PixelSpacing (plane not stated)"
"""Source of a Pixel Spacing that may hold at the detector or in the patient: the file does not say."""
NOT_PLAUSIBLE = "The pixels are said to be far from square; they are drawn as squares, so shapes may be distorted."
_SQUARE, _PLAUSIBLE = 1.01, 4.0
"""Sides of a pixel that differ by no more than the first ratio count as equal, by more than the second as a mistake."""
_Pair = tuple[float, float]


def derived_uid(kind: str, sha256: str) -> str:
    """A UID for a file that brings none: the same bytes always give the same one, PS3.5 B.2."""
    digest = hashlib.sha256(f"{kind}:{sha256}".encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def derived_identity(sha256: str) -> Identity:
    """The identity of a picture file: a study, series and instance of its own."""
    study, series, instance = (derived_uid(kind, sha256) for kind in ("study", "series", "instance"))
    return Identity(study, series, instance)


def read_identity(header: Header, sha256: str) -> Identity:
    """Patient, study, series and instance, PS3.3 C.7.1 and C.7.2. Absent UIDs are derived from the bytes."""
    issuer, issuer_uid = _issuer(header)
    return Identity(
        study_instance_uid=_uid(header, "StudyInstanceUID", "study", sha256),
        series_instance_uid=_uid(header, "SeriesInstanceUID", "series", sha256),
        sop_instance_uid=_uid(header, "SOPInstanceUID", "instance", sha256),
        patient_id=header.text("PatientID"),
        patient_id_issuer=issuer,
        patient_id_issuer_uid=issuer_uid,
        patient_name=header.text("PatientName"),
        patient_birth_date=_date(header.text("PatientBirthDate")),
        patient_sex=header.code("PatientSex")[:1],
        accession_number=header.text("AccessionNumber"),
        study_date=_moment(header),
        study_description=header.text("StudyDescription"),
    )


def _issuer(header: Header) -> tuple[str, str]:
    """Who gave out the Patient ID: the name (0010,0021) and the universal ID (0040,0032), PS3.3 table 10-18.

    Neither where there is no ID.
    """
    if not header.text("PatientID"):
        return "", ""
    qualifiers = header.item("IssuerOfPatientIDQualifiersSequence")
    return header.text("IssuerOfPatientID"), qualifiers.text("UniversalEntityID") if qualifiers else ""


def _uid(header: Header, keyword: str, kind: str, sha256: str) -> str:
    uid = header.text(keyword)
    if _UID.fullmatch(uid):
        return uid
    header.notes.add(f"{keyword} is missing or not valid; one was derived from the file.")
    return derived_uid(kind, sha256)


def _date(text: str) -> date | None:
    """VR DA, PS3.5 6.2; also the retired form with points."""
    digits = text.replace(".", "").replace("-", "")[:8]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _time(text: str) -> time:
    """VR TM, PS3.5 6.2: hours, then minutes and seconds when known; midnight when unreadable."""
    digits = text.replace(":", "").split(".")[0].ljust(6, "0")
    try:
        return time(int(digits[:2]), int(digits[2:4]), min(int(digits[4:6]), 59))
    except ValueError:
        return time()


def _moment(header: Header) -> datetime | None:
    """Study date and time as the examination states them: its own wall clock, kept as if it were UTC.

    Timezone Offset From UTC (0008,0201) is ignored, for it could move the day.
    """
    day = _date(header.text("StudyDate"))
    return None if day is None else datetime.combine(day, _time(header.text("StudyTime")), UTC)


# --- geometry -----------------------------------------------------------------------------------------------


def read_spacing(header: Header, frame: int = 1) -> Spacing | None:
    """Distance between pixels, rows first (PS3.3 10.7.1.3), and the attribute that says so."""
    pixel = _pair(header.functional("PixelMeasuresSequence", frame), "PixelSpacing") or _pair(header, "PixelSpacing")
    detector = _pair(header, "ImagerPixelSpacing")
    nominal = _pair(header, "NominalScannedPixelSpacing")  # PS3.3 C.8.6.2
    if pixel and _corrected(header, pixel, detector, nominal):
        return Spacing(*pixel, "PixelSpacing")
    if detector:
        return _at_detector(header, *detector)
    if nominal:
        return Spacing(*nominal, "NominalScannedPixelSpacing")
    return Spacing(*pixel, UNSTATED) if pixel else None


def _corrected(header: Header, pixel: _Pair, *uncorrected: _Pair | None) -> bool:
    """Whether Pixel Spacing is known to hold in the patient, not at the detector, PS3.3 10.7.1.1.

    A calibration type says so, or a value other than the uncorrected ones. Where neither is given, nobody can tell.
    """
    typed = bool(header.code("PixelSpacingCalibrationType"))
    return typed or (any(uncorrected) and pixel not in uncorrected)


def _at_detector(header: Header, row: float, column: float) -> Spacing:
    factor = header.number("EstimatedRadiographicMagnificationFactor")  # PS3.3 C.8.11.6 (0018,1114)
    if factor is None or not 1 <= factor < 10:
        return Spacing(row, column, "ImagerPixelSpacing")
    source = "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"
    return Spacing(row / factor, column / factor, source)


def read_aspect(header: Header, spacing: Spacing | None) -> float:
    """Height of a pixel by its width: by the spacing, else by Pixel Aspect Ratio (0028,0034), PS3.3 C.7.6.3.1.7."""
    pair = [spacing.row, spacing.column] if spacing else header.numbers("PixelAspectRatio")
    if len(pair) != 2 or min(pair) <= 0 or max(pair) <= _SQUARE * min(pair):
        return 1.0
    if max(pair) > _PLAUSIBLE * min(pair):
        header.notes.add(NOT_PLAUSIBLE)
        return 1.0
    return pair[0] / pair[1]


def _pair(header: Header, keyword: str) -> _Pair | None:
    numbers = header.numbers(keyword)
    if len(numbers) == 2 and 0.001 <= min(numbers) <= max(numbers) <= 10:
        return numbers[0], numbers[1]
    if numbers:
        header.notes.add(f"{keyword} is not plausible; it is ignored.")
    return None


def read_laterality(header: Header, frame: int = 1) -> str:
    """`L`, `R`, `B` or empty: of the image (0020,0062), the frame, or the body part (0020,0060), PS3.3 C.7.3.1."""
    anatomy = header.functional("FrameAnatomySequence", frame)
    for source, keyword in ((header, "ImageLaterality"), (anatomy, "FrameLaterality"), (header, "Laterality")):
        side = source.code(keyword)[:1]
        if side in ("L", "R", "B"):
            return side
    return ""


def read_view(header: Header) -> str:
    """View Position (0018,5101), else the meaning of View Code Sequence (0054,0220)."""
    return header.code("ViewPosition") or _meaning(header, "ViewCodeSequence")


def read_body_part(header: Header) -> str:
    """Body Part Examined (0018,0015), else the meaning of Anatomic Region Sequence (0008,2218)."""
    return header.code("BodyPartExamined") or _meaning(header, "AnatomicRegionSequence")


def _meaning(header: Header, sequence: str) -> str:
    item = header.item(sequence)
    return item.text("CodeMeaning") if item else ""
