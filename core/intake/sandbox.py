"""Sandbox: decodes untrusted files in a process of its own, with a limit of time and of memory."""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from core.errors import DecoderUnavailable, DecodingStopped, IntakeError, TooLarge
from core.intake.radiograph import Radiograph
from core.intake.wire import Closed, receive, send, unpack
from core.settings import Limits

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from core.intake.worker import main; main(sys.argv[2])"
_START_SECONDS = 120.0
NOT_STARTED = "The decoder could not be started, so the file was not opened. Try again in a moment."


class Sandbox:
    """A decoding worker that is reused between files and replaced after it died. Safe to call from many threads.

    The worker is a fresh interpreter, neither forked nor importing the caller's main module.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    def read_frames(self, data: bytes) -> list[Radiograph]:
        """Every frame of a file, as `reader.read_frames` gives them.

        Raises IntakeError; DecodingStopped when the worker ran out of time or memory, or crashed; DecoderUnavailable
        when none could be started.
        """
        if len(data) > self._limits.file_bytes:
            raise TooLarge(f"The file is larger than {self._limits.file_bytes:,} bytes. Send a smaller one.")
        with self._lock:
            reply = self._ask(data)
        if isinstance(reply, IntakeError):
            raise reply
        return reply

    def close(self) -> None:
        """End the worker; the next file starts another."""
        with self._lock:
            self._discard()

    def _worker_pid(self) -> int | None:
        return self._worker.pid if self._worker else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ask(self, data: bytes) -> list[Radiograph] | IntakeError:
        worker = self._ready_worker()
        try:
            return unpack(worker.ask(data, seconds=self._limits.decode_seconds))
        except Closed:
            self._discard()
            raise DecodingStopped(_reason(worker, self._limits)) from None
        except Exception:  # a reply that is none: the worker was taken over or is out of step
            self._discard()
            raise DecodingStopped("The decoder gave a damaged answer. Do not open this file elsewhere.") from None

    def _ready_worker(self) -> "_Worker":
        if self._worker is None or not self._worker.alive:
            self._discard()
            self._worker = _started(self._limits)
        return self._worker

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None


class _Worker:
    """One worker process and the pipes to it."""

    def __init__(self, limits: Limits) -> None:
        self._out_of_time = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this module, no user input
            [sys.executable, "-W", "ignore", "-c", _START, str(_ROOT), limits.model_dump_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        self._end = weakref.finalize(self, end_process, self._process)
        try:
            self._exchange(None, seconds=_START_SECONDS)
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def late(self) -> bool:
        """True when the process was killed for taking too long."""
        return self._out_of_time.is_set()

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    def ask(self, data: bytes, *, seconds: float) -> list[bytearray]:
        """Send one file and wait for the reply. Raises Closed when the worker dies or is out of time."""
        return self._exchange(data, seconds=seconds)

    def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self._end()

    def _exchange(self, data: bytes | None, *, seconds: float) -> list[bytearray]:
        with time_limit(self._process, seconds, self._out_of_time):
            if data is not None:
                send(self._pipe("stdin"), [data])
            return receive(self._pipe("stdout"))

    def _pipe(self, name: str) -> BinaryIO:
        pipe: BinaryIO | None = getattr(self._process, name)
        if pipe is None:
            raise Closed
        return pipe


def _started(limits: Limits) -> _Worker:
    """A worker that is ready. Raises DecoderUnavailable."""
    try:
        return _Worker(limits)
    except (Closed, OSError, RuntimeError):  # it ended or hung; no memory, process, file or thread left for it
        raise DecoderUnavailable(NOT_STARTED) from None


@contextmanager
def time_limit(process: "subprocess.Popen[bytes]", seconds: float, out_of_time: threading.Event) -> Iterator[None]:
    """Kill the process when this block takes longer than `seconds`; `out_of_time` then says so."""
    timer = threading.Timer(seconds, _stop, (process, out_of_time))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _stop(process: "subprocess.Popen[bytes]", out_of_time: threading.Event) -> None:
    out_of_time.set()
    process.kill()


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """Kill it, close the pipes to it, and wait until it is gone."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        _close(pipe)
    process.wait()


def _close(pipe: object) -> None:
    try:
        pipe.close()  # type: ignore[attr-defined]
    except OSError:  # unsent bytes for a process that is gone
        return


def _reason(worker: _Worker, limits: Limits) -> str:
    if worker.late:
        return f"Decoding took longer than {limits.decode_seconds:g} seconds and was stopped. Export the image again."
    return "Decoding crashed or needed too much memory, and was stopped. Export the image again, without compression."
