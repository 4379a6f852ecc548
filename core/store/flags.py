"""Flags: studies marked for follow-up, as events raised and cleared. Append-only; clearing ends all raised before."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Flag
from core.store import studies, summaries
from core.store.tables import FlagEventRow

RAISED, CLEARED = "raised", "cleared"


def raise_flag(session: Session, study_key: int, *, reader: str, reason: str, at: datetime) -> Flag:
    """Flag the study. On a flagged study this gives the flag a newer reason; both stay on record. Raises NotFound."""
    studies.get(session, study_key)
    row = _append(session, study_key, event=RAISED, reader=reader, reason=reason, at=at)
    return _record(row, None)


def clear(session: Session, study_key: int, *, reader: str, at: datetime) -> Flag | None:
    """Clear the open flag and return it; None, and no event, when there is none. Raises NotFound."""
    studies.get(session, study_key)
    if open_flag(session, study_key) is None:
        return None
    _append(session, study_key, event=CLEARED, reader=reader, reason="", at=at)
    return of_study(session, study_key)[-1]


def open_flag(session: Session, study_key: int) -> Flag | None:
    """The study's flag in force: the newest, unless it was cleared."""
    flags = of_study(session, study_key)
    return flags[-1] if flags and flags[-1].cleared_at is None else None


def of_study(session: Session, study_key: int) -> tuple[Flag, ...]:
    """Every flag ever raised on the study, oldest first."""
    query = select(FlagEventRow).where(FlagEventRow.study_key == study_key).order_by(FlagEventRow.key)
    return told(session.scalars(query))


def told(events: Iterable[FlagEventRow]) -> tuple[Flag, ...]:
    """The flags that one study's events, oldest first, tell of. For this folder."""
    flags: list[Flag] = []
    waiting: list[FlagEventRow] = []
    for event in events:
        if event.event == RAISED:
            waiting.append(event)
        else:
            flags += [_record(row, event.created_at) for row in waiting]
            waiting = []
    return (*flags, *(_record(row, None) for row in waiting))


def _append(session: Session, study_key: int, *, event: str, reader: str, reason: str, at: datetime) -> FlagEventRow:
    row = FlagEventRow(study_key=study_key, event=event, reader=reader, reason=reason, created_at=at)
    session.add(row)
    session.flush()
    summaries.refresh(session, study_key)
    session.refresh(row)
    return row


def _record(row: FlagEventRow, cleared_at: datetime | None) -> Flag:
    return Flag(
        key=row.key,
        study_key=row.study_key,
        reader=row.reader,
        reason=row.reason,
        created_at=row.created_at,
        cleared_at=cleared_at,
    )
