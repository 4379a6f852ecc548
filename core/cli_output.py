"""Cli output: what a command says, what it tells beside that, and where it may write; checked before its work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import RequestError
from core.store.drafts import drafted


def say(text: str) -> None:
    """One line of output, at once."""
    print(text, flush=True)


def tell(text: str) -> None:
    """One line for the person at the terminal, beside the output."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def hushed() -> Iterator[None]:
    """Within this block nothing reaches standard error: TensorFlow writes notes there while it is imported."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def check_file(target: Path | None, option: str) -> None:
    """Raise RequestError where no file can be written: its folder must be there, lest a slip makes one."""
    if target is None:
        return
    try:
        if target.is_dir():
            raise RequestError(f"{option} names a folder. Name a file in it.")
        if not target.parent.is_dir():
            raise RequestError(f"{option} names a file in a folder that is not there. Make the folder first.")
        check_folder(target.parent, option)
    except OSError as error:
        raise no_place(option, error) from None


def check_folder(target: Path | None, option: str) -> None:
    """Raise RequestError where no folder is or can be made; those that are missing on the way will be made."""
    if target is None:
        return
    try:
        above = next((one for one in (target, *target.absolute().parents) if one.exists()), target)
        if not above.is_dir():
            raise RequestError(f"{option} names a place at or below a file. Name a folder.")
        if not os.access(above, os.W_OK | os.X_OK):
            raise RequestError(f"{option} names a place that this user may not write to. Choose another one.")
    except OSError as error:
        raise no_place(option, error) from None


def write_file(target: Path, data: bytes, option: str) -> None:
    """Write the file whole, its owner's only. Raises RequestError."""
    with writing(option), drafted(target) as draft:
        draft.write_bytes(data)


@contextmanager
def writing(option: str) -> Iterator[None]:
    """Within this block OSError becomes RequestError that names the option."""
    try:
        yield
    except OSError as error:
        raise no_place(option, error) from None


def no_place(option: str, error: OSError) -> RequestError:
    """Says why, without the path."""
    return RequestError(f"{option} names a place that cannot be written ({error.strerror}). Choose another one.")
