"""SQLite file: copies a database whole, whoever writes to it meanwhile, and puts a copy in its place."""

import itertools
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from core.store.blobs import sync_folder
from core.store.drafts import drafted

SIDES = ("-wal", "-shm", "-journal")
"""Ends of the files beside a database. SQLite would replay what one database left there over any other of its name."""


def copy(file: Path, target: Path) -> None:
    """Copy the database, with what its log holds, as one file that needs no log. Raises OSError, sqlite3.Error."""
    with drafted(target) as draft:
        fill(draft, file)
        remove_sides(target)
    sync_folder(target.parent)


def put_back(source: Path, file: Path) -> None:
    """Put a copy of `source` in the place of the database `file`, which nobody may use; an earlier one is set aside.

    Raises OSError, sqlite3.Error; nothing has been changed then, or the earlier one is set aside already.
    """
    with drafted(file) as draft:
        fill(draft, source)
        set_aside(file)
        remove_sides(file)
    sync_folder(file.parent)


def fill(draft: Path, source: Path) -> None:
    """Write the database of `source` into an empty file."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(draft)) as written:
        read.backup(written)
        written.execute("PRAGMA journal_mode = DELETE")


def set_aside(file: Path) -> None:
    """Rename the database, if there is one, with what lies beside it, to `….replaced`, or `….replaced.2`, … ."""
    if file.exists():
        aside = free_name(file.with_name(f"{file.name}.replaced"))
        for end in (*SIDES, ""):
            with suppress(FileNotFoundError):
                beside(file, end).replace(beside(aside, end))


def remove_sides(file: Path) -> None:
    """Remove what an earlier database of this name left beside it."""
    for end in SIDES:
        beside(file, end).unlink(missing_ok=True)


def beside(file: Path, end: str) -> Path:
    """The file of this name with an end more."""
    return file.with_name(f"{file.name}{end}")


def free_name(target: Path) -> Path:
    """`target`, or else `target.2`, … : the first that is not there."""
    names = itertools.chain([target], (beside(target, f".{number}") for number in itertools.count(2)))
    return next(name for name in names if not name.exists())
