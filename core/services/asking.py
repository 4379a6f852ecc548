"""Asking: turns radiographs into the network's answers, a batch at a time, decoding and preparing in parallel."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from core.intake.grayscale import tone
from core.intake.radiograph import Radiograph
from core.records import Region

if TYPE_CHECKING:
    from models.predictor import Prediction, Predictor
    from models.preprocess import Prepared

BATCH = 16
"""Images of one graph call."""
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A picture as the network wants it, and what it took to get there, in seconds."""

    prepared: "Prepared"
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What the network says of one picture, and the picture's share of the time, in seconds."""

    prediction: "Prediction"
    seconds: float


def question(predictor: "Predictor", radiograph: Radiograph, *, seconds: float = 0.0) -> Question:
    """Prepare one picture; `seconds` is what decoding it took."""
    start = time.perf_counter()
    prepared = predictor.prepare(radiograph.pixels, tone(radiograph))
    return Question(prepared, seconds + time.perf_counter() - start)


def ask(predictor: "Predictor", questions: Sequence[Question]) -> list[Reply]:
    """One graph call for all of them; one reply each, in order."""
    start = time.perf_counter()
    predictions = predictor.predict([each.prepared for each in questions])
    share = (time.perf_counter() - start) / max(len(questions), 1)
    return [Reply(said, each.seconds + share) for said, each in zip(predictions, questions, strict=True)]


def regions_of(prediction: "Prediction") -> tuple[Region, ...]:
    """The regions as records."""
    return tuple(Region(*region) for region in prediction.regions)


def chunks(items: Iterable[A], size: int) -> Iterator[list[A]]:
    """Lists of `size` items; the last may be shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def in_order(executor: Executor, work: Callable[[A], B], items: Iterable[A], *, ahead: int) -> Iterator[B]:
    """The results of `work` in the order of the items, at most `ahead` of them under way: memory stays steady."""
    waiting: deque[Future[B]] = deque()
    try:
        for item in items:
            waiting.append(executor.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
