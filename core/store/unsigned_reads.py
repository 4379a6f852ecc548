"""Unsigned reads: what a reader has said of a study and not signed, one a reader and study."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.records import Opinion, Statement, UnsignedRead
from core.store import studies
from core.store.tables import UnsignedReadRow


def get(session: Session, study_key: int, reader: str) -> UnsignedRead | None:
    """What this reader has said of the study, None where nothing is kept. Raises NotFound for a study not there."""
    studies.get(session, study_key)
    row = session.get(UnsignedReadRow, (reader, study_key))
    if row is None:
        return None
    return UnsignedRead(
        opinion=Opinion(row.opinion) if row.opinion else None,
        body_region=row.body_region,
        fracture_type=row.fracture_type,
        confidence=row.confidence,
        comment=row.comment,
        marks=row.marks,
        saved_at=row.saved_at,
    )


def put(session: Session, study_key: int, reader: str, said: Statement, *, at: datetime) -> None:
    """Keep it in the place of what was kept before. Raises NotFound for a study not there."""
    studies.get(session, study_key)
    row = UnsignedReadRow(
        reader=reader,
        study_key=study_key,
        opinion=said.opinion.value if said.opinion else None,
        body_region=said.body_region,
        fracture_type=said.fracture_type,
        confidence=said.confidence,
        comment=said.comment,
        marks=said.marks,
        saved_at=at,
    )
    session.merge(row)
    session.flush()


def remove(session: Session, study_key: int, reader: str) -> None:
    """Keep it no longer."""
    session.execute(
        delete(UnsignedReadRow).where(UnsignedReadRow.reader == reader, UnsignedReadRow.study_key == study_key)
    )


def among(session: Session, study_keys: Collection[int], reader: str) -> set[int]:
    """Those of these studies of which something is kept for this reader."""
    query = select(UnsignedReadRow.study_key).where(
        UnsignedReadRow.reader == reader, UnsignedReadRow.study_key.in_(study_keys)
    )
    return set(session.scalars(query))
