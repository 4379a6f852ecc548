"""Blobs: keeps bytes in files named by their sha256; whole or not at all, and checked when they are read."""

import hashlib
import os
import re
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from core.errors import BlobDamaged, NotFound, StoreUnavailable
from core.store.drafts import DRAFT_SUFFIX, drafted, sweep
from core.store.folder_lock import take_share

SHA256 = re.compile("[0-9a-f]{64}")


class BlobFolder:
    """Bytes by content, one file each, in 256 folders by the first byte of the sha256; nothing is written there."""

    def __init__(self, folder: Path) -> None:
        """Nothing is opened or created."""
        self.folder = folder

    def get(self, sha256: str) -> bytes:
        """The bytes of this sha256. Raises NotFound, BlobDamaged, StoreUnavailable."""
        with disk_trouble():
            data = self.path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged("A stored file has changed on the disk. Import the original again, or restore a backup.")
        return data

    def exists(self, sha256: str) -> bool:
        """Whether bytes are stored under this sha256. Raises StoreUnavailable."""
        with disk_trouble():
            return SHA256.fullmatch(sha256) is not None and self._file(sha256).is_file()

    def names(self) -> Iterator[str]:
        """The sha256 of everything that is stored, whole or not. Raises StoreUnavailable."""
        with disk_trouble():
            yield from (path.name for path in self.folder.glob("*/*") if SHA256.fullmatch(path.name))

    def is_whole(self, sha256: str) -> bool:
        """Whether the bytes of this sha256 are stored and undamaged. Raises StoreUnavailable."""
        try:
            self.get(sha256)
        except (NotFound, BlobDamaged):
            return False
        return True

    def path(self, sha256: str) -> Path:
        """The file of this sha256, for programs that want one; it may be read, never written.

        Raises NotFound, StoreUnavailable.
        """
        if not self.exists(sha256):
            raise NotFound("The file of this image is not stored here. Import the original again, or restore a backup.")
        return self._file(sha256)

    def _file(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


class BlobStore(BlobFolder):
    """A folder of blobs to be read and written.

    Threads and processes may share it. Files are readable by their owner only. Bytes that are stored never change;
    storing them again mends a damaged file.
    """

    def __init__(self, folder: Path) -> None:
        """Create the folder, and remove what a killed process left half-written. Raises StoreUnavailable."""
        super().__init__(folder)
        with disk_trouble():
            make_folder(folder)
            share = take_share(folder / ".lock", alone=partial(sweep, folder, f"*/*{DRAFT_SUFFIX}"))
        self.close = weakref.finalize(self, os.close, share)

    def put(self, data: bytes) -> str:
        """Store the bytes, flushed to the disk, and return their sha256 in hexadecimal. Raises StoreUnavailable."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._file(sha256)
        with disk_trouble():
            make_folder(target.parent)
            if not holds(target, data):
                write(target, data)
            sync_folder(target.parent)
        return sha256


@contextmanager
def disk_trouble() -> Iterator[None]:
    """Within this block OSError becomes StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            "The folder of the stored images cannot be used. Check free space and permissions of the data folder, "
            "or of the backup's."
        ) from error


def make_folder(folder: Path) -> None:
    """Create the folder, and those above it, for their owner only, if need be, and make that last."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def holds(file: Path, data: bytes) -> bool:
    """Whether the file is there and holds exactly these bytes."""
    try:
        return file.stat().st_size == len(data) and file.read_bytes() == data
    except FileNotFoundError:
        return False


def write(target: Path, data: bytes) -> None:
    """Write a draft beside the target and move it there once it is on the disk."""
    with drafted(target) as draft, draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names in the folder last; Windows does so by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
