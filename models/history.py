"""History: the figures of every epoch of a run, in `history.csv` of its folder: no Keras is imported here."""

import csv
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

HISTORY = "history.csv"
"""What Keras' CSVLogger writes: one line an epoch, `NA` where a figure was not measured."""


def read_history(run_dir: Path) -> list[dict[str, float]]:
    """One row a line, in their order, without cells that hold no finite number; empty for a run without a history."""
    table = run_dir / HISTORY
    if not table.is_file():
        return []
    with table.open(newline="", encoding="utf-8") as lines:
        return [dict(_numbers(line)) for line in csv.DictReader(lines)]


def _numbers(line: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, cell in line.items():
        try:
            number = float(cell)
        except (TypeError, ValueError):  # no number, or a line that was cut off
            continue
        if isfinite(number):
            yield name, number
