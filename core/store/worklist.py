"""Worklist: lists studies, most urgent first, under filters; and finds the next one to read."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.records import Answer, Opinion, Outside, Status, WorklistFilter, WorklistPage, WorklistRow
from core.store.column_types import UtcTime
from core.store.studies import fold
from core.store.summaries import READ_LATER
from core.store.tables import StudyRow, SummaryRow

ORDER = (SummaryRow.priority, SummaryRow.received_at, SummaryRow.study_key)
"""Not read first; then fracture, doubt, none, no answer; then the longest waiting."""
SEARCHED_CHARACTERS = 200
"""Of a search text, what counts: databases limit the size of a statement."""
Column = InstrumentedAttribute[Any]
JOINED = SummaryRow.study_key == StudyRow.key


def page(session: Session, filters: WorklistFilter, *, limit: int = 200, offset: int = 0) -> WorklistPage:
    """Rows in the order of the worklist. `counts` holds every status, under all filters but the status itself."""
    counts = _counts(session, filters)
    query = page_query(filters).limit(limit).offset(offset)
    rows = tuple(_record(study, summary) for study, summary in session.execute(query))
    total = sum(count for status, count in counts.items() if not filters.status or status in filters.status)
    return WorklistPage(rows=rows, total=total, counts=counts)


def next_unread(
    session: Session, filters: WorklistFilter, *, after: int | None, without: Collection[int] = ()
) -> int | None:
    """Key of the next study that is not read, below the place `after` has or had, then from the top; or None.

    From the top are found: studies that were skipped, or came in meanwhile. Never `after` itself, nor one of `without`.
    """
    query = next_query(filters)
    if without:
        query = query.where(SummaryRow.study_key.not_in(sorted(without)))
    if after is None:
        return session.scalar(query)
    query = query.where(SummaryRow.study_key != after)
    place = session.get(SummaryRow, after)
    found = None if place is None else session.scalar(query.where(_below(place)))
    return session.scalar(query) if found is None else found


def page_query(filters: WorklistFilter) -> Select[StudyRow, SummaryRow]:
    """The statement behind `page`."""
    return select(StudyRow, SummaryRow).join(SummaryRow, JOINED).where(*conditions(filters)).order_by(*ORDER)


def next_query(filters: WorklistFilter) -> Select[int]:
    """The statement behind `next_unread`."""
    query = select(SummaryRow.study_key).join(StudyRow, JOINED).where(*conditions(filters))
    return query.where(SummaryRow.priority < READ_LATER).order_by(*ORDER).limit(1)


def count_query(filters: WorklistFilter) -> Select[str, int]:
    """Studies per status, under all filters but the status itself."""
    query = select(SummaryRow.status, func.count()).join(StudyRow, JOINED)
    return query.where(*conditions(replace(filters, status=frozenset()))).group_by(SummaryRow.status)


def conditions(filters: WorklistFilter) -> Iterator[ColumnElement[bool]]:
    """What the filters demand of a study joined to its summary. For this folder."""
    for word in fold(filters.text[:SEARCHED_CHARACTERS]).split():
        yield StudyRow.search_text.contains(word, autoescape=True)
    yield from _among(SummaryRow.status, filters.status)
    yield from _among(SummaryRow.answer, filters.answers)
    yield from _among(SummaryRow.opinion, filters.opinions)
    yield from _among(StudyRow.body_part, filters.body_parts)
    yield from _equal(SummaryRow.flagged, filters.flagged)
    yield from _equal(SummaryRow.disagrees, filters.disagrees)
    yield from _equal(SummaryRow.has_key_image, filters.has_key_image)
    yield from _equal(StudyRow.synthetic, None if filters.include_synthetic else False)
    yield from _days(SummaryRow.received_at, filters.received_from, filters.received_to)
    yield from _days(StudyRow.study_date, filters.studied_from, filters.studied_to)


def _among(column: Column, allowed: Collection[str | None]) -> Iterator[ColumnElement[bool]]:
    """One of these values; an empty collection allows all, None in it stands for an empty column."""
    if allowed:
        listed = column.in_(sorted(str(value) for value in allowed if value is not None))
        yield or_(listed, column.is_(None)) if None in allowed else listed


def _equal(column: Column, wanted: bool | None) -> Iterator[ColumnElement[bool]]:
    if wanted is not None:
        yield column.is_(wanted)


def _days(column: Column, first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    """Within these days of UTC, both included."""
    if first is not None:
        yield column >= datetime.combine(first, time.min, UTC)
    if last is not None:
        yield column <= datetime.combine(last, time.max, UTC)


def _below(place: SummaryRow) -> ColumnElement[bool]:
    """Further down the list than this study is, or was before it was read."""
    at = (literal(place.priority % READ_LATER), literal(place.received_at, UtcTime()), literal(place.study_key))
    return tuple_(*ORDER) > tuple_(*at)


def _counts(session: Session, filters: WorklistFilter) -> dict[Status, int]:
    counts = dict.fromkeys(Status, 0)
    for status, count in session.execute(count_query(filters)):
        counts[Status(status)] = count
    return counts


def _record(study: StudyRow, summary: SummaryRow) -> WorklistRow:
    return WorklistRow(
        study_key=study.key,
        patient_id=study.patient_id,
        patient_name=study.patient_name,
        study_date=study.study_date,
        received_at=study.received_at,
        body_part=study.body_part,
        laterality=summary.laterality,
        description=study.description,
        modality=summary.modality,
        image_count=summary.image_count,
        status=Status(summary.status),
        answer=None if summary.answer is None else Answer(summary.answer),
        probability=summary.probability,
        opinion=None if summary.opinion is None else Opinion(summary.opinion),
        flagged=summary.flagged,
        disagrees=summary.disagrees,
        synthetic=study.synthetic,
        failed_count=summary.failed_count,
        outside=Outside(summary.outside) if summary.outside else None,
        has_key_image=summary.has_key_image,
    )
