"""Mark sheet: what the viewer draws the reader's marks on, and how the browser's word of them is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.records import Mark


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """The marks of one case. Under a new name the viewer starts from `marks`; under the same its own are the newer."""

    name: str = ""
    marks: tuple[Mark, ...] = ()
    keep: Callable[[tuple[Mark, ...]], None] | None = None
    """Called before a run with all marks once one was finished, moved or deleted; None: they are shown only."""
    others: tuple[tuple[str, Mark], ...] = ()
    """Other readers' marks, each with the name that stands beside it; shown only."""

    def sent(self) -> dict[str, object]:
        """The sheet as the browser gets it."""
        return {
            "name": self.name,
            "marks": [_row(mark) for mark in self.marks],
            "editable": self.keep is not None,
            "others": [[*_row(mark), name] for name, mark in self.others],
        }

    def hear(self, told: object) -> None:
        """Keep what the browser told, when it is about this sheet and makes sense."""
        marks = read_marks(told) if isinstance(told, Mapping) and told.get("sheet") == self.name else None
        if marks is not None and self.keep is not None:
            self.keep(marks)


def _row(mark: Mark) -> list[float]:
    return [mark.image_key, mark.x0, mark.y0, mark.x1, mark.y1]


def read_marks(told: Mapping[str, object]) -> tuple[Mark, ...] | None:
    """The marks out of `{"marks": [[image key, x0, y0, x1, y1], ...]}`; None when it is anything else."""
    rows = told.get("marks")
    if not isinstance(rows, list):
        return None
    try:
        return tuple(Mark(int(key), float(x0), float(y0), float(x1), float(y1)) for key, x0, y0, x1, y1 in rows)
    except (TypeError, ValueError, OverflowError):
        return None
