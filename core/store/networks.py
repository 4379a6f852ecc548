"""Networks: which bundle is in use, since when, and who brought it. Append-only: the newest event counts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store import summaries
from core.store.tables import NetworkEventRow


def in_use(session: Session) -> str:
    """The bundle in use; empty before there was one."""
    query = select(NetworkEventRow.bundle).order_by(NetworkEventRow.key.desc()).limit(1)
    return session.scalar(query) or ""


def use(session: Session, bundle: str, *, actor: str, at: datetime) -> bool:
    """Enter that this bundle is in use from here on, unless it is; whether that was new.

    Summaries that may change with it are marked stale: they are derived anew by whoever calls `summaries.refresh`.
    """
    if in_use(session) == bundle:
        return False
    session.add(NetworkEventRow(bundle=bundle, actor=actor, created_at=at))
    session.flush()
    summaries.mark_stale(session, bundle)
    return True
