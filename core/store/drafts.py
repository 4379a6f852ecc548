"""Drafts: files that are there whole or not at all, their owner's only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

DRAFT_SUFFIX = ".part"


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """An empty file beside the target that takes its place at the end of the block; after an error nothing is left.

    Where the target is a link, what it leads to is replaced, and the link stays.
    What a killed process leaves ends in DRAFT_SUFFIX. Raises OSError.
    """
    target = target.resolve()
    draft = target.with_name(f"{target.name}.{uuid4().hex}{DRAFT_SUFFIX}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def sweep(folder: Path, *patterns: str) -> None:
    """Remove what killed processes left there. Raises OSError."""
    for pattern in patterns:
        for draft in folder.glob(pattern):
            draft.unlink(missing_ok=True)
