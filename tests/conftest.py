"""Fixtures shared by all tests: the real radiographs, when they are at hand."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
def shared_data() -> Path:
    """Folder of real radiographs: `dicom`, `fracatlas`, `seed_c`, `weights`."""
    if not SHARED_DATA.is_dir():
        missing("the real radiographs are not beside the project (../shared/data)")
    return SHARED_DATA
