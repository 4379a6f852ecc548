"""Silence: holds back warnings and log lines of the image libraries, which may quote patient data."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("pydicom", "PIL")
_lock = threading.RLock()


@contextmanager
def silence() -> Iterator[None]:
    """Hold back warnings and logs of pydicom and Pillow; one thread at a time, because filters are global."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = [(name, logging.getLogger(name).level) for name in _LOGGERS]
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, level in before:
                logging.getLogger(name).setLevel(level)
