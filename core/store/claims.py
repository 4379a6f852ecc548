"""Claims: which reader has which study open. They lapse by themselves, and decide nothing by themselves."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Claim
from core.store import studies
from core.store.tables import ClaimRow


def take(session: Session, study_key: int, *, reader: str, at: datetime, until: datetime) -> Claim:
    """The study is this reader's from now on, whoever had it. Her own claim keeps its begin. Raises NotFound."""
    studies.get(session, study_key)
    before = in_force(session, study_key, at=at)
    row = session.get(ClaimRow, study_key) or ClaimRow(study_key=study_key)
    row.reader, row.expires_at = reader, until
    row.claimed_at = before.claimed_at if before and before.reader == reader else at
    session.add(row)
    session.flush()
    session.refresh(row)
    return _record(row)


def release(session: Session, study_key: int, *, reader: str) -> bool:
    """End this reader's claim; False when she had none."""
    row = session.get(ClaimRow, study_key)
    if row is None or row.reader != reader:
        return False
    session.delete(row)
    session.flush()
    return True


def in_force(session: Session, study_key: int, *, at: datetime) -> Claim | None:
    """Who has the study open at this moment."""
    row = session.get(ClaimRow, study_key)
    return _record(row) if row is not None and row.expires_at > at else None


def of_studies(session: Session, study_keys: Collection[int], *, at: datetime) -> dict[int, Claim]:
    """The claims in force on these studies, by study key."""
    query = select(ClaimRow).where(ClaimRow.expires_at > at, ClaimRow.study_key.in_(study_keys))
    return {row.study_key: _record(row) for row in session.scalars(query)}


def of_others(session: Session, reader: str, *, at: datetime) -> frozenset[int]:
    """Studies that somebody else has open at this moment."""
    query = select(ClaimRow.study_key).where(ClaimRow.expires_at > at, ClaimRow.reader != reader)
    return frozenset(session.scalars(query))


def newest_of(session: Session, reader: str, *, at: datetime) -> Claim | None:
    """The claim in force that this reader took last."""
    query = select(ClaimRow).where(ClaimRow.expires_at > at, ClaimRow.reader == reader)
    row = session.scalars(query.order_by(ClaimRow.claimed_at.desc(), ClaimRow.study_key.desc()).limit(1)).first()
    return _record(row) if row is not None else None


def _record(row: ClaimRow) -> Claim:
    return Claim(row.study_key, row.reader, row.claimed_at, row.expires_at)
