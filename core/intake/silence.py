"""Silence: holds back warnings and log lines of the image libraries, which may quote patient data."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_LOGGERS = ("pydicom", "PIL")


class _Silence:
    """Filters are global to the process: the first thread in sets them, the last one out resets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = ExitStack()

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._set_filters()
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.close()

    def _set_filters(self) -> None:
        self._filters.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for logger in map(logging.getLogger, _LOGGERS):
            self._filters.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)


_silence = _Silence()


@contextmanager
def silence() -> Iterator[None]:
    """Hold back warnings and logs of pydicom and Pillow. Nests, and may be entered by many threads at once."""
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
