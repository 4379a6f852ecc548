"""Whole folder: writes a folder whole or not at all, its owner's only, and clears away what killed writers left."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from core.errors import RequestError
from core.store.folder_lock import lock_alone

SUFFIX = ".part"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, its owner's only, which becomes `target` at the end; on an error nothing is left of it.

    Raises RequestError for a folder that cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with begun(target) as draft:
            yield draft
            if target.exists():
                target.rmdir()
            draft.rename(target)
    except OSError as error:
        raise cannot_write(error) from None


@contextmanager
def begun(target: Path) -> Iterator[Path]:
    """An empty folder beside the target, locked while it is written, so that nobody takes it for a killed writer's.

    Raises OSError.
    """
    sweep(target)
    draft = Path(mkdtemp(prefix=f".{target.name}.", suffix=SUFFIX, dir=target.parent))
    held = opened(draft)
    try:
        if held is not None:
            lock_alone(held)
        yield draft
    finally:
        rmtree(draft, ignore_errors=True)
        if held is not None:
            os.close(held)


def sweep(target: Path) -> None:
    """Remove what killed writers of the same target left beside it: folders of this name that nobody has locked."""
    drafts = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}{re.escape(SUFFIX)}")
    for path in target.parent.iterdir():
        if drafts.fullmatch(path.name) and not path.is_symlink() and path.is_dir():
            held = opened(path)
            if held is None:
                continue
            try:
                if lock_alone(held):
                    rmtree(path, ignore_errors=True)
            finally:
                os.close(held)


def opened(folder: Path) -> int | None:
    """A descriptor by which the folder can be locked; None where the system gives none, as on Windows."""
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def cannot_write(error: OSError) -> RequestError:
    """Says why, without a path."""
    return RequestError(f"The folder cannot be written ({error.strerror}). Choose another place, or make room.")
