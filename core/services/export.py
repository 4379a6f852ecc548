"""Export: the reviewed or flagged cases as a table, without identifiers unless they are asked for."""

from dataclasses import dataclass
from datetime import date, datetime

from core.records import Answer, Opinion
from core.services.site import Site

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Which cases, and whether identifiers go with them. An empty set means all."""

    flagged_only: bool = True
    identifiers: bool = False
    opinions: frozenset[Opinion] = frozenset()
    answers: frozenset[Answer] = frozenset()
    body_parts: frozenset[str] = frozenset()
    received_from: date | None = None
    received_to: date | None = None
    include_synthetic: bool = True


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One study. The fields from `patient_id` on identify a person, or help to: dates do, too."""

    study_key: int
    body_part: str
    laterality: str
    images: int
    synthetic: bool
    ai_answer: Answer | None
    ai_probability: float | None
    ai_bundle: str
    reader_opinion: Opinion | None
    body_region: str
    confidence: int | None
    opinion_before_ai: Opinion | None
    """The reader's last opinion before the AI's answer was revealed."""
    after_ai: bool | None
    agreement: str
    """`agree`, `disagree`, or empty when either says neither yes nor no."""
    reader: str
    comment: str
    flag_reason: str
    flagged_by: str
    patient_id: str
    patient_name: str
    patient_birth_date: date | None
    patient_sex: str
    accession_number: str
    study_date: datetime | None
    study_description: str
    study_instance_uid: str
    read_at: datetime | None
    flagged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportTable:
    """What the CSV holds, before it is written: column names and rows of the same length."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def export_rows(site: Site, options: ExportOptions) -> list[ExportRow]:
    """The chosen cases by study key. Identifying fields are filled either way: show `export_table` instead."""
    raise NotImplementedError


def export_table(site: Site, options: ExportOptions) -> ExportTable:
    """The preview: exactly the columns and rows that `export_csv` writes."""
    raise NotImplementedError


def export_csv(site: Site, options: ExportOptions, *, actor: str) -> bytes:
    """The table as CSV: UTF-8 with BOM, formulas neutralised; audited with the number of rows."""
    raise NotImplementedError
