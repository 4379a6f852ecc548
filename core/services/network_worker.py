"""Network worker: a process that holds the network and answers one batch after another, over its standard pipes.

Messages are pickles between this program and its own child: nothing from outside is ever unpickled. The first message
back is a Ready; then each list of prepared images gets its list of predictions, or a Failed.
"""

import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import BundleUnavailable, place

NOT_LOADED = "The network could not be loaded ({kind}). Tell your support; the server's log says where it failed."
NOT_ANSWERED = "The network failed on these images ({kind})."


@dataclass(frozen=True, slots=True)
class Ready:
    """The network is loaded."""

    bundle_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no answer."""

    reason: str
    """For whoever asked."""
    defect: str = ""
    """For the log: class and place of what nobody foresaw; a message may hold anything."""


def send(pipe: BinaryIO, message: object) -> None:
    """One message. Raises OSError when nobody reads any more."""
    pickle.dump(message, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """The next message. Raises EOFError when there is none any more."""
    return pickle.load(pipe)  # noqa: S301 - from our own process, see above


def main(bundle: str, heat_map: str) -> None:
    """Load the network, then answer until nobody asks any more."""
    answers = _own_output()
    try:
        predictor = _loaded(Path(bundle), heat_map)
    except BundleUnavailable as error:
        send(answers, Failed(str(error)))
        return
    except Exception as error:  # a library that is missing or does not fit, or too little memory
        send(answers, failed(NOT_LOADED, error))
        return
    send(answers, Ready(predictor.bundle_id))
    while True:
        try:
            asked = receive(sys.stdin.buffer)
        except EOFError:
            return
        send(answers, _answered(predictor, asked))


def _loaded(bundle: Path, heat_map: str) -> Any:
    from core.services.site import load_predictor

    return load_predictor(bundle, heat_map)


def _answered(predictor: Any, asked: Any) -> object:
    try:
        return predictor.predict(asked)
    except Exception as error:
        return failed(NOT_ANSWERED, error)


def failed(reason: str, error: Exception) -> Failed:
    """A failure nobody foresaw; its class stands in the reason, its place in the log."""
    kind = type(error).__name__
    return Failed(reason.format(kind=kind), f"{kind} at {place(error)}")


def _own_output() -> BinaryIO:
    """The pipe for answers; whatever libraries print goes nowhere."""
    own = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return own
