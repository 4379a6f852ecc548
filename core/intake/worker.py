"""Worker: the process that decodes untrusted files, one after the other, and can be killed at any time."""

import os
import signal
import sys
from typing import BinaryIO

from core.errors import IntakeError
from core.intake.reader import read_frames
from core.intake.wire import Closed, pack_error, pack_frames, receive, send
from core.settings import Limits

_GRACE = 5.0
"""Seconds beyond the limit after which the worker ends itself, should its owner be gone."""


def main(limits_json: str) -> None:
    """Serve files from standard input to standard output until the owner closes them."""
    limits = Limits.model_validate_json(limits_json)
    source, sink = _take_streams()
    _confine(limits)
    send(sink, [b"ready"])
    serve(source, sink, limits)


def serve(source: BinaryIO, sink: BinaryIO, limits: Limits) -> None:
    """Answer every message until the other side closes."""
    while True:
        try:
            (data,) = receive(source)
            _set_alarm(limits.decode_seconds + _GRACE)
            send(sink, answer(bytes(data), limits))
            _set_alarm(0)
        except Closed:
            return


def answer(data: bytes, limits: Limits) -> list[bytes | memoryview]:
    """The message for one file: its radiographs, or why there are none."""
    try:
        return pack_frames(read_frames(data, limits=limits))
    except IntakeError as error:
        return pack_error(error)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the messages alone: what a library prints goes nowhere."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return source, sink


def _confine(limits: Limits) -> None:
    """Bound the address space, within what the system allows, and leave no core file: it would hold patient data.

    macOS refuses any bound of the address space.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        bound = limits.decode_memory_bytes if most == resource.RLIM_INFINITY else min(limits.decode_memory_bytes, most)
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _set_alarm(seconds: float) -> None:
    """Ask the kernel to end this process after `seconds`; 0 takes it back. No Python code need run for it."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
