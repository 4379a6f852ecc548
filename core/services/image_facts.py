"""Image facts: reads every image of a training folder once and keeps what an audit asks of it, not its pixels."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import IntakeError
from core.intake.raster import CUT_OFF
from core.intake.reader import load, read
from core.services.labelled import LabelledFile
from core.settings import Limits
from models.fingerprint import COLUMNS, ROWS, alike, thumbnail


@dataclass(frozen=True, slots=True, eq=False)
class ImageFacts:
    """One image as it stands on disk. When it cannot be read, `problem` is the error's class and the rest is empty."""

    problem: str = ""
    sha256: str = ""
    rows: int = 0
    columns: int = 0
    truncated: bool = False
    small: NDArray[np.float32] = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.float32), repr=False)

    @property
    def readable(self) -> bool:
        """Whether there are pixels."""
        return not self.problem


def image_facts(files: Sequence[LabelledFile]) -> list[ImageFacts]:
    """The facts of each file, in order. Decoded in this process, as training does: the folder is the operator's own."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_facts, files))


def _facts(file: LabelledFile) -> ImageFacts:
    try:
        data = load(file.path, limits=Limits())
        radiograph = read(data)
    except IntakeError as error:
        return ImageFacts(problem=type(error).__name__)
    return ImageFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        rows=radiograph.rows,
        columns=radiograph.columns,
        truncated=CUT_OFF in radiograph.warnings,
        small=thumbnail(radiograph.pixels, inverted=radiograph.inverted),
    )


def twins(facts: Sequence[ImageFacts]) -> list[tuple[int, int]]:
    """Positions of images with the very same bytes; each later one with the first of its kind."""
    first: dict[str, int] = {}
    homes = [(first.setdefault(one.sha256, place), place) for place, one in enumerate(facts) if one.readable]
    return [(home, place) for home, place in homes if home != place]


def look_alikes(facts: Sequence[ImageFacts]) -> list[tuple[int, int]]:
    """Positions of images that show the same exposure, those with the same bytes left out."""
    places = [place for place, one in enumerate(facts) if one.readable]
    if not places:
        return []
    pairs = ((places[a], places[b]) for a, b in alike(np.stack([facts[place].small for place in places])))
    return [(a, b) for a, b in pairs if facts[a].sha256 != facts[b].sha256]
