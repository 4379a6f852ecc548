"""Attempts: sign-ins that were sent to the provider, each to be taken up once."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.people import Attempt
from core.store.tables import AttemptRow


def begin(session: Session, attempt: Attempt, *, state_sha256: str, browser_sha256: str) -> None:
    """Keep what its return is held against; of the state and the browser's token only the digest."""
    session.add(
        AttemptRow(
            state_sha256=state_sha256, browser_sha256=browser_sha256, nonce=attempt.nonce, verifier=attempt.verifier,
            wanted=attempt.wanted, began_at=attempt.began_at,
        )
    )  # fmt: skip
    session.flush()


def take(session: Session, state: str, *, state_sha256: str, browser_sha256: str) -> Attempt | None:
    """The attempt of this state and this browser, which is gone afterwards; None when there is none."""
    row = session.get(AttemptRow, state_sha256)
    if row is None or row.browser_sha256 != browser_sha256:
        return None
    session.delete(row)
    session.flush()
    return Attempt(state, row.nonce, row.verifier, row.wanted, row.began_at)


def drop_stale(session: Session, *, begun_since: datetime) -> None:
    """Forget those that never came back."""
    session.execute(delete(AttemptRow).where(AttemptRow.began_at <= begun_since))
