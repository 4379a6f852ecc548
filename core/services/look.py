"""Look: reads labelled images once more for what a reading does not keep: the picture and the whole heat map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.intake.grayscale import preview, tone
from core.intake.reader import read
from core.services.asking import chunks
from core.services.labelled import LabelledFile

if TYPE_CHECKING:
    from models.localise import Pointed
    from models.prediction import Prediction
    from models.predictor import Predictor

BATCH = 8
PICTURE_SIDE = 360
"""Longest side of the pictures in a report, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """One labelled image with its small picture and all that the network says of it."""

    file: LabelledFile
    picture: NDArray[np.uint8]
    """`(rows, columns)`, as a reader sees it, small."""
    rows: int
    columns: int
    prediction: "Prediction"

    def pointed(self, answer: str) -> "Pointed":
        """The map and the boxes, to be scored; `answer` as it was measured."""
        from models.localise import Pointed

        said = self.prediction
        regions = [(x, y, x + width, y + height) for x, y, width, height, _ in said.regions]
        return Pointed(
            peak=(float(said.peak[0]), float(said.peak[1])),
            regions=np.array(regions, np.float64).reshape(-1, 4),
            heat=said.heat_map,
            boxes=np.array(self.file.boxes, np.float64).reshape(-1, 4),
            rows=self.rows,
            columns=self.columns,
            answer=answer,
        )


def look(predictor: "Predictor", files: Sequence[LabelledFile]) -> Iterator[Looked]:
    """Every file, in order, read some at a time as they are asked for. Raises IntakeError for one that cannot be."""
    return (one for some in chunks(files, BATCH) for one in _looked(predictor, some))


def _looked(predictor: "Predictor", files: Sequence[LabelledFile]) -> Iterator[Looked]:
    radiographs = [read(file.path) for file in files]
    prepared = [predictor.prepare(one.pixels, tone(one), aspect=one.aspect) for one in radiographs]
    predictions = predictor.predict(prepared)
    for file, shown, said in zip(files, radiographs, predictions, strict=True):
        picture = preview(shown, longest_side=min(PICTURE_SIDE, max(shown.rows, shown.columns)))
        yield Looked(file, picture, shown.rows, shown.columns, said)
