"""Verdicts: readers' signed statements. Append-only: a change of mind is a further verdict, the newest counts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.records import Mark, Opinion, Verdict
from core.store import studies, summaries
from core.store.tables import ImageRow, SeriesRow, VerdictRow


def add(
    session: Session,
    study_key: int,
    *,
    reader: str,
    opinion: Opinion,
    body_region: str = "",
    confidence: int | None = None,
    comment: str = "",
    fracture_type: str = "",
    marks: Sequence[Mark] = (),
    after_ai: bool,
    at: datetime,
    seen_image_key: int | None = None,
) -> Verdict:
    """Sign a verdict. Raises NotFound for a study that is not there.

    `seen_image_key` is the study's newest image that the reader had before her; None means all that are stored. An
    image that comes later puts the study back to unread, and its verdicts stay.
    """
    studies.get(session, study_key)
    row = VerdictRow(
        study_key=study_key,
        image_key=newest_image(session, study_key) if seen_image_key is None else seen_image_key,
        reader=reader,
        opinion=opinion.value,
        body_region=body_region,
        confidence=confidence,
        comment=comment,
        after_ai=after_ai,
        created_at=at,
        fracture_type=fracture_type,
        marks=[[mark.image_key, mark.x0, mark.y0, mark.x1, mark.y1] for mark in marks],
    )
    session.add(row)
    session.flush()
    summaries.refresh(session, study_key)
    session.refresh(row)
    return record(row)


def of_study(session: Session, study_key: int) -> tuple[Verdict, ...]:
    """The study's verdicts, oldest first."""
    query = select(VerdictRow).where(VerdictRow.study_key == study_key).order_by(VerdictRow.key)
    return tuple(record(row) for row in session.scalars(query))


def readers(session: Session) -> tuple[str, ...]:
    """Everybody who signed a verdict, sorted."""
    return tuple(session.scalars(select(VerdictRow.reader).distinct().order_by(VerdictRow.reader)))


def newest_image(session: Session, study_key: int) -> int | None:
    """Key of the study's newest image, None when it has none."""
    query = select(func.max(ImageRow.key)).join(SeriesRow, ImageRow.series_key == SeriesRow.key)
    return session.scalar(query.where(SeriesRow.study_key == study_key))


def record(row: VerdictRow) -> Verdict:
    """The row as a record."""
    return Verdict(
        key=row.key,
        study_key=row.study_key,
        reader=row.reader,
        opinion=Opinion(row.opinion),
        body_region=row.body_region,
        confidence=row.confidence,
        comment=row.comment,
        after_ai=row.after_ai,
        created_at=row.created_at,
        fracture_type=row.fracture_type,
        marks=tuple(Mark(int(key), x0, y0, x1, y1) for key, x0, y0, x1, y1 in row.marks),
    )
