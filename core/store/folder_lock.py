"""Folder lock: tells whether others are using a folder, so that only the first user tidies it up."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreUnavailable

IN_USE = "Another Lucency uses this folder. Stop it first, then try again."


def take_share(file: Path, *, alone: Callable[[], None]) -> int:
    """Take a share of the lock file until the descriptor returned is closed; call `alone` first if nobody has one.

    The system gives a share back when its process ends, however it ends.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if lock_alone(descriptor):
            alone()
        lock_shared(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Within this block nobody else has a share of the lock file, or gets one. Raises StoreUnavailable, OSError.

    On Windows nothing is locked: the system itself refuses to move a file that is in use.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32" and not lock_alone(descriptor):
            raise StoreUnavailable(IN_USE)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def lock_alone(descriptor: int) -> bool:
        """Never: Windows has no shared lock of this kind, so nothing is tidied up there."""
        return False

    def lock_shared(descriptor: int) -> None:
        """Nothing to lock."""

else:
    import fcntl

    def lock_alone(descriptor: int) -> bool:
        """Lock it for this process only, without waiting; False when others have a share, or cannot be known."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def lock_shared(descriptor: int) -> None:
        """Turn it into a share, waiting while another process tidies up."""
        fcntl.flock(descriptor, fcntl.LOCK_SH)
