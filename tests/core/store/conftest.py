"""Fixtures of the store's tests: a migrated SQLite database in a folder of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.store.database import Database


@pytest.fixture
def file(tmp_path: Path, migrated: Path) -> Path:
    """The file of this test's database."""
    return Path(shutil.copy(migrated, tmp_path / "lucency.sqlite3"))


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    """This test's database, migrated and empty."""
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that may write."""
    with database.session() as session:
        yield session
