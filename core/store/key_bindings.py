"""Key bindings: the keys a reader has given to actions, one set an owner."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.store.tables import KeyBindingRow


def of_owner(session: Session, owner: str) -> dict[str, str]:
    """Her own keys by action."""
    rows = session.scalars(select(KeyBindingRow).where(KeyBindingRow.owner == owner).order_by(KeyBindingRow.action))
    return {row.action: row.key for row in rows}


def put(session: Session, owner: str, action: str, key: str) -> None:
    """Give an action a key, in the place of the one before."""
    row = session.get(KeyBindingRow, (owner, action)) or KeyBindingRow(owner=owner, action=action)
    row.key = key
    session.add(row)
    session.flush()


def clear(session: Session, owner: str) -> None:
    """Forget all her own keys."""
    session.execute(delete(KeyBindingRow).where(KeyBindingRow.owner == owner))
