"""Worklist: lists studies, most urgent first, under filters; and finds the next one to read.

`reads` is how many readers the site asks for on each study: the summaries hold both ways.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.records import Answer, Opinion, Outside, Status, WorklistFilter, WorklistPage, WorklistRow
from core.store import studies
from core.store.summaries import READ_LATER
from core.store.tables import StudyRow, SummaryRow, VerdictRow

SEARCHED_CHARACTERS = 200
"""Of a search text, what counts: databases limit the size of a statement."""
Column = InstrumentedAttribute[Any]
Columns = TypeVarTuple("Columns")
DOUBTFUL = Answer.FRACTURE.rank - Answer.DOUBT.rank
"""The priority of a doubt that is not read."""
JOINED = SummaryRow.study_key == StudyRow.key


@dataclass(frozen=True, slots=True)
class Derived:
    """The columns of a summary that depend on how many readers read each study."""

    priority: Column
    status: Column
    opinion: Column
    disagrees: Column
    key_image: Column

    @property
    def order(self) -> tuple[Column, ...]:
        """Not read first; then fracture, doubt or failed, none, no answer yet; then the longest waiting."""
        return self.priority, SummaryRow.received_at, SummaryRow.study_key


DERIVED = {
    1: Derived(
        priority=SummaryRow.priority,
        status=SummaryRow.status,
        opinion=SummaryRow.opinion,
        disagrees=SummaryRow.disagrees,
        key_image=SummaryRow.has_key_image,
    ),
    2: Derived(
        priority=SummaryRow.double_priority,
        status=SummaryRow.double_status,
        opinion=SummaryRow.double_opinion,
        disagrees=SummaryRow.double_disagrees,
        key_image=SummaryRow.double_key_image,
    ),
}
DOUBLE_READ = (SummaryRow.study_key, SummaryRow.double_status, SummaryRow.readers, SummaryRow.decided_by)


@dataclass(frozen=True, slots=True)
class Offer:
    """Whom the next study is for, where two readers read each: none she has read, none to adjudicate unless she may."""

    reader: str
    adjudicates: bool


@dataclass(frozen=True, slots=True)
class DoubleRead:
    """Where a study stands that two readers read."""

    status: Status
    readers: tuple[str, ...]
    """Who has read it as it now stands."""
    decided_by: int | None
    """Key of the verdict that decides."""


def page(
    session: Session, filters: WorklistFilter, *, limit: int = 200, offset: int = 0, reads: int = 1
) -> WorklistPage:
    """Rows in the order of the worklist. `counts` holds every status, under all filters but the status itself."""
    counts = _counts(session, filters, reads)
    query = page_query(filters, reads).limit(limit).offset(offset)
    rows = tuple(_record(study, summary, DERIVED[reads]) for study, summary in session.execute(query))
    total = sum(count for status, count in counts.items() if not filters.status or status in filters.status)
    return WorklistPage(rows=rows, total=total, counts=counts)


def next_unread(
    session: Session,
    filters: WorklistFilter,
    *,
    after: int | None,
    without: Collection[int] = (),
    skipped: Collection[int] = (),
    offer: Offer | None = None,
) -> int | None:
    """Key of the study highest on the list that is not read; or None.

    One of `skipped` only where nothing else is left. Never `after`, nor one of `without`. `offer` where two readers
    read each study.
    """
    barred = {*without} if after is None else {*without, after}
    query = next_query(filters, offer)
    found = session.scalar(_but(query, barred.union(skipped)))
    return session.scalar(_but(query, barred)) if found is None and skipped else found


def count_unread(
    session: Session, filters: WorklistFilter, *, among: Collection[int], offer: Offer | None = None
) -> int:
    """How many of these studies `next_unread` could find."""
    found = next_query(filters, offer).where(SummaryRow.study_key.in_(sorted(among))).limit(None).order_by(None)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def double_read(session: Session, study_key: int) -> DoubleRead:
    """Where a study stands that two readers read. Raises NotFound."""
    studies.get(session, study_key)
    _, found = _double_read(session.execute(select(*DOUBLE_READ).where(SummaryRow.study_key == study_key)).one())
    return found


def double_reads(
    session: Session, filters: WorklistFilter, *, signed: bool = False, limit: int | None = None
) -> dict[int, DoubleRead]:
    """The same of the studies under the filters, by study key: of as many, and with `signed`, as `cases.find` says."""
    query = by_key(select(*DOUBLE_READ), filters, 2, signed=signed, limit=limit)
    return dict(map(_double_read, session.execute(query)))


def by_key(
    columns: Select[*Columns], filters: WorklistFilter, reads: int, *, signed: bool, limit: int | None
) -> Select[*Columns]:
    """What is selected of the summaries of the first studies under the filters, by study key. For this folder.

    With `signed`, of those alone on which somebody has signed a verdict, withdrawn or not.
    """
    query = columns.join(StudyRow, JOINED).where(*conditions(filters, reads))
    query = query.where(StudyRow.key.in_(select(VerdictRow.study_key))) if signed else query
    return query.order_by(SummaryRow.study_key).limit(limit)


def total(session: Session, filters: WorklistFilter, *, reads: int = 1) -> int:
    """How many studies are under the filters."""
    query = select(func.count()).select_from(SummaryRow).join(StudyRow, JOINED)
    return session.scalar(query.where(*conditions(filters, reads))) or 0


def page_query(filters: WorklistFilter, reads: int = 1) -> Select[StudyRow, SummaryRow]:
    """The statement behind `page`."""
    query = select(StudyRow, SummaryRow).join(SummaryRow, JOINED).where(*conditions(filters, reads))
    return query.order_by(*DERIVED[reads].order)


def next_query(filters: WorklistFilter, offer: Offer | None = None) -> Select[int]:
    """The statement behind `next_unread`."""
    reads = 2 if offer else 1
    query = select(SummaryRow.study_key).join(StudyRow, JOINED).where(*conditions(filters, reads))
    query = query.where(DERIVED[reads].priority < READ_LATER, *_offered(offer))
    return query.order_by(*DERIVED[reads].order).limit(1)


def count_query(filters: WorklistFilter, reads: int = 1) -> Select[str, int]:
    """Studies per status, under all filters but the status itself."""
    query = select(DERIVED[reads].status, func.count()).join(StudyRow, JOINED)
    return query.where(*conditions(replace(filters, status=frozenset()), reads)).group_by(DERIVED[reads].status)


def conditions(filters: WorklistFilter, reads: int = 1) -> Iterator[ColumnElement[bool]]:
    """What the filters demand of a study joined to its summary. For this folder."""
    derived = DERIVED[reads]
    for word in studies.fold(filters.text[:SEARCHED_CHARACTERS]).split():
        yield StudyRow.search_text.contains(word, autoescape=True)
    yield from _among(derived.status, filters.status)
    yield from _answered(filters, derived.priority)
    yield from _among(derived.opinion, filters.opinions)
    yield from _among(StudyRow.body_part, filters.body_parts)
    yield from _equal(SummaryRow.flagged, filters.flagged)
    yield from _equal(derived.disagrees, filters.disagrees)
    yield from _equal(derived.key_image, filters.has_key_image)
    yield from _equal(StudyRow.synthetic, None if filters.include_synthetic else False)
    yield from _between(SummaryRow.received_at, filters.received_from, filters.received_to)


def _answered(filters: WorklistFilter, priority: Column) -> Iterator[ColumnElement[bool]]:
    """One of these answers, or, where asked for, none and the rank of a doubt."""
    for listed in _among(SummaryRow.answer, filters.answers):
        failed = and_(SummaryRow.answer.is_(None), priority.in_((DOUBTFUL, DOUBTFUL + READ_LATER)))
        yield or_(listed, failed) if filters.with_failed and Answer.DOUBT in filters.answers else listed


def _among(column: Column, allowed: Collection[str | None]) -> Iterator[ColumnElement[bool]]:
    """One of these values; an empty collection allows all, None in it stands for an empty column."""
    if allowed:
        listed = column.in_(sorted(str(value) for value in allowed if value is not None))
        yield or_(listed, column.is_(None)) if None in allowed else listed


def _equal(column: Column, wanted: bool | None) -> Iterator[ColumnElement[bool]]:
    if wanted is not None:
        yield column.is_(wanted)


def _between(column: Column, begin: datetime | None, end: datetime | None) -> Iterator[ColumnElement[bool]]:
    """From one moment on, and before the other."""
    if begin is not None:
        yield column >= begin
    if end is not None:
        yield column < end


def _offered(offer: Offer | None) -> Iterator[ColumnElement[bool]]:
    if offer is not None:
        yield ~SummaryRow.readers.contains(f"\n{offer.reader}\n", autoescape=True)
        if not offer.adjudicates:
            yield SummaryRow.double_status != Status.ADJUDICATION.value


def _but(query: Select[int], keys: Collection[int]) -> Select[int]:
    return query.where(SummaryRow.study_key.not_in(sorted(keys))) if keys else query


def _double_read(row: Row[int, str, str, int | None]) -> tuple[int, DoubleRead]:
    key, status, readers, decided_by = row
    return key, DoubleRead(Status(status), tuple(name for name in readers.split("\n") if name), decided_by)


def _counts(session: Session, filters: WorklistFilter, reads: int) -> dict[Status, int]:
    counts = dict.fromkeys(Status, 0)
    for status, count in session.execute(count_query(filters, reads)):
        counts[Status(status)] = count
    return counts


def _record(study: StudyRow, summary: SummaryRow, derived: Derived) -> WorklistRow:
    status, opinion = (getattr(summary, column.key) for column in (derived.status, derived.opinion))
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
        status=Status(status),
        answer=None if summary.answer is None else Answer(summary.answer),
        probability=summary.probability,
        opinion=None if opinion is None else Opinion(opinion),
        flagged=summary.flagged,
        disagrees=getattr(summary, derived.disagrees.key),
        synthetic=study.synthetic,
        failed_count=summary.failed_count,
        outside=Outside(summary.outside) if summary.outside else None,
        has_key_image=getattr(summary, derived.key_image.key),
        issuer=study.patient_id_issuer or study.patient_id_issuer_uid,
    )
