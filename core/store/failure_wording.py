"""Failure wording: turns what the database says into our errors, without a word of the data."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from core.errors import RuleBroken, StoreError, StoreUnavailable

RULE_BROKEN = "The entry contradicts what is stored, or holds a value out of range. Nothing of it was stored."
BUSY = "The database is busy with other work. Try again in a moment."
UNAVAILABLE = {
    "SQLITE_BUSY": BUSY,
    "55P03": BUSY,
    "SQLITE_FULL": "The disk is full. Free some space, then try again.",
    "SQLITE_READONLY": "The database file is read-only. Check the permissions of the data folder.",
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check the data folder and its permissions.",
    "SQLITE_NOTADB": "The database file is damaged or is no database. Restore a backup (README, Backup).",
    "SQLITE_CORRUPT": "The database file is damaged. Restore a backup (README, Backup).",
    "SQLITE_IOERR": "The disk failed while reading or writing the database. Check the disk, then try again.",
}
OTHERWISE = "The database cannot be reached. Check that it runs and that LUCENCY_DATABASE_URL is right."


@contextmanager
def translated() -> Iterator[None]:
    """Within this block SQLAlchemy's errors become StoreUnavailable or RuleBroken."""
    try:
        yield
    except (SQLAlchemyError, OverflowError) as error:
        # Not chained: PostgreSQL quotes the offending values in its message.
        raise worded(error) from None


def worded(error: Exception) -> StoreError:
    """The error to raise for what SQLAlchemy raised."""
    if isinstance(error, IntegrityError | DataError | OverflowError):
        return RuleBroken(RULE_BROKEN)
    if isinstance(error, StatementError) and not isinstance(error.orig, sqlite3.Error) and is_value(error.orig):
        return RuleBroken(RULE_BROKEN)
    return StoreUnavailable(advice(error))


def is_value(error: BaseException | None) -> bool:
    """Whether a value could not be turned into a column's type."""
    return isinstance(error, ValueError | TypeError)


def advice(error: Exception) -> str:
    """What to tell the user, from SQLite's extended error name, e.g. SQLITE_IOERR_WRITE, or PostgreSQL's SQLSTATE."""
    original = error.orig if isinstance(error, StatementError) else None
    name = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
    known = (text for prefix, text in UNAVAILABLE.items() if name.startswith(prefix))
    return next(known, OTHERWISE)
