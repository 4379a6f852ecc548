"""Arrivals: studies, images and findings on their way into the store, and what came of them there."""

from dataclasses import dataclass
from datetime import date, datetime

from core.records import Answer, Image, Outside, Region, Study


@dataclass(frozen=True, slots=True)
class NewStudy:
    """A study as one file describes it, before it is stored. Fields as in `Study`."""

    study_instance_uid: str
    patient_id: str = ""
    patient_name: str = ""
    patient_birth_date: date | None = None
    patient_sex: str = ""
    accession_number: str = ""
    study_date: datetime | None = None
    description: str = ""
    body_part: str = ""
    synthetic: bool = False
    patient_id_issuer: str = ""
    patient_id_issuer_uid: str = ""


@dataclass(frozen=True, slots=True)
class StoredStudy:
    """The study as stored, and how the file that was handed in relates to it."""

    study: Study
    conflicts: tuple[str, ...]
    """Names of the fields where the file contradicts the stored patient; the stored values stay."""


@dataclass(frozen=True, slots=True)
class NewImage:
    """One frame, before it is stored. Fields as in `Image`."""

    series_instance_uid: str
    sop_instance_uid: str
    sha256: str
    rows: int
    columns: int
    frame_number: int = 1
    source_name: str = ""
    modality: str = ""
    body_part: str = ""
    laterality: str = ""
    view_position: str = ""
    pixel_spacing: tuple[float, float] | None = None
    spacing_source: str = ""
    warnings: tuple[str, ...] = ()
    pixel_aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class StoredImage:
    """The image as stored. `known`: it was there before; `conflict`: under the same SOP instance UID, other bytes."""

    image: Image
    known: bool
    conflict: bool


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What a bundle says of an image, before it is stored. Fields as in `Finding`."""

    image_key: int
    bundle: str
    probability: float
    answer: Answer
    peak: tuple[int, int]
    regions: tuple[Region, ...]
    heat_map_sha256: str
    seconds: float
    outside: Outside | None = None
