"""Case table: draws the worklist's rows, dense and driven by the keyboard, and decides what each row may tell.

Triage and reading first pull in opposite directions. The order of the list is worth most when it follows the AI's
answer; a reader who sees that answer before she looks reads less well when it is wrong (Bernstein 2023). Where the
site reads first, `core.services.triage` hands out a priority for every case and the AI's answer only once it is read.
The priority does hint at the answer, and so would any triage order; it names neither a finding nor a probability.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.records import Status, WorklistRow
from dashboard import list_wording, wording
from dashboard.reading_wording import KEY_IMAGE
from dashboard.wording import Sign


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its room in the grid, and what it tells when the mouse rests on it."""

    title: str
    least: float
    """Its width in rem; with a `share` at least so much."""
    tip: str = ""
    share: float = 0
    """Its part of the room that is left over."""
    gives_way: int = 0
    """Its turn to go where the window is too narrow for all, from 1; 0 stays."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field, drawn as text only."""

    text: str
    tone: str = ""
    tip: str = ""


COLUMNS = (
    Column("Priority", 7, list_wording.PRIORITY_HELP),
    Column("Case", 4, "The number under which the case stands here and in exports", gives_way=2),
    Column("Patient", 9, share=1.6),
    Column("Patient ID", 6, share=1, gives_way=5),
    Column("Body part", 6, share=1),
    Column("Side", 4, gives_way=6),
    Column("Images", 4.5, gives_way=1),
    Column("Study date", 7, gives_way=3),
    Column("Waiting", 5, "Since the images arrived here", gives_way=4),
    Column("Status", 7.5),
    Column("Reader", 9, "The verdict in force"),
    Column("AI", 10, "What the AI said, and its probability of a fracture; shown once a reader has signed"),
    Column("Marks", 11.5, share=2.2),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table as it is sent to the browser."""

    key: int
    label: str
    """All that a screen reader says of the row."""
    cells: tuple[Cell, ...]


def lines(rows: Sequence[WorklistRow], *, now: datetime, zone: tzinfo) -> list[Line]:
    """The rows in words."""
    return [_line(row, now=now, zone=zone) for row in rows]


def case_table(table: Sequence[Line], *, key: str, label: str, searched: str) -> int | None:
    """Draw the table; the key of the study the reader opened in this run, or None.

    Enter or a click opens a row; arrows, Home and End move, the arrows also from nowhere into the list, and down from
    the search, as soon as its rows are there: `searched` is what they were found by. New data keeps the focused row and
    the scroll position, and so does coming back from the case that was opened here.
    """
    columns = [asdict(column) for column in COLUMNS]
    data = {"label": label, "searched": searched, "columns": columns, "lines": [asdict(line) for line in table]}
    opened = _component()(key=key, data=data, on_open_change=lambda: None).open
    return int(opened) if opened is not None else None


@cache
def _component() -> ComponentRenderer:
    folder = files(__package__)
    return st.components.v2.component(
        "lucency_case_table",
        html='<div class="case-table" role="grid"></div>',
        css=folder.joinpath("case_table.css").read_text("utf-8"),
        js=folder.joinpath("case_table.js").read_text("utf-8"),
    )


def _line(row: WorklistRow, *, now: datetime, zone: tzinfo) -> Line:
    priority = wording.PRIORITIES[row.answer] if row.answer else wording.NO_PRIORITY
    failed = "" if row.answer else list_wording.ai_failed(row.failed_count)
    patient, waiting, marks = _patient(row), _waiting(row, now=now, zone=zone), _marks(row)
    cells = (
        Cell(priority.text, "quiet" if row.status is Status.READ else priority.tone, failed),
        Cell(str(row.study_key)),
        patient,
        Cell(row.patient_id or "–", tip=row.issuer),
        Cell(row.body_part.capitalize() or "–", tip=row.description),
        Cell(wording.LATERALITIES.get(row.laterality, "–")),
        Cell(str(row.image_count)),
        Cell(wording.day(row.study_date)),
        waiting,
        _sign(wording.STATUSES[row.status]),
        _sign(wording.OPINIONS[row.opinion]) if row.opinion else Cell("–"),
        _answer(row),
        marks,
    )
    spoken = (
        priority.words,
        failed,
        f"{row.body_part or 'study'} {row.study_key}",
        patient.text,
        " of ".join(filter(None, (f"ID {row.patient_id}", row.issuer))) if row.patient_id else "",
        wording.LATERALITIES.get(row.laterality, ""),
        wording.counted(row.image_count, "image"),
        wording.STATUSES[row.status].words,
        "" if row.status is Status.READ else f"waiting {waiting.text}",
        f"reader: {wording.OPINIONS[row.opinion].words}" if row.opinion else "",
        f"AI: {_told(row)}" if _told(row) else "",
        marks.tip,
    )
    return Line(row.study_key, ", ".join(filter(None, spoken)), cells)


def _patient(row: WorklistRow) -> Cell:
    if row.patient_name:
        return Cell(wording.person_name(row.patient_name))
    return Cell(row.description or "no name in the file", "quiet")


def _waiting(row: WorklistRow, *, now: datetime, zone: tzinfo) -> Cell:
    arrived = f"Received {wording.moment(row.received_at, zone)}"
    if row.status is Status.READ:
        return Cell("–", tip=arrived)
    return Cell(wording.span(now - row.received_at), tip=arrived)


def _answer(row: WorklistRow) -> Cell:
    if row.answer is None:
        return Cell("–")
    if row.withheld:
        return _sign(wording.HIDDEN_ANSWER)
    if row.probability is None:
        return Cell("–", tip=wording.OUTSIDE_ADVICE)
    sign = wording.ANSWERS[row.answer]
    return Cell(f"{sign.symbol} {_told(row)}", sign.tone, sign.words)


def _told(row: WorklistRow) -> str:
    """The AI's answer with its probability; empty where that is not told."""
    if row.answer is None or row.probability is None:
        return ""
    return f"{wording.SHORT_ANSWERS[row.answer]} {wording.percent(row.probability)}"


def _marks(row: WorklistRow) -> Cell:
    present = (
        (row.claimed_by, wording.CLAIMED_BY, row.claimed_by),
        (row.begun, list_wording.BEGUN, ""),
        (row.flagged, wording.FLAGGED, ""),
        (row.has_key_image, KEY_IMAGE, ""),
        (row.disagrees, wording.DISAGREES, "Disagree"),
        (row.outside, wording.OUTSIDE, "Outside use"),
        (row.synthetic, wording.SYNTHETIC, ""),
    )
    signs = [(sign, short or sign.words) for holds, sign, short in present if holds]
    told = [f"{sign.words} {short}" if sign is wording.CLAIMED_BY else sign.words for sign, short in signs]
    if row.outside:
        told.append(wording.OUTSIDE_REASONS[row.outside])
    text = "  ".join(f"{sign.symbol} {short}" for sign, short in signs)
    tones = {sign.tone for sign, _ in signs}
    gravest = next((tone for tone in wording.TONE_COLOURS if tone in tones), "")
    return Cell(text, gravest, ", ".join(told))


def _sign(sign: Sign) -> Cell:
    return Cell(sign.text, sign.tone)
