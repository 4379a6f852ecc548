"""Saved views: named choices of filters, one set an owner."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.tables import SavedViewRow


def of_owner(session: Session, owner: str) -> dict[str, str]:
    """Her views by name, as JSON."""
    rows = session.scalars(select(SavedViewRow).where(SavedViewRow.owner == owner).order_by(SavedViewRow.name))
    return {row.name: row.filters for row in rows}


def put(session: Session, owner: str, name: str, filters: str) -> None:
    """Keep a view; one of the same name is replaced."""
    row = session.get(SavedViewRow, (owner, name)) or SavedViewRow(owner=owner, name=name)
    row.filters = filters
    session.add(row)
    session.flush()


def remove(session: Session, owner: str, name: str) -> None:
    """Forget a view, if there is one of this name."""
    row = session.get(SavedViewRow, (owner, name))
    if row is not None:
        session.delete(row)
        session.flush()
