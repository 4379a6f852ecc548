"""Backup: copies the database and every file its rows name into a folder, and brings them back."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from core.errors import BlobDamaged, NotFound, StoreUnavailable
from core.store.blobs import BlobFolder, BlobStore, make_folder
from core.store.folder_lock import alone
from core.store.sqlite_file import copy, put_back
from core.store.tables import FindingRow, ImageRow
from core.store.upgrade import check_known

COPY = "lucency.backup.sqlite3"
"""No database in use has this name, so that a backup written into some data folder does no harm."""
NAMED = union(select(ImageRow.sha256), select(FindingRow.heat_map_sha256))
TROUBLE = "The copy cannot be read or written. Check free space and permissions of its folder and of the data folder."
UNSOUND = "The database of this backup is damaged, so nothing was changed. Take another one."
LACKING = (
    "{0} of {1} files are missing or damaged, in the backup and in the data folder, so nothing was changed. Take "
    "another backup, or give --incomplete to go without them."
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied."""

    files: int
    """How many files the rows name."""
    copied: int
    """How many of them were copied now; the others were there."""
    lacking: int
    """How many are missing or damaged where they should come from, and are not there."""


def named(session: Session) -> frozenset[str]:
    """The sha256 of every file that a row names: images as received, and heat maps."""
    return frozenset(session.scalars(NAMED))


def named_in(file: Path) -> frozenset[str]:
    """The same of a SQLite file, of whatever schema. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as plain:
        return frozenset(name for (name,) in plain.execute(str(NAMED)))


def write_backup(file: Path, blobs: BlobFolder, folder: Path) -> Copied:
    """Copy the database, in use or not, and then the files its copy names, as far as they are not in `folder` yet.

    In this order: bytes are stored before the row that names them. Raises StoreUnavailable.
    """
    with trouble():
        make_folder(folder)
        with alone(folder / ".lock"):
            copy(file, folder / COPY)
            names, there = named_in(folder / COPY), BlobFolder(folder / "blobs")
            copied, lacking = copy_files([name for name in names if not there.exists(name)], blobs, there.folder)
            return Copied(len(names), copied, lacking)


def bring_back(source: Path, file: Path, blobs: Path, *, incomplete: bool) -> Copied:
    """Put the copy in the place of the database `file`, and files that lie in `blobs` beside the copy where they lack.

    All is checked first. Nobody may use the database. With `incomplete` some files may lack.
    Raises StoreUnavailable, BlobDamaged.
    """
    with trouble():
        check_sound(source)
        names, kept, offered = named_in(source), BlobFolder(blobs), BlobFolder(source.parent / "blobs")
        wanted = [name for name in names if not kept.is_whole(name)]
        absent = sum(not offered.is_whole(name) for name in wanted)
        if absent and not incomplete:
            raise BlobDamaged(LACKING.format(absent, len(names)))
        copied, lacking = copy_files(wanted, offered, blobs)
        put_back(source, file)
    return Copied(len(names), copied, lacking)


def check_sound(file: Path) -> None:
    """Raise StoreUnavailable for a file that is damaged, no database of ours, or a newer version's."""
    try:
        with closing(sqlite3.connect(file)) as plain:
            whole = plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            whole = whole and plain.execute("PRAGMA foreign_key_check").fetchone() is None
            (revision,) = plain.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.DatabaseError, TypeError):
        raise StoreUnavailable(UNSOUND) from None
    if not whole:
        raise StoreUnavailable(UNSOUND)
    check_known(revision)


def copy_files(names: Iterable[str], source: BlobFolder, folder: Path) -> tuple[int, int]:
    """Copy these files; how many were, and how many are missing or damaged in `source`. Raises StoreUnavailable."""
    copied = lacking = 0
    with closing(BlobStore(folder)) as target:
        for name in names:
            try:
                target.put(source.get(name))
                copied += 1
            except (NotFound, BlobDamaged):
                lacking += 1
    return copied, lacking


@contextmanager
def trouble() -> Iterator[None]:
    """Within this block OSError and sqlite3.Error become StoreUnavailable."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(TROUBLE) from error
