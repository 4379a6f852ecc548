"""Remote network: the network in a process of its own, so that no page waits while it thinks, and none can disturb it.

TensorFlow in the server's process would hold Python's lock while pages are drawn, and Streamlit clears Keras's global
state and collects garbage over all of TensorFlow's objects after every run of a page.
"""

import logging
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core.errors import BundleUnavailable
from core.intake.sandbox import end_process, time_limit
from core.services.network_worker import Failed, Ready, receive, send
from core.services.unavailable import unavailable

if TYPE_CHECKING:
    from models.bundle_card import BundleCard
    from models.prediction import Prediction
    from models.preprocess import Array, Prepared, Tone

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from core.services.network_worker import main; main(*sys.argv[2:])"
)
LOADING_SECONDS = 300.0
"""Longest time the network may take to load."""
QUESTION_SECONDS = 120.0
"""Longest time one question may take, besides what its images add."""
IMAGE_SECONDS = 10.0
"""What each image adds to that."""
STOPPED = "The network stopped while it was loading or looking. It starts again with the next image."
LATE = "The network took too long and was stopped. It starts again with the next image."
NOT_STARTED = "The network's process could not be started. Check the machine's memory; it is tried again by itself."
REPLACED = "The network's files were replaced. Start the server again."
CLOSED = "The network was closed. Start the program again."


class RemoteNetwork:
    """A bundle in a process of its own; it has the face of `models.predictor.Predictor`. Thread-safe.

    Raises BundleUnavailable when the bundle is missing or damaged, or when the process dies or takes too long; the next
    call starts another one, until it is closed. One that comes up under another name is told and ended: the card here,
    the preparation and what is stored would be those of the network before.
    """

    def __init__(self, bundle: Path, heat_map: str) -> None:
        from models.bundle_card import read_card

        with unavailable("The network cannot be loaded"):
            self.card: BundleCard = read_card(bundle)
        self._bundle, self._heat_map = bundle, heat_map
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._bundle_id: str | None = None
        self._closed = False

    @property
    def bundle_id(self) -> str:
        """Names the bundle and its map. Raises BundleUnavailable."""
        return self._bundle_id or self.load()

    def load(self) -> str:
        """Start the process where there is none, and wait until it is ready. Raises BundleUnavailable."""
        with self._lock:
            self._bundle_id = self._ready().bundle_id
            return self._bundle_id

    def prepare(self, pixels: "Array", tone: "Tone | None" = None, *, aspect: float = 1.0) -> "Prepared":
        """Network input of one image; see `models.preprocess.prepare`. Done here, in the caller's thread."""
        from models.preprocess import prepare

        return prepare(pixels, self.card.preprocess, tone, aspect=aspect)

    def predict(self, prepared: "Sequence[Prepared]") -> "list[Prediction]":
        """One prediction per input, in order, from one graph call. Raises BundleUnavailable."""
        if not prepared:
            return []
        with self._lock:
            answer = self._asked(self._ready(), list(prepared))
        if isinstance(answer, Failed):
            raise unanswered(answer)
        predictions: list[Prediction] = answer
        return predictions

    def close(self) -> None:
        """End the process for good, also while it loads or is asked: whoever waits for it gets BundleUnavailable."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.kill()
        with self._lock:
            self._discard()

    def _ready(self) -> "_Worker":
        if self._worker is None or not self._worker.alive:
            self._discard()
            self._worker = _Worker(self._bundle, self._heat_map)
            self._load(self._worker)
        return self._worker

    def _load(self, worker: "_Worker") -> None:
        """Wait until it is ready; it can be ended by `close` from here on."""
        try:
            if self._closed:
                raise BundleUnavailable(CLOSED)
            worker.load()
            if self._bundle_id not in (None, worker.bundle_id):
                raise BundleUnavailable(REPLACED)
        except BaseException:
            self._discard()
            raise

    def _asked(self, worker: "_Worker", prepared: "list[Prepared]") -> Any:
        try:
            return worker.ask(prepared, seconds=QUESTION_SECONDS + IMAGE_SECONDS * len(prepared))
        except BaseException:  # it is gone, or out of step: its next answer would be another question's
            self._discard()
            raise

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None


def unanswered(failed: Failed) -> BundleUnavailable:
    """The error for a failure of the process, whose defect is logged."""
    if failed.defect:
        log.error("the network's process failed: %s", failed.defect)
    return BundleUnavailable(failed.reason)


class _Worker:
    """The process and the pipes to it. Raises BundleUnavailable when it cannot be started."""

    bundle_id = ""
    """Empty until it is loaded."""

    def __init__(self, bundle: Path, heat_map: str) -> None:
        self._out_of_time = threading.Event()
        self._process = _started([str(_ROOT), str(bundle), heat_map])
        self.end = weakref.finalize(self, end_process, self._process)

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def load(self) -> None:
        """Wait until the network is loaded. Raises BundleUnavailable when it cannot be, or not in time."""
        first = self._exchange(None, seconds=LOADING_SECONDS)
        if not isinstance(first, Ready):
            raise unanswered(first) if isinstance(first, Failed) else BundleUnavailable(STOPPED)
        self.bundle_id = first.bundle_id

    def ask(self, message: object, *, seconds: float) -> Any:
        """The answer to one message. Raises BundleUnavailable when the process is gone or out of time."""
        return self._exchange(message, seconds=seconds)

    def kill(self) -> None:
        """Stop the process; whoever waits for its answer is told."""
        self._process.kill()

    def _exchange(self, message: object | None, *, seconds: float) -> Any:
        try:
            with time_limit(self._process, seconds, self._out_of_time):
                if message is not None:
                    send(self._pipe("stdin"), message)
                return receive(self._pipe("stdout"))
        except (OSError, EOFError, pickle.UnpicklingError):  # it ended before, or within, its answer
            raise BundleUnavailable(LATE if self._out_of_time.is_set() else STOPPED) from None

    def _pipe(self, name: str) -> BinaryIO:
        pipe: BinaryIO | None = getattr(self._process, name)
        if pipe is None:
            raise EOFError
        return pipe


def _started(arguments: list[str]) -> "subprocess.Popen[bytes]":
    """The network's process. Raises BundleUnavailable."""
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, this module, no user input
            [sys.executable, "-c", _START, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            start_new_session=True,
        )
    except OSError:
        raise BundleUnavailable(NOT_STARTED) from None
