"""Asking: turns radiographs into the network's answers, a batch at a time, decoding and preparing in parallel."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.intake.grayscale import tone
from core.intake.radiograph import Radiograph
from core.records import Answer, Outside, Region
from core.services.declared import declared_outside
from core.services.unavailable import unavailable

if TYPE_CHECKING:
    from models.bundle_card import BundleCard
    from models.prediction import Prediction
    from models.preprocess import Array, Prepared, Tone

BATCH = 16
"""Images of one graph call."""
A = TypeVar("A")
B = TypeVar("B")


class Network(Protocol):
    """A loaded bundle: `models.predictor.Predictor` in this process, or `RemoteNetwork` in one of its own."""

    card: "BundleCard"

    @property
    def bundle_id(self) -> str:
        """Names the bundle."""

    def prepare(self, pixels: "Array", tone: "Tone | None" = None, *, aspect: float = 1.0) -> "Prepared":
        """Network input of one image; `aspect` is the height of a pixel by its width."""

    def predict(self, prepared: "Sequence[Prepared]") -> "list[Prediction]":
        """One prediction per input, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A picture as the network wants it, and what it took to get there, in seconds."""

    prepared: "Prepared"
    seconds: float
    declared: Outside | None = None
    """Why the file itself says that it lies outside of the network's intended use."""
    synthetic: bool = False
    """A drawing of this product, marked as one everywhere: no gate is asked about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What the network says of one picture, and the picture's share of the time, in seconds."""

    prediction: "Prediction"
    seconds: float
    outside: Outside | None = None
    """Why the picture lies outside of the network's intended use: the gate's reason before the file's."""

    @property
    def answer(self) -> Answer:
        """A doubt for a picture the network was not made for: neither reassuring nor alarming."""
        return Answer.DOUBT if self.outside else Answer(self.prediction.answer)

    @property
    def regions(self) -> tuple[Region, ...]:
        """The places the map points at; none on a picture the network was not made for."""
        return () if self.outside else tuple(Region(*region) for region in self.prediction.regions)


def question(predictor: Network, radiograph: Radiograph, *, seconds: float = 0.0) -> Question:
    """Prepare one picture; `seconds` is what decoding it took."""
    start = time.perf_counter()
    prepared = predictor.prepare(radiograph.pixels, tone(radiograph), aspect=radiograph.aspect)
    declared = declared_outside(radiograph, predictor.card.intended_use)
    return Question(prepared, seconds + time.perf_counter() - start, declared, radiograph.synthetic)


def ask(predictor: Network, questions: Sequence[Question]) -> list[Reply]:
    """One graph call for all of them; one reply each, in order. Raises BundleUnavailable."""
    start = time.perf_counter()
    with unavailable("The network cannot be used"):
        predictions = predictor.predict([each.prepared for each in questions])
    share = (time.perf_counter() - start) / max(len(questions), 1)
    return [reply(said, each, share) for said, each in zip(predictions, questions, strict=True)]


def reply(said: "Prediction", asked: Question, share: float) -> Reply:
    """One reply. `share` is its part of the graph call's seconds."""
    outside = Outside(said.outside) if said.outside and not asked.synthetic else asked.declared
    return Reply(said, asked.seconds + share, outside)


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
