"""What the input gate catches of outside images, and what it wrongly turns away, each with Wilson's 95% interval.

`python -m tests.benchmarks.gate_bench [--data ../shared/data] [--quick]`
"""

import argparse
import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import IntakeError
from core.intake.grayscale import render
from core.intake.radiograph import Radiograph
from core.intake.reader import read
from core.phantoms.samples import sample_files
from core.services.asking import BATCH, ask, chunks, question
from core.services.labelled import choose_split, labelled_files
from core.services.site import load_predictor
from core.settings import Settings
from models.evaluate import wilson
from models.predictor import Predictor
from tests.benchmarks.outside_images import KINDS, Picture, png

INSIDE = "inside"
Reasons = Counter[str]


def main() -> None:
    """Print one line a kind, then the sums that the README states."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--quick", action="store_true", help="a tenth of the FracAtlas images")
    chosen = options.parse_args()
    if not chosen.data.is_dir():
        print("no real radiographs there; name their folder with --data")
        return
    predictor = load_predictor(Settings().bundle)
    print(f"{predictor.bundle_id}: turned away, of how many, share [95% interval], reasons")
    outside = {kind: turned_away(predictor, kind.files(chosen.data)) for kind in KINDS}
    for held_out in (False, True):
        print(f"\nOutside images, {'held out from' if held_out else 'used in'} the design")
        for kind, reasons in outside.items():
            if kind.held_out is held_out:
                tell(kind.name, reasons)
        tell("all of these", sum((r for k, r in outside.items() if k.held_out is held_out), Counter()))
    tell("ALL OUTSIDE IMAGES", sum(outside.values(), Counter()))
    print("\nImages that belong here")
    for name, files in belonging(chosen.data, step=10 if chosen.quick else 1):
        tell(name, turned_away(predictor, files))


def turned_away(predictor: Predictor, files: Iterable[bytes | Path]) -> Reasons:
    """How many images were turned away for which reason; under `inside`, how many were not. Refused ones are left out.

    The body part is left out, so that only the picture counts.
    """
    found: Reasons = Counter()
    for batch in chunks(readable(files), BATCH):
        asked = [question(predictor, replace(radiograph, body_part="")) for radiograph in batch]
        found.update(reply.outside.value if reply.outside else INSIDE for reply in ask(predictor, asked))
    return found


def readable(files: Iterable[bytes | Path]) -> Iterator[Radiograph]:
    """The radiographs among these files."""
    for file in files:
        try:
            yield read(file)
        except IntakeError:
            continue


def tell(name: str, reasons: Reasons) -> None:
    """One line of the table."""
    count = reasons.total()
    if not count:
        print(f"{name:<32} none at hand")
        return
    away = count - reasons[INSIDE]
    why = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common() if reason != INSIDE)
    share = wilson(away, count)
    print(
        f"{name:<32} {away:>4} of {count:<4} {share.value:.3f} [{share.low:.3f}, {share.high:.3f}]  {why}", flush=True
    )


def belonging(data: Path, *, step: int) -> Iterator[tuple[str, Iterable[bytes | Path]]]:
    """Images within the intended use: FracAtlas, the same as other scanners show them, other hospitals, samples."""
    for split in ("test", "val"):
        yield f"FracAtlas, {split}", [f.path for f in choose_split(labelled_files(data / "fracatlas"), split)][::step]
    paths = [file.path for file in choose_split(labelled_files(data / "fracatlas"), "val")][:: 2 * step]
    for name, change in SCANNERS.items():
        yield f"FracAtlas, val, {name}", (png(change(render(read(path)))) for path in paths)
    yield "hip and extremity, DICOM", sorted(data.glob("dicom/*_RG[23]_*"))
    yield "another hospital (seed-c)", families(data / "seed_c")[::step]
    yield "drawn sample studies", (content for _, content in sample_files())


def families(folder: Path) -> list[Path]:
    """One image of each of seed-c's originals: 150 pixels, turned by some angle."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as table:
        one_each = {row["family"]: row["image"] for row in csv.DictReader(table)}
    return [folder / name for name in one_each.values()]


def unsharp(sigma: float, amount: float) -> Callable[[Picture], NDArray[Any]]:
    """Edge enhancement, as a share of the shorter side of 400 pixels."""

    def change(picture: Picture) -> NDArray[Any]:
        wide = cv2.GaussianBlur(picture, (0, 0), sigma * min(picture.shape) / 400)
        return np.asarray(cv2.addWeighted(picture, 1 + amount, wide, -amount, 0))

    return change


SCANNERS: dict[str, Callable[[Picture], NDArray[Any]]] = {
    "sharp edges": unsharp(1.5, 1.5),
    "very sharp edges": unsharp(3, 3),
    "broad edges": unsharp(8, 1.5),
    "CLAHE": lambda picture: np.asarray(cv2.createCLAHE(3, (8, 8)).apply(picture)),
    "gamma 0.6": lambda picture: 255 * (picture / 255) ** 0.6,
    "gamma 1.6": lambda picture: 255 * (picture / 255) ** 1.6,
    "half the pixels": lambda picture: np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5)),
    "grain": lambda picture: picture + np.random.default_rng(0).normal(0, 8, picture.shape),
}

if __name__ == "__main__":
    main()
