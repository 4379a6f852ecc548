"""Audit: who did what to what. Append-only; each entry's digest covers the one before, so that a change shows."""

import hashlib
import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Row, String, cast, func, select
from sqlalchemy.orm import Session

from core.records import AuditEntry
from core.store.column_types import storable
from core.store.tables import AuditRow, VerdictRow

START = "0" * 64
"""The digest before the first entry."""


def append(session: Session, *, at: datetime, actor: str, action: str, subject: str, outcome: str) -> AuditEntry:
    """Add an entry to the chain, within the caller's transaction: it stands or falls with what it tells of."""
    last = head(session)
    key, before = (1, START) if last is None else (last.key + 1, last.digest)
    entry = AuditEntry(
        key=key,
        at=at.astimezone(UTC),
        actor=storable(actor),
        action=storable(action),
        subject=storable(subject),
        outcome=storable(outcome),
        digest="",
    )
    row = AuditRow(
        key=key,
        at=at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        outcome=entry.outcome,
        digest=digest(before, entry),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return record(row)


def head(session: Session) -> AuditEntry | None:
    """The newest entry. Its key and digest, noted elsewhere, later prove that nothing was cut off the end."""
    row = session.scalar(select(AuditRow).order_by(AuditRow.key.desc()).limit(1))
    return None if row is None else record(row)


def find(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 200,
    offset: int = 0,
) -> tuple[AuditEntry, ...]:
    """Entries, newest first. An empty word means any; `since` is inclusive, `until` is not."""
    query = select(AuditRow).where(*_conditions(actor, action, subject, since, until))
    rows = session.scalars(query.order_by(AuditRow.key.desc()).limit(limit).offset(offset))
    return tuple(record(row) for row in rows)


def on_signed_studies(session: Session, actions: Collection[str]) -> Iterator[Row[datetime, str, str, str]]:
    """`at`, `actor`, `action`, `subject` of entries with one of these actions, oldest first.

    Only on studies on which somebody has signed a verdict, withdrawn or not.
    """
    signed = select("study:" + cast(VerdictRow.study_key, String))
    query = select(AuditRow.at, AuditRow.actor, AuditRow.action, AuditRow.subject).order_by(AuditRow.key)
    query = query.where(AuditRow.action.in_(actions), AuditRow.subject.in_(signed))
    yield from session.execute(query.execution_options(yield_per=1000))


def count(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """How many entries `find` would list in all."""
    query = select(func.count()).select_from(AuditRow).where(*_conditions(actor, action, subject, since, until))
    return session.scalar(query) or 0


def actors(session: Session) -> tuple[str, ...]:
    """Everybody the trail names, sorted."""
    return tuple(session.scalars(select(AuditRow.actor).distinct().order_by(AuditRow.actor)))


def actions(session: Session) -> tuple[str, ...]:
    """Every action the trail names, sorted."""
    return tuple(session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))


def _conditions(
    actor: str, action: str, subject: str, since: datetime | None, until: datetime | None
) -> Iterator[ColumnElement[bool]]:
    words = ((AuditRow.actor, actor), (AuditRow.action, action), (AuditRow.subject, subject))
    yield from (column == word for column, word in words if word)
    if since is not None:
        yield AuditRow.at >= since
    if until is not None:
        yield AuditRow.at < until


def verify_chain(session: Session, *, noted: AuditEntry | None = None) -> int | None:
    """Key of the first entry that is changed, missing or inserted; None when the chain is whole.

    Entries cut off the end leave a chain that is whole in itself: hand over an entry `noted` before to find that, too.
    """
    before, expected = START, 1
    for entry in _entries(session):
        if entry.key != expected or entry.digest != digest(before, entry):
            return expected
        if noted is not None and entry.key == noted.key and entry.digest != noted.digest:
            return expected
        before, expected = entry.digest, expected + 1
    return expected if noted is not None and noted.key >= expected else None


def digest(before: str, entry: AuditEntry) -> str:
    """sha256, in hexadecimal, of the digest before and every field of the entry, as a JSON list."""
    fields = [before, entry.key, entry.at.isoformat(), entry.actor, entry.action, entry.subject, entry.outcome]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


def record(row: AuditRow) -> AuditEntry:
    """The row as a record."""
    return AuditEntry(
        key=row.key,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        outcome=row.outcome,
        digest=row.digest,
    )


def _entries(session: Session) -> Iterator[AuditEntry]:
    query = select(AuditRow).order_by(AuditRow.key).execution_options(yield_per=1000, populate_existing=True)
    return (record(row) for row in session.scalars(query))
