"""Whole: writes a file whole or not at all, and lets nobody but its owner read what is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """An empty draft beside `target`: it takes its place at the end of the block, and is gone when the block fails.

    For one writer at a time.
    """
    draft = target.with_name(f"{target.name}.part")
    try:
        private_file(draft)
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def private_file(path: Path) -> None:
    """An empty file that only its owner may read, in the place of one that a killed process left. Raises OSError."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)


def private_folder(folder: Path) -> None:
    """Create the folder and those above it where they are missing, its owner's only. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)
