"""Decoder: decodes files in a worker process and keeps the last pictures at hand."""

from core.errors import CorruptFile
from core.intake.radiograph import Radiograph
from core.intake.sandbox import Sandbox
from core.records import Image
from core.services.picture_cache import PictureCache
from core.settings import Limits
from core.store.blobs import BlobStore


class Decoder:
    """A worker process with a memory of `capacity` bytes. Thread-safe; the worker takes one file at a time."""

    def __init__(self, limits: Limits, *, capacity: int) -> None:
        self._sandbox = Sandbox(limits)
        self._cache = PictureCache(capacity)

    def read(self, data: bytes) -> list[Radiograph]:
        """Every frame of a file; they stay at hand. Raises IntakeError."""
        frames = self._sandbox.read_frames(data)
        for frame in frames:
            self._cache.put((frame.sha256, frame.frame_number), frame)
        return frames

    def stored(self, blobs: BlobStore, image: Image) -> Radiograph:
        """The stored frame at full depth. Raises NotFound, BlobDamaged, IntakeError."""
        key = (image.sha256, image.frame_number)
        return self._cache.get(key, lambda: self._decode(blobs, image))

    def forget(self) -> None:
        """Let the pictures go."""
        self._cache.clear()

    def close(self) -> None:
        """Stop the worker."""
        self._sandbox.close()
        self.forget()

    def _decode(self, blobs: BlobStore, image: Image) -> Radiograph:
        for frame in self.read(blobs.get(image.sha256)):
            if frame.frame_number == image.frame_number:
                return frame
        raise CorruptFile("This frame is missing from its file. Import the original again.")
