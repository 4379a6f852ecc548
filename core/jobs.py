"""Jobs: runs work in the background on an executor it is given, with progress, cancel and per-item failure."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from core.errors import LucencyError, place

R = TypeVar("R")

log = logging.getLogger(__name__)


class JobState(StrEnum):
    """Where a job stands. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """True once nothing more will happen."""
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class ItemFailure:
    """One item that could not be done; the others went on."""

    item: int
    """0-based position of the item."""
    error_class: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[R]):
    """A job at one moment: safe to keep, compare and draw."""

    state: JobState
    stage: str
    """What is being done, e.g. `import`; empty before the start."""
    done: int
    total: int | None
    """Items of this stage; None while it is not known."""
    results: tuple[R, ...]
    failures: tuple[ItemFailure, ...]

    @property
    def fraction(self) -> float | None:
        """0..1, or None while the total is not known."""
        if self.total is None:
            return None
        return min(self.done / self.total, 1.0) if self.total else 1.0


class Progress(Generic[R]):
    """What the work of a job holds in its hand: reports what is done, and asks whether to stop."""

    def __init__(self, closing: threading.Event | None = None) -> None:
        self._closing = closing or threading.Event()
        self._lock = threading.Lock()
        self._state = JobState.WAITING
        self._stage = ""
        self._done = 0
        self._total: int | None = None
        self._results: list[R] = []
        self._failures: list[ItemFailure] = []
        self._cancel = threading.Event()

    @property
    def cancelled(self) -> bool:
        """True once the user asked to stop, or the program ends: the work returns at the next item."""
        return self._cancel.is_set() or self._closing.is_set()

    def begin(self, stage: str, *, total: int | None) -> None:
        """Start a stage of `total` items; the count goes back to zero, results stay."""
        with self._lock:
            self._stage, self._done, self._total = stage, 0, total

    def advance(self, items: int = 1) -> None:
        """Count items of this stage as done."""
        with self._lock:
            self._done += items

    def add(self, result: R) -> None:
        """Keep one result."""
        with self._lock:
            self._results.append(result)

    def fail(self, error: LucencyError) -> None:
        """Keep why the item at hand could not be done. The caller goes on with the next one."""
        self._keep(type(error).__name__, str(error))

    def snapshot(self) -> Snapshot[R]:
        """A consistent copy of where the job stands."""
        with self._lock:
            return Snapshot(
                self._state, self._stage, self._done, self._total, tuple(self._results), tuple(self._failures)
            )

    def _keep(self, error_class: str, message: str) -> None:
        with self._lock:
            self._failures.append(ItemFailure(self._done, error_class, message))

    def _enter(self, state: JobState) -> None:
        with self._lock:
            self._state = state


class Job(Generic[R]):
    """Work in the background. It goes on when the page that started it is closed.

    `work` gets a `Progress` and returns when its items are done or when `progress.cancelled` turns true, which it
    also does once `closing` is set.
    """

    def __init__(
        self, executor: Executor, work: Callable[[Progress[R]], None], *, closing: threading.Event | None = None
    ) -> None:
        self._progress: Progress[R] = Progress(closing)
        self._future: Future[None] = executor.submit(self._run, work)

    def snapshot(self) -> Snapshot[R]:
        """Where the job stands; cheap and safe to call from any thread."""
        return self._progress.snapshot()

    def cancel(self) -> None:
        """Ask the job to stop after the item at hand. What is done stays done."""
        self._progress._cancel.set()
        if self._future.cancel():
            self._progress._enter(JobState.CANCELLED)

    def wait(self, *, seconds: float | None = None) -> Snapshot[R]:
        """Block until the job ends or `seconds` have passed; the snapshot tells which."""
        wait_for([self._future], timeout=seconds)
        return self.snapshot()

    def _run(self, work: Callable[[Progress[R]], None]) -> None:
        self._progress._enter(JobState.RUNNING)
        try:
            work(self._progress)
        except LucencyError as error:
            self._progress.fail(error)
            self._progress._enter(JobState.FAILED)
            return
        except Exception as error:  # A defect of ours: its text may hold patient data, its class and place do not.
            log.error("A job was stopped by %s at %s", type(error).__name__, place(error))
            self._progress._keep(type(error).__name__, "An unexpected error stopped the work. Try again.")
            self._progress._enter(JobState.FAILED)
            raise
        self._progress._enter(JobState.CANCELLED if self._progress.cancelled else JobState.DONE)
