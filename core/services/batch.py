"""Batch: takes in many files and asks the network about them, in the background."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from core.errors import BundleUnavailable, DecoderUnavailable, IntakeError
from core.jobs import Job, Progress
from core.phantoms.samples import SAMPLES
from core.records import Outcome, Receipt
from core.rights import Actor, Right, permit
from core.services.analyse import analyse_images
from core.services.asking import BATCH
from core.services.ingest import ingest_bytes, ingest_paths
from core.services.samples import sample_receipts
from core.services.site import Site
from core.store import audit


@dataclass(frozen=True, slots=True)
class Upload:
    """A file handed over by a browser: its name there, and its bytes."""

    name: str
    data: bytes


Source = Callable[[], Iterator[Receipt]]
"""Takes one item in when it is called."""


def start_import(site: Site, executor: Executor, items: Sequence[Path | Upload], *, actor: Actor) -> Job[Receipt]:
    """Take in the items, asking the network as they come. Stages: `import` (counted in items), then `analyse`.

    A folder or an archive is one item; results grow by every file in it. An item is let go once it is taken in. Without
    a network the import goes on, and one failure of class BundleUnavailable says so. Raises NotAllowed.
    """
    who = permit(actor, Right.UPLOAD)
    sources = deque(source_of(site, item, actor=who) for item in items)
    return Job(executor, lambda progress: import_all(site, sources, progress, actor=who), closing=site.closing)


def start_samples(site: Site, executor: Executor, *, actor: Actor) -> Job[Receipt]:
    """The sample studies, taken in and analysed the same way; counted in pictures. Raises NotAllowed."""
    who = permit(actor, Right.UPLOAD)
    total = sum(len(sample.views) for sample in SAMPLES)
    receipts = sample_receipts(site, actor=who)
    sources = deque([lambda: iter([next(receipts)])] * total)
    return Job(executor, lambda progress: import_all(site, sources, progress, actor=who), closing=site.closing)


def source_of(site: Site, item: Path | Upload, *, actor: str) -> Source:
    """How to take this item in, later."""
    if isinstance(item, Upload):
        return lambda: ingest_bytes(site, item.name, item.data, actor=actor)
    return lambda: ingest_paths(site, [item], actor=actor)


class Answers:
    """Asks the network about stored images in batches, and gives up once it fails twice on the same, or is missing."""

    def __init__(self, site: Site, progress: Progress[Receipt], *, actor: str) -> None:
        self._site, self._progress, self._actor = site, progress, actor
        self._waiting: list[int] = []
        self._usable = True

    @property
    def waiting(self) -> int:
        """Images not asked about yet."""
        return len(self._waiting)

    def add(self, receipt: Receipt) -> None:
        """Note an image; a known one may lack an answer of this bundle."""
        if receipt.image_key is not None and receipt.outcome is not Outcome.REFUSED:
            self._waiting.append(receipt.image_key)
        if self.waiting >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Ask about all that wait. A missing network, or decoder, is one failure of the job.

        Not while the program ends: who next opens the site is asked about them.
        """
        keys, self._waiting = self._waiting, []
        if not keys or not self._usable or self._site.closing.is_set():
            return
        try:
            self._ask(keys)
        except (BundleUnavailable, DecoderUnavailable) as error:
            self._usable = False
            self._progress.fail(error)

    def _ask(self, keys: Sequence[int]) -> None:
        """Ask, and once more when the network can be had: its process may only have died. Raises BundleUnavailable."""
        try:
            analyse_images(self._site, keys, actor=self._actor)
        except BundleUnavailable:
            if self._site.bundle_problem() is not None:
                raise
            analyse_images(self._site, keys, actor=self._actor)


def import_all(site: Site, sources: deque[Source], progress: Progress[Receipt], *, actor: str) -> None:
    """The work of the job, which empties `sources`: they hold the files of a browser in memory.

    What is taken in stays, also after a cancel, which the audit trail tells.
    """
    answers = Answers(site, progress, actor=actor)
    progress.begin("import", total=len(sources))
    while sources:
        take_in(sources.popleft(), answers, progress)
        if progress.cancelled:
            note_stop(site, progress, actor=actor)
            break
        progress.advance()
    finish(answers, progress)
    site.incoming.forget()


def note_stop(site: Site, progress: Progress[Receipt], *, actor: str) -> None:
    """The audit entry of an import that ends before its last item, by request or with the program."""
    now = progress.snapshot()
    why = "the program ended" if site.closing.is_set() else "by request"
    outcome = f"{why}: {now.done} of {now.total} items, {len(now.results)} receipts"
    with site.database.session() as session:
        audit.append(session, at=site.clock(), actor=actor, action="stop-import", subject="files", outcome=outcome)


def finish(answers: Answers, progress: Progress[Receipt]) -> None:
    """Ask about the last images, also after a cancel: what is stored should have its answer."""
    waiting = answers.waiting
    progress.begin("analyse", total=waiting)
    answers.flush()
    progress.advance(waiting)


def take_in(source: Source, answers: Answers, progress: Progress[Receipt]) -> None:
    """One item; stops between two of its files when the job is cancelled."""
    try:
        for receipt in source():
            progress.add(receipt)
            answers.add(receipt)
            if progress.cancelled:
                return
    except IntakeError as error:
        progress.fail(error)
