"""Database: opens it, brings its tables up to date, and lends sessions of one transaction each."""

import json
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import StoreUnavailable
from core.store.blobs import disk_trouble
from core.store.failure_wording import translated
from core.store.folder_lock import IN_USE, take_share
from core.store.upgrade import is_current, revision_of, upgrade

__all__ = ["Database", "Session"]

PATIENCE_SECONDS = 30
"""How long a writer waits for the ones before it."""
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
)
WRITER_LOCK = 0x4C756365
"""Key of PostgreSQL's advisory lock that makes writers take turns, as SQLite's do."""


class Database:
    """One database: SQLite by its file or a URL, or PostgreSQL by a URL. Safe to share between threads; close it."""

    def __init__(self, url: str | Path, *, patience: float = PATIENCE_SECONDS) -> None:
        """Nothing is opened yet. `patience`: seconds a writer waits for those before it.

        Raises StoreUnavailable for a URL that is none, or a driver that is missing.
        """
        self.patience = patience
        self.engine = open_engine(url, patience)
        self.file = sqlite_file(self.engine)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(reads_only=True), expire_on_commit=False)
        self._turn = threading.Lock()
        self._writing_thread: int | None = None
        self._give_back: Callable[[], object] = nothing

    def open(self, lock: Path, *, tidy: Callable[[], None] = lambda: None) -> None:
        """Take a share of this lock file until `close`; who is alone tidies up and migrates.

        Raises StoreUnavailable, also where another process has a share and the tables are not of this version: it
        would go on with tables it does not know.
        """

        def alone() -> None:
            tidy()
            self.migrate()

        with disk_trouble():
            self._give_back = weakref.finalize(self, os.close, take_share(lock, alone=alone))
        if sys.platform == "win32":
            self.migrate()
        elif not self.is_current():
            self.close()
            raise StoreUnavailable(IN_USE)

    def is_there(self) -> bool:
        """Whether there is a database with tables; none is created. Raises StoreUnavailable."""
        with disk_trouble():
            if self.file is not None and not self.file.is_file():
                return False
        with translated(), self.engine.execution_options(reads_only=True).connect() as connection:
            return revision_of(connection) is not None

    def is_current(self) -> bool:
        """Whether the tables are those of this version. Raises StoreUnavailable, also for those of a newer one."""
        with translated(), self.engine.execution_options(reads_only=True).connect() as connection:
            return is_current(connection)

    def migrate(self) -> None:
        """Bring the tables up to date, from empty or any earlier schema; one process at a time, all or nothing.

        A SQLite file with an earlier schema is copied to a backup beside it first. Raises StoreUnavailable.
        """
        with translated(), self._my_turn():
            protect(self.file)
            upgrade(self.engine, self.file)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end, rolled back on any error.

        Writers take turns, so what it reads stays true until it commits. Keep it short; never open one inside another.
        Raises StoreUnavailable, RuleBroken.
        """
        with translated(), self._my_turn(), self._writers.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads, at one moment's state; it waits for no writer. Raises StoreUnavailable."""
        with translated(), self._readers() as session:
            yield session

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Queue the writers of this process: SQLite itself has them poll, which starves some."""
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("a transaction that writes was opened inside another: it would wait for itself")
        if not self._turn.acquire(timeout=self.patience):
            raise StoreUnavailable("The database is busy with other work. Try again in a moment.")
        self._writing_thread = threading.get_ident()
        try:
            yield
        finally:
            self._writing_thread = None
            self._turn.release()

    def close(self) -> None:
        """Close every connection that is not in use, and give the share back."""
        self.engine.dispose()
        self._give_back()


def nothing() -> None:
    """What there is to do without a share."""


def open_engine(url: str | Path, patience: float) -> Engine:
    """An engine whose transactions begin as `begin` says. Raises StoreUnavailable."""
    serializer = partial(json.dumps, allow_nan=False)
    try:
        # hide_parameters: they hold patient data, which belongs in no message.
        named = make_url(url) if isinstance(url, str) else URL.create("sqlite", database=str(url))
        engine = create_engine(named, hide_parameters=True, json_serializer=serializer)
    except (SQLAlchemyError, ImportError):
        raise StoreUnavailable(
            "The database URL is not valid, or its driver is not installed. Correct LUCENCY_DATABASE_URL; `make "
            "postgresql` installs PostgreSQL's driver."
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(prepare_sqlite, patience=patience))
    event.listen(engine, "begin", partial(begin, patience=patience))
    return engine


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL. Raises StoreUnavailable for one in memory."""
    if engine.dialect.name != "sqlite":
        return None
    if engine.url.database in (None, "", ":memory:"):
        raise StoreUnavailable("A database in memory loses everything. Name a file in LUCENCY_DATABASE_URL.")
    return Path(str(engine.url.database))


def protect(file: Path | None) -> None:
    """Create the SQLite file if need be, readable by its owner only; SQLite gives its side files the same mode."""
    if file is None:
        return
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)
    except OSError:
        raise StoreUnavailable(
            "The database file cannot be opened for writing. Check the data folder and its permissions."
        ) from None


def prepare_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry, *, patience: float) -> None:
    """Settings of one connection. With isolation_level None, sqlite3 begins no transaction by itself."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def begin(connection: Connection, *, patience: float) -> None:
    """Begin a transaction: a reader's from one snapshot; a writer's holding the right to write from the start.

    A writer waits `patience` seconds for it: SQLite by its busy timeout, PostgreSQL by its lock timeout.
    """
    reads_only = connection.get_execution_options().get("reads_only", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reads_only)}")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
    elif reads_only:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(int(patience * 1000), 1)}")  # 0 would be for ever
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
