"""Picture cache: keeps the decoded pictures a reader is about to need, up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from core.intake.radiograph import Radiograph

Key = tuple[str, int]
"""sha256 of the file, and frame number."""


class PictureCache:
    """The least recently used go first. Thread-safe; two who want the same picture wait for one decoding."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Key, Radiograph] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._decoding: dict[Key, threading.Lock] = {}

    @property
    def size(self) -> int:
        """Bytes of the pictures held."""
        return self._size

    def get(self, key: Key, decode: Callable[[], Radiograph]) -> Radiograph:
        """The picture, decoded when it is not held. What `decode` raises goes to the caller."""
        with self._turn(key):
            held = self._find(key)
            if held is None:
                held = decode()
                self.put(key, held)
        with self._lock:
            self._decoding.pop(key, None)
        return held

    def put(self, key: Key, radiograph: Radiograph) -> None:
        """Hold a picture, unless it alone is larger than the cache."""
        size = radiograph.nbytes
        with self._lock:
            if key in self._kept or size > self._capacity:
                return
            self._kept[key] = radiograph
            self._size += size
            while self._size > self._capacity:
                self._size -= self._kept.popitem(last=False)[1].nbytes

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _find(self, key: Key) -> Radiograph | None:
        with self._lock:
            held = self._kept.get(key)
            if held is not None:
                self._kept.move_to_end(key)
            return held

    def _turn(self, key: Key) -> threading.Lock:
        with self._lock:
            return self._decoding.setdefault(key, threading.Lock())
