"""Fixtures shared by all tests: a decoding worker, a migrated database, and the real radiographs, when at hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from core.services.decoder import Decoder
from core.settings import Limits
from core.store.database import Database

settings.register_profile("here", deadline=None, print_blob=True)
settings.load_profile("here")
"""Without a deadline: a loaded machine is no failed property."""

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"


def missing(reason: str) -> None:
    """Fail in CI, skip on a newcomer's machine."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may be missing: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    """One decoding worker for all tests."""
    shared = Decoder(Limits(), capacity=64 * 2**20)
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "lucency.sqlite3"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real radiographs: `dicom`, `fracatlas`, `seed_c`, `weights`."""
    if not SHARED_DATA.is_dir():
        missing("the real radiographs are not beside the project (../shared/data)")
    return SHARED_DATA
