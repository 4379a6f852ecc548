"""Remote network: the network in a process of its own, so that no page waits while it thinks, and none can disturb it.

TensorFlow in the server's process would hold Python's lock while pages are drawn, and Streamlit clears Keras's global
state and collects garbage over all of TensorFlow's objects after every run of a page.
"""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core.errors import BundleUnavailable
from core.intake.sandbox import end_process
from core.services.network_worker import Failed, Ready, receive, send
from core.services.unavailable import unavailable

if TYPE_CHECKING:
    from models.bundle_card import BundleCard
    from models.prediction import Prediction
    from models.preprocess import Array, Prepared, Tone

_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from core.services.network_worker import main; main(*sys.argv[2:])"
)
STOPPED = "The network stopped while it was loading or looking. It starts again with the next image."


class RemoteNetwork:
    """A loaded bundle in a process of its own; it has the face of `models.predictor.Predictor`. Thread-safe.

    Raises BundleUnavailable when the bundle is missing or damaged, or when the process dies; the next call starts
    another one.
    """

    def __init__(self, bundle: Path, heat_map: str) -> None:
        from models.bundle_card import read_card

        with unavailable("The network cannot be loaded"):
            self.card: BundleCard = read_card(bundle)
        self._bundle, self._heat_map = bundle, heat_map
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self.bundle_id = self._ready().bundle_id

    def prepare(self, pixels: "Array", tone: "Tone | None" = None) -> "Prepared":
        """Network input of one image; see `models.preprocess.prepare`. Done here, in the caller's thread."""
        from models.preprocess import prepare

        return prepare(pixels, self.card.preprocess, tone)

    def predict(self, prepared: "Sequence[Prepared]") -> "list[Prediction]":
        """One prediction per input, in order, from one graph call. Raises BundleUnavailable."""
        if not prepared:
            return []
        with self._lock:
            answer = self._asked(self._ready(), list(prepared))
        if isinstance(answer, Failed):
            raise BundleUnavailable(answer.reason)
        predictions: list[Prediction] = answer
        return predictions

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._discard()

    def _ready(self) -> "_Worker":
        if self._worker is None or not self._worker.alive:
            self._discard()
            self._worker = _Worker(self._bundle, self._heat_map)
        return self._worker

    def _asked(self, worker: "_Worker", prepared: "list[Prepared]") -> Any:
        try:
            return worker.ask(prepared)
        except (OSError, EOFError):
            self._discard()
            raise BundleUnavailable(STOPPED) from None

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None


class _Worker:
    """The process and the pipes to it. Raises BundleUnavailable when it cannot load the bundle."""

    def __init__(self, bundle: Path, heat_map: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this module, no user input
            [sys.executable, "-c", _START, str(_ROOT), str(bundle), heat_map],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            start_new_session=True,
        )
        self.end = weakref.finalize(self, end_process, self._process)
        try:
            first = receive(self._pipe("stdout"))
        except EOFError:
            self.end()
            raise BundleUnavailable(STOPPED) from None
        if not isinstance(first, Ready):
            self.end()
            raise BundleUnavailable(first.reason if isinstance(first, Failed) else STOPPED)
        self.bundle_id = first.bundle_id

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, message: object) -> Any:
        """The answer to one message. Raises OSError or EOFError when the process is gone."""
        send(self._pipe("stdin"), message)
        return receive(self._pipe("stdout"))

    def _pipe(self, name: str) -> BinaryIO:
        pipe: BinaryIO | None = getattr(self._process, name)
        if pipe is None:
            raise EOFError
        return pipe
