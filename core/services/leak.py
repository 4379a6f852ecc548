"""Leak: shows what seed-c's 91.8% is worth: its network on copies of what it learned from, and on what it never saw."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import UnusableTrainingData
from core.services.evaluate import check_both_classes
from core.services.labelled import LabelledFile, choose_split, labelled_files, load
from core.services.split import split_groups
from models.errors import ModelError
from models.history import read_history
from models.presets import Preset, find
from models.tell import Tell
from models.whole import whole

if TYPE_CHECKING:
    from models.evaluate import Estimate

FOLDS = 5
"""A fifth of the originals is kept unseen, and a fifth of the copies of the others."""
AS_PUBLISHED, GROUPED = "as published", "originals kept apart"


@dataclass(frozen=True, slots=True)
class LeakRequest:
    """One reproduction."""

    data: Path
    """seed-c's own images: `labels.csv` with the columns image, fractured, split and family."""
    elsewhere: Path
    """Labelled images of another origin, in any layout; their split `test` is measured."""
    run_dir: Path
    """Folder of the two runs; killed ones go on from it. No bundle is written: the licence of the data is unknown."""
    preset: Preset = field(default_factory=lambda: find("seed_c"))
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result."""

    training: str
    measured_on: str
    images: int
    originals: int
    """Families; for images without one, the images."""
    accuracy: "Estimate"
    auroc: "Estimate"


@dataclass(frozen=True, slots=True)
class Leak:
    """The seed's headline, and what stands beside it."""

    parameters: int
    first_epoch: float
    """Training accuracy of the first epoch, as Keras reports it: the mean over the epoch."""
    last_epoch: float
    rows: tuple[Row, ...]


def leak(request: LeakRequest, *, report: Tell) -> Leak:
    """Train the network twice and measure both on what each has and has not seen.

    First on the seed's own training images, as published; then without a fifth of the originals. Raises
    UnusableTrainingData.
    """
    files = labelled_files(request.data / "labels.csv" if request.data.is_dir() else request.data)
    if not all(file.group for file in files):
        raise UnusableTrainingData("The table needs the column family: which original an image was turned from.")
    foreign = [replace(file, group="") for file in choose_split(labelled_files(request.elsewhere), "test")]
    published = split_of(files, "train"), own_parts(files)
    check_both_classes(split_of(files, "val"), "val")
    apart = parts_apart(files, seed=request.seed)
    done = [
        taught(request, name, training, {**parts, "FracAtlas, test split": foreign}, report)
        for name, (training, parts) in ((AS_PUBLISHED, published), (GROUPED, apart))
    ]
    first, last = epochs_told(request.run_dir / AS_PUBLISHED.replace(" ", "_"))
    result = Leak(done[0][0], first, last, tuple(row for _, rows in done for row in rows))
    with whole(request.run_dir / "leak.json") as draft:
        draft.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    return result


def split_of(files: Sequence[LabelledFile], split: str) -> list[LabelledFile]:
    """The files of one of the seed's own splits."""
    return [file for file in files if file.split == split]


def own_parts(files: Sequence[LabelledFile]) -> dict[str, list[LabelledFile]]:
    """The seed's own validation images, and those of them that were turned from originals it did not learn from."""
    known = {file.group for file in split_of(files, "train")}
    own = split_of(files, "val")
    unseen = [file for file in own if file.group not in known]
    parts = {"its own `val`": own, "of these, unseen originals": unseen}
    return {name: part for name, part in parts.items() if len({file.fractured for file in part}) == 2}


def parts_apart(
    files: Sequence[LabelledFile], *, seed: int
) -> tuple[list[LabelledFile], dict[str, list[LabelledFile]]]:
    """Training images, then copies of the same originals kept aside, then originals kept unseen."""
    fractured, originals = [file.fractured for file in files], [file.group for file in files]
    dealt = split_groups(fractured, originals, seed=seed, folds=FOLDS)
    unseen = [file for file, split in zip(files, dealt, strict=True) if split == "test"]
    known = [file for file, split in zip(files, dealt, strict=True) if split != "test"]
    aside = np.random.default_rng(seed).permutation(len(known)) < len(known) // FOLDS
    copies = [file for file, kept in zip(known, aside, strict=True) if kept]
    training = [file for file, kept in zip(known, aside, strict=True) if not kept]
    return training, {"turned copies of known originals": copies, "originals never seen": unseen}


def taught(
    request: LeakRequest,
    name: str,
    training: Sequence[LabelledFile],
    parts: dict[str, list[LabelledFile]],
    report: Tell,
) -> tuple[int, list[Row]]:
    """Parameters of the network taught on `training`, and one row for each part it is measured on."""
    from models.throughput import logits
    from models.train import TrainOptions, train

    report(f"{name}: {len(training)} images to learn from")
    settings = request.preset.preprocess
    images = {part: load(files, settings) for part, files in parts.items()}
    first = next(iter(images.values()))
    options = TrainOptions(request.run_dir / name.replace(" ", "_"), seed=request.seed)
    try:
        model = train(request.preset, load(training, settings), first, options, report=report)
    except ModelError as error:
        raise UnusableTrainingData(f"{error}.") from error
    rows = [measured(name, part, files, logits(model, images[part].images)) for part, files in parts.items()]
    return int(model.count_params()), rows


def measured(name: str, part: str, files: Sequence[LabelledFile], logit: NDArray[np.float32]) -> Row:
    """One row; the seed has no calibration, so its sigmoid is taken as it is."""
    from models.copies import measure_copies

    originals = [file.group or file.path.name for file in files]
    fractured = np.array([file.fractured for file in files], np.float64)
    figures = measure_copies(1 / (1 + np.exp(-logit.astype(np.float64))), fractured, originals)
    return Row(name, part, len(files), len(set(originals)), figures["accuracy"], figures["auroc"])


def epochs_told(run_dir: Path) -> tuple[float, float]:
    """Training accuracy of the first and of the last epoch, from the run's history."""
    told = {row["epoch"]: row["binary_accuracy"] for row in read_history(run_dir)}
    return told[min(told)], told[max(told)]


def as_markdown(done: Leak) -> str:
    """The result as a table, its headline above it."""
    head = (
        f"{done.parameters / 1e6:.2f}M parameters; training accuracy {100 * done.first_epoch:.1f}% in the first epoch, "
        f"{100 * done.last_epoch:.1f}% in the last."
    )
    lines = ["| training | measured on | images (originals) | accuracy | AUROC |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.training} | {row.measured_on} | {row.images:,} ({row.originals:,}) | {row.accuracy} | {row.auroc} |"
        for row in done.rows
    ]
    return "\n".join([head, "", *lines])
