"""Accounts: who may sign in, and with what roles."""

from collections.abc import Collection
from datetime import datetime
from unicodedata import normalize

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.people import Account
from core.store.tables import AccountRow


def folded(name: str) -> str:
    """The name as a sign-in compares it: without case, its blanks single."""
    return " ".join(name.split()).casefold()


def add(
    session: Session, *, name: str, password_hash: str, roles: Collection[str], must_change: bool, at: datetime,
    issuer: str | None = None, subject: str | None = None,
) -> Account:  # fmt: skip
    """A new account; of the provider that knows her, if any. Raises RuleBroken when name or subject is taken."""
    row = AccountRow(
        name=name, folded=folded(name), password_hash=password_hash, roles=sorted(roles), issuer=issuer,
        subject=subject, closed=False, must_change=must_change, failures=0, locked_until=None, created_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return record(row)


def get(session: Session, key: int) -> Account:
    """The account. Raises NotFound."""
    return record(row_of(session, key))


def by_name(session: Session, name: str) -> Account | None:
    """The account of that name, whatever its case."""
    row = session.scalar(select(AccountRow).where(AccountRow.folded == folded(name)))
    return None if row is None else record(row)


def taken(session: Session, name: str) -> bool:
    """Whether an account has this name or one that looks the same, such as in full-width letters (Unicode NFKC).

    Compared here and not kept: names that were taken before this was asked stay as they are.
    """
    return any(alike(held) == alike(name) for held in session.scalars(select(AccountRow.name)))


def alike(name: str) -> str:
    """The name as it looks."""
    return folded(normalize("NFKC", name))


def by_identity(session: Session, issuer: str, subject: str) -> Account | None:
    """The account of whom this provider calls so."""
    row = session.scalar(select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject))
    return None if row is None else record(row)


def every(session: Session) -> tuple[Account, ...]:
    """All accounts, by name."""
    return tuple(record(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.folded)))


def any_there(session: Session) -> bool:
    """Whether there is an account at all."""
    return session.scalar(select(AccountRow.key).limit(1)) is not None


def set_password(session: Session, key: int, password_hash: str, *, must_change: bool) -> None:
    """Another password; it also ends a lock. Raises NotFound."""
    row = row_of(session, key)
    row.password_hash, row.must_change, row.failures, row.locked_until = password_hash, must_change, 0, None
    session.flush()


def set_roles(session: Session, key: int, roles: Collection[str]) -> None:
    """Other roles. Raises NotFound."""
    row_of(session, key).roles = sorted(roles)
    session.flush()


def set_closed(session: Session, key: int, *, closed: bool) -> None:
    """Close or open the account. Raises NotFound."""
    row_of(session, key).closed = closed
    session.flush()


def count_failure(session: Session, key: int, *, locked_until: datetime | None) -> None:
    """One more wrong password; a lock starts the count anew. Raises NotFound."""
    row = row_of(session, key)
    row.failures, row.locked_until = 0 if locked_until else row.failures + 1, locked_until
    session.flush()


def row_of(session: Session, key: int) -> AccountRow:
    """The row of the account. For this folder. Raises NotFound."""
    row = session.get(AccountRow, key)
    if row is None:
        raise NotFound("There is no such account. Reload the page.")
    return row


def record(row: AccountRow) -> Account:
    """The row as a record. For this folder."""
    return Account(
        key=row.key,
        name=row.name,
        roles=tuple(row.roles),
        closed=row.closed,
        must_change=row.must_change,
        failures=row.failures,
        locked_until=row.locked_until,
        created_at=row.created_at,
        issuer=row.issuer,
        subject=row.subject,
        password_hash=row.password_hash,
    )
