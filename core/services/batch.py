"""Batch: takes in many files and asks the network about them, in the background."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from core.jobs import Job
from core.records import Receipt
from core.services.site import Site


@dataclass(frozen=True, slots=True)
class Upload:
    """A file handed over by a browser: its name there, and its bytes."""

    name: str
    data: bytes


def start_import(site: Site, executor: Executor, items: Sequence[Path | Upload], *, actor: str) -> Job[Receipt]:
    """Take in the items, then ask the network about what was stored. Stages: `import`, `analyse`."""
    raise NotImplementedError


def start_samples(site: Site, executor: Executor, *, actor: str) -> Job[Receipt]:
    """The sample studies, taken in and analysed the same way."""
    raise NotImplementedError
