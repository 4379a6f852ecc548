"""Sign-ins: the sessions of those who have signed in, each known by the digest of its token."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.people import Account
from core.store import accounts
from core.store.tables import AccountRow, SignInRow


def begin(session: Session, key: int, token_sha256: str, *, at: datetime, id_token: str = "") -> None:
    """She is signed in from now on; wrong passwords before are forgotten. `id_token`: the provider's, if it was one."""
    row = accounts.row_of(session, key)
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
    return None if row is None else accounts.record(row)


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
