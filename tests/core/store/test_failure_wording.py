"""What users are told of trouble with the database: something to do, and nothing of the data."""

import sqlite3

import pytest
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import RuleBroken, StoreError, StoreUnavailable
from core.store.failure_wording import translated, worded

PATIENT = "Geheim^Patient"


def driver_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(PATIENT)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_BUSY", "busy"),
        ("SQLITE_BUSY_SNAPSHOT", "busy"),
        ("SQLITE_FULL", "full"),
        ("SQLITE_READONLY_DBMOVED", "read-only"),
        ("SQLITE_CANTOPEN", "cannot be opened"),
        ("SQLITE_NOTADB", "backup"),
        ("SQLITE_CORRUPT_INDEX", "backup"),
        ("SQLITE_IOERR_WRITE", "disk"),
        ("SQLITE_SOMETHING_ELSE", "cannot be reached"),
    ],
)
def test_sqlite_trouble_is_told_with_what_to_do(name: str, told: str) -> None:
    error = worded(OperationalError("SELECT 1", {"name": PATIENT}, driver_error(name), hide_parameters=True))
    assert isinstance(error, StoreUnavailable)
    assert told in str(error)
    assert PATIENT not in str(error)


def test_a_lock_of_postgresql_that_took_too_long_is_told_as_busy() -> None:
    original = Exception(PATIENT)
    original.sqlstate = "55P03"  # type: ignore[attr-defined]
    told = worded(OperationalError("SELECT 1", {}, original))
    assert isinstance(told, StoreUnavailable)
    assert "busy" in str(told)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (IntegrityError("INSERT", {}, Exception(PATIENT)), RuleBroken),
        (DataError("INSERT", {}, Exception(PATIENT)), RuleBroken),
        (StatementError("bind", "INSERT", {}, ValueError(PATIENT)), RuleBroken),
        (OverflowError(PATIENT), RuleBroken),
        (InterfaceError("SELECT", {}, Exception(PATIENT)), StoreUnavailable),
        (PoolTimeout(PATIENT), StoreUnavailable),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_any_other_trouble_is_told_without_the_data(error: Exception, kind: type[StoreError]) -> None:
    told = worded(error)
    assert type(told) is kind
    assert PATIENT not in str(told)


def test_errors_that_are_not_the_databases_pass_through() -> None:
    with pytest.raises(LookupError, match="mine"), translated():
        raise LookupError("mine")


def test_the_databases_own_words_are_not_shown_with_the_error() -> None:
    with pytest.raises(RuleBroken) as caught, translated():
        raise IntegrityError("INSERT", {}, Exception(PATIENT))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
