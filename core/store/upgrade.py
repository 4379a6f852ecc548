"""Upgrade: brings the tables from any earlier schema to this one, in one transaction, with a backup first."""

import sqlite3
from contextlib import ExitStack, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from core.errors import StoreUnavailable
from core.store import summaries
from core.store.sqlite_file import copy, free_name

NEWER = (
    "The database was written by a newer version of this program. Start that version, or restore a backup from before "
    "its upgrade (README, Backup)."
)
NO_BACKUP = (
    "The database needs an upgrade, and its backup could not be written beside it, so nothing was changed. "
    "Check free space and permissions of the data folder, then start again."
)
UNSOUND = (
    "The database needs an upgrade, but rows refer to missing rows, so nothing was changed. "
    "Restore a backup (README, Backup)."
)
INCONSISTENT = (
    "The upgrade of the database failed and was undone: rows refer to missing rows. Restore a backup (README, Backup)."
)


def configuration() -> Config:
    """Alembic's settings, without an ini file."""
    config = Config()
    config.set_main_option("script_location", "core:store/migrations")
    return config


def scripts() -> ScriptDirectory:
    """The migrations this version knows."""
    return ScriptDirectory.from_config(configuration())


def upgrade(engine: Engine, file: Path | None, *, revision: str = "head") -> None:
    """Migrate to `revision`. `file` is the SQLite file to back up, if it is one. Raises StoreUnavailable."""
    with engine.connect() as connection, ExitStack() as undone:
        set_foreign_keys(connection, on=False)
        try:
            with connection.begin():
                migrate(connection, file, revision, undone)
            undone.pop_all()
        finally:
            set_foreign_keys(connection, on=True)


def migrate(connection: Connection, file: Path | None, revision: str, undone: ExitStack) -> None:
    """The upgrade itself, inside a transaction that holds the right to write. `undone` ends with it when it fails."""
    before = revision_of(connection)
    check_known(before)
    if before == scripts().get_current_head():
        return
    if before is not None and file is not None:
        check_references(connection, UNSOUND)
        backup = back_up(file, file.with_name(f"{file.name}.schema-{before}.backup"))
        undone.callback(remove, backup)
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    check_references(connection, INCONSISTENT)
    if before is not None and revision == "head":
        rebuild_summaries(connection)


def revision_of(connection: Connection) -> str | None:
    """The schema of the database, or None without one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the schema is the newest this version knows. Raises StoreUnavailable for one it has never heard of."""
    revision = revision_of(connection)
    check_known(revision)
    return revision == scripts().get_current_head()


def rebuild_summaries(connection: Connection) -> None:
    """Derive what is derived anew, by the rules of this version; the caller's transaction stays open."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        summaries.rebuild(session)
        session.commit()


def check_known(revision: str | None) -> None:
    """Raise StoreUnavailable for a revision this version has never heard of."""
    known = {script.revision for script in scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreUnavailable(NEWER)


def set_foreign_keys(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by copying it, which must not cascade; the switch works outside transactions only."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
        cursor.close()


def check_references(connection: Connection, told: str) -> None:
    """Raise StoreUnavailable when a row refers to one that is not there (SQLite; PostgreSQL checks by itself)."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreUnavailable(told)


def remove(backup: Path) -> None:
    """Take away the backup of an upgrade that was undone: it holds what the database itself holds."""
    with suppress(OSError):
        backup.unlink(missing_ok=True)


def back_up(file: Path, target: Path) -> Path:
    """Copy the SQLite file, with what its log holds, to `target` or `target.2`, … , and say where; earlier ones stay.

    Raises StoreUnavailable.
    """
    free = free_name(target)
    try:
        copy(file, free)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(NO_BACKUP) from error
    return free
