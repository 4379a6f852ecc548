"""Whole: writes a file whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A draft beside `target`: it takes its place at the end of the block, and is gone when the block fails.

    For one writer at a time.
    """
    draft = target.with_name(f"{target.name}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
