"""Accounts: who may sign in, with what roles; and the sessions of those who have."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.people import Account
from core.store.tables import AccountRow, SignInRow


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
    return _record(row)


def get(session: Session, key: int) -> Account:
    """The account. Raises NotFound."""
    return _record(_row(session, key))


def by_name(session: Session, name: str) -> Account | None:
    """The account of that name, whatever its case."""
    row = session.scalar(select(AccountRow).where(AccountRow.folded == folded(name)))
    return None if row is None else _record(row)


def by_identity(session: Session, issuer: str, subject: str) -> Account | None:
    """The account of whom this provider calls so."""
    row = session.scalar(select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject))
    return None if row is None else _record(row)


def every(session: Session) -> tuple[Account, ...]:
    """All accounts, by name."""
    return tuple(_record(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.folded)))


def any_there(session: Session) -> bool:
    """Whether there is an account at all."""
    return session.scalar(select(AccountRow.key).limit(1)) is not None


def set_password(session: Session, key: int, password_hash: str, *, must_change: bool) -> None:
    """Another password; it also ends a lock. Raises NotFound."""
    row = _row(session, key)
    row.password_hash, row.must_change, row.failures, row.locked_until = password_hash, must_change, 0, None
    session.flush()


def set_roles(session: Session, key: int, roles: Collection[str]) -> None:
    """Other roles. Raises NotFound."""
    _row(session, key).roles = sorted(roles)
    session.flush()


def set_closed(session: Session, key: int, *, closed: bool) -> None:
    """Close or open the account. Raises NotFound."""
    _row(session, key).closed = closed
    session.flush()


def count_failure(session: Session, key: int, *, locked_until: datetime | None) -> None:
    """One more wrong password; a lock starts the count anew. Raises NotFound."""
    row = _row(session, key)
    row.failures, row.locked_until = 0 if locked_until else row.failures + 1, locked_until
    session.flush()


# --- Sessions --------------------------------------------------------------------------------------------------------
def begin(session: Session, key: int, token_sha256: str, *, at: datetime, id_token: str = "") -> None:
    """She is signed in from now on; wrong passwords before are forgotten. `id_token`: the provider's, if it was one."""
    row = _row(session, key)
    row.failures, row.locked_until = 0, None
    session.add(SignInRow(token_sha256=token_sha256, account_key=key, began_at=at, seen_at=at, id_token=id_token))
    session.flush()


def signed_in(session: Session, token_sha256: str, *, seen_since: datetime, begun_since: datetime) -> Account | None:
    """Whose session this is, while it is neither idle nor too old, nor her account closed."""
    query = (
        select(AccountRow)
        .join(SignInRow, SignInRow.account_key == AccountRow.key)
        .where(
            SignInRow.token_sha256 == token_sha256,
            SignInRow.seen_at > seen_since,
            SignInRow.began_at > begun_since,
            AccountRow.closed.is_(False),
        )
    )
    row = session.scalar(query)
    return None if row is None else _record(row)


def saw(session: Session, token_sha256: str, *, at: datetime) -> None:
    """She has done something."""
    row = session.get(SignInRow, token_sha256)
    if row is not None:
        row.seen_at = at
        session.flush()


def end(session: Session, token_sha256: str) -> str | None:
    """End one session: the ID token it began with, empty after a password; None when there was no session."""
    row = session.get(SignInRow, token_sha256)
    if row is None:
        return None
    id_token = row.id_token
    session.delete(row)
    session.flush()
    return id_token


def end_all(session: Session, key: int) -> None:
    """End every session of an account."""
    session.execute(delete(SignInRow).where(SignInRow.account_key == key))


def drop_stale(session: Session, *, seen_since: datetime) -> None:
    """Forget sessions that have been idle for too long."""
    session.execute(delete(SignInRow).where(SignInRow.seen_at <= seen_since))


def _row(session: Session, key: int) -> AccountRow:
    row = session.get(AccountRow, key)
    if row is None:
        raise NotFound("There is no such account. Reload the page.")
    return row


def _record(row: AccountRow) -> Account:
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
