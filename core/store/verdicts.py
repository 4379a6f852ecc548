"""Verdicts: readers' signed statements. Append-only: a change of mind is a further verdict, the newest counts.

A verdict taken back stays as well: its withdrawal is an entry of its own.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.records import Opinion, Statement, Verdict
from core.store import studies, summaries
from core.store.tables import ImageRow, SeriesRow, VerdictRow, WithdrawalRow


def add(
    session: Session,
    study_key: int,
    said: Statement,
    *,
    reader: str,
    after_ai: bool,
    at: datetime,
    seen_image_key: int | None = None,
    reads_asked: int = 1,
    adjudicates: bool = False,
) -> Verdict:
    """Sign a statement, which has an opinion. Raises NotFound for a study that is not there.

    `seen_image_key` is the study's newest image that the reader had before her; None means all that are stored. An
    image that comes later puts the study back to unread, and its verdicts stay. `reads_asked` is how many reads the
    site asks for.
    """
    if said.opinion is None:
        raise ValueError("a verdict needs an opinion")
    studies.get(session, study_key)
    row = VerdictRow(
        study_key=study_key,
        image_key=newest_image(session, study_key) if seen_image_key is None else seen_image_key,
        reader=reader,
        opinion=said.opinion.value,
        body_region=said.body_region,
        confidence=said.confidence,
        comment=said.comment,
        after_ai=after_ai,
        created_at=at,
        fracture_type=said.fracture_type,
        marks=said.marks,
        reads_asked=reads_asked,
        adjudicates=adjudicates,
    )
    session.add(row)
    session.flush()
    summaries.refresh(session, study_key)
    session.refresh(row)
    return record(row, None)


def of_study(session: Session, study_key: int) -> tuple[Verdict, ...]:
    """The study's verdicts, oldest first."""
    return tuple(of_studies(session, [study_key]))


def of_studies(session: Session, study_keys: Collection[int]) -> Iterator[Verdict]:
    """The verdicts on these studies, oldest first."""
    query = _withdrawn_or_not().where(VerdictRow.study_key.in_(study_keys)).order_by(VerdictRow.key)
    return (record(row, withdrawn_at) for row, withdrawn_at in session.execute(query))


def newest_of(session: Session, reader: str) -> Verdict | None:
    """The last verdict this reader signed, withdrawn or not."""
    query = _withdrawn_or_not().where(VerdictRow.reader == reader).order_by(VerdictRow.key.desc()).limit(1)
    found = session.execute(query).first()
    return record(*found) if found else None


def withdraw(session: Session, verdict: Verdict, *, at: datetime) -> Verdict:
    """Enter that the verdict was taken back, and return it as it is from now on."""
    row = WithdrawalRow(verdict_key=verdict.key, created_at=at)
    session.add(row)
    session.flush()
    summaries.refresh(session, verdict.study_key)
    return replace(verdict, withdrawn_at=at)


def readers(session: Session) -> tuple[str, ...]:
    """Everybody who signed a verdict, sorted."""
    return tuple(session.scalars(select(VerdictRow.reader).distinct().order_by(VerdictRow.reader)))


def newest_image(session: Session, study_key: int) -> int | None:
    """Key of the study's newest image, None when it has none."""
    query = select(func.max(ImageRow.key)).join(SeriesRow, ImageRow.series_key == SeriesRow.key)
    return session.scalar(query.where(SeriesRow.study_key == study_key))


def _withdrawn_or_not() -> Select[VerdictRow, datetime | None]:
    """Each verdict with the time it was taken back, None while it stands."""
    return select(VerdictRow, WithdrawalRow.created_at).outerjoin(
        WithdrawalRow, WithdrawalRow.verdict_key == VerdictRow.key
    )


def record(row: VerdictRow, withdrawn_at: datetime | None) -> Verdict:
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
        marks=row.marks,
        withdrawn_at=withdrawn_at,
        adjudicates=row.adjudicates,
        seen_image_key=row.image_key,
    )
