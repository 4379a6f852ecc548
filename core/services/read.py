"""Read: asks the network about files without storing anything; what `python -m core read` prints."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.errors import IntakeError
from core.intake.containers import Member, Refusal, expand
from core.intake.sandbox import Sandbox
from core.records import Outside, Region
from core.services.asking import BATCH, Network, Question, Reply, ask, chunks, in_order, question
from core.settings import Limits

WORKERS = 2
"""Threads: while one waits for the decoding worker, the other prepares what came out of it."""


@dataclass(frozen=True, slots=True)
class FileReading:
    """What came of one frame of a file, or of a file that was refused."""

    file: str
    frame: int
    sha256: str
    error: IntakeError | None = None
    """Why it was refused; None when it was read."""
    probability: float | None = None
    answer: str | None = None
    peak: tuple[int, int] | None = None
    """(x, y) in pixels of the image."""
    regions: tuple[Region, ...] = ()
    bundle: str | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    outside: Outside | None = None
    """Why it lies outside of the network's intended use; the answer is then a doubt."""

    @property
    def status(self) -> str:
        """`read` or `refused`."""
        return "read" if self.error is None else "refused"


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A reading on its way: `question` is None when there is nothing to ask."""

    reading: FileReading
    question: Question | None = None


def read_files(paths: Iterable[Path], *, predictor: Network, limits: Limits) -> Iterator[FileReading]:
    """Every frame of files, folders, archives and DICOMDIRs, in the order they are found.

    Memory stays steady however many there are: files are decoded and prepared just ahead, while the network answers
    for the batch before.
    """
    with Sandbox(limits) as sandbox, ThreadPoolExecutor(WORKERS) as pool, ThreadPoolExecutor(1) as asker:
        members = expand(paths, limits=limits)
        opened = in_order(pool, partial(open_member, sandbox, predictor), members, ahead=2 * WORKERS)
        batches = chunks((each for several in opened for each in several), BATCH)
        yield from overlapped(asker, predictor, batches)


def overlapped(asker: Executor, predictor: Network, batches: Iterable[list[Opened]]) -> Iterator[FileReading]:
    """The answers of each batch, given while the next one is being opened."""
    before: Future[list[FileReading]] | None = None
    for batch in batches:
        current = asker.submit(answered, predictor, batch)
        if before is not None:
            yield from before.result()
        before = current
    if before is not None:
        yield from before.result()


def open_member(sandbox: Sandbox, predictor: Network, member: Member | Refusal) -> list[Opened]:
    """Decode one file and prepare its frames, or say why not."""
    if isinstance(member, Refusal):
        return [Opened(FileReading(member.name, 1, member.sha256, error=member.error))]
    start = time.perf_counter()
    try:
        frames = sandbox.read_frames(member.data)
    except IntakeError as error:
        seconds = time.perf_counter() - start
        sha256 = hashlib.sha256(member.data).hexdigest()
        return [Opened(FileReading(member.name, 1, sha256, error=error, seconds=seconds))]
    share = (time.perf_counter() - start) / len(frames)
    return [
        Opened(
            FileReading(member.name, frame.frame_number, frame.sha256, warnings=frame.warnings),
            question(predictor, frame, seconds=share),
        )
        for frame in frames
    ]


def answered(predictor: Network, batch: list[Opened]) -> list[FileReading]:
    """The readings of one batch, in order, from one graph call."""
    questions = [each.question for each in batch if each.question is not None]
    replies = iter(ask(predictor, questions))
    return [
        each.reading if each.question is None else with_reply(each.reading, next(replies), predictor.bundle_id)
        for each in batch
    ]


def with_reply(reading: FileReading, reply: Reply, bundle: str) -> FileReading:
    """The reading with what the network says."""
    said = reply.prediction
    return replace(
        reading,
        probability=said.probability,
        answer=reply.answer.value,
        peak=said.peak,
        regions=reply.regions,
        bundle=bundle,
        seconds=reply.seconds,
        outside=reply.outside,
    )


def as_json(reading: FileReading) -> dict[str, object]:
    """The reading as one JSON object; coordinates in pixels of the image."""
    error = reading.error
    return {
        "file": reading.file,
        "frame": reading.frame,
        "sha256": reading.sha256,
        "status": reading.status,
        "error": None if error is None else {"class": type(error).__name__, "message": str(error)},
        "probability": reading.probability,
        "answer": reading.answer,
        "peak": None if reading.peak is None else list(reading.peak),
        "regions": [
            {"x": r.x, "y": r.y, "width": r.width, "height": r.height, "score": round(r.score, 4)}
            for r in reading.regions
        ],
        "bundle": reading.bundle,
        "seconds": round(reading.seconds, 4),
        "warnings": list(reading.warnings),
        "outside": None if reading.outside is None else reading.outside.value,
    }
