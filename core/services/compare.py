"""Compare: measures several bundles on the same labelled images, in one table."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import IntakeError, UnusableTrainingData
from core.intake.grayscale import tone
from core.intake.reader import load
from core.intake.sandbox import Sandbox
from core.services.asking import in_order
from core.services.evaluate import check_both_classes, check_unseen
from core.services.labelled import LabelledFile, choose_split, labelled_files
from core.services.unavailable import unavailable
from core.settings import Limits
from models.preprocess import PreprocessSettings, prepare
from models.tell import Tell
from models.whole import private_folder, whole

if TYPE_CHECKING:
    from models.bundle import BundleCard
    from models.evaluate import Estimate

Inputs = dict[PreprocessSettings, NDArray[np.uint8]]
"""Network inputs `(n, side, side)` of the same images, for each way to prepare them."""
WORKERS = 2
"""Threads: while one waits for the decoding worker, the other prepares what came out of it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One network of the table."""

    bundle: str
    preset: str
    side: int
    epochs: int
    """0 when the card does not tell."""
    parameters: int
    figures: "Mapping[str, Estimate]"
    images_per_second: float


@dataclass(frozen=True, slots=True, eq=False)
class Entrant:
    """A bundle on its way into the table."""

    folder: Path
    card: "BundleCard"
    kept: Path | None
    """Where its predictions are kept between runs."""

    @property
    def answered(self) -> Path | None:
        """Its predictions of an earlier run, if there are any."""
        return self.kept if self.kept is not None and self.kept.is_file() else None


def compare(
    bundles: Sequence[Path],
    data: Path,
    *,
    split: str,
    limits: Limits,
    report: Tell,
    predictions: Path | None = None,
    rounds: int | None = None,
    replicates: int | None = None,
) -> tuple[Compared, ...]:
    """One row a bundle, in their order. Each image is decoded once, in the sandbox, and prepared for every bundle.

    `predictions`: folder that keeps one CSV a bundle; what is found there is not asked again as long as weights,
    calibration and images are the same. `rounds` of timing and `replicates` of the bootstrap: None for as many as the
    models' own modules say. Raises UnusableTrainingData, BundleUnavailable.
    """
    files = choose_split(labelled_files(data), split)
    check_both_classes(files, split)
    entrants = [entrant(folder, files, predictions) for folder in bundles]
    for one in entrants:
        check_unseen(one.card, split)
    inputs = inputs_for(
        {one.card.preprocess for one in entrants if not one.answered}, files, limits=limits, report=report
    )
    said = [probabilities(one, files, inputs, report) for one in entrants]
    speeds = side_by_side(entrants, rounds, report)
    report("drawing the intervals")
    fractured = np.array([file.fractured for file in files], np.float64)
    return tuple(row(*each, fractured, replicates) for each in zip(entrants, said, speeds, strict=True))


def entrant(folder: Path, files: Sequence[LabelledFile], predictions: Path | None) -> Entrant:
    """The bundle in this folder. Raises BundleUnavailable."""
    from models.bundle import read_card

    with unavailable(f"{folder.name} cannot be loaded"):
        card = read_card(folder)
    kept = predictions / f"{card.bundle_id}-{digest(card, files)[:8]}.csv" if predictions else None
    return Entrant(folder, card, kept)


def digest(card: "BundleCard", files: Sequence[LabelledFile]) -> str:
    """sha256 over all that a bundle's predictions depend on: weights, calibration, preparation, images and labels."""
    images = [(file.path.name, file.fractured, file.path.stat().st_size) for file in files]
    scale = (card.calibration.scale, card.calibration.bias)
    facts = [card.weights_sha256, scale, card.preprocess.to_json(), images]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def inputs_for(
    settings: set[PreprocessSettings], files: Sequence[LabelledFile], *, limits: Limits, report: Tell
) -> Inputs:
    """Every image as each of the settings makes it; nothing is read when there are none.

    Raises UnusableTrainingData naming an image that cannot be read.
    """
    if not settings:
        return {}
    ways = sorted(settings, key=repr)
    with Sandbox(limits) as sandbox, ThreadPoolExecutor(WORKERS) as pool:
        rows = in_order(pool, partial(prepared, sandbox, ways, limits), files, ahead=2 * WORKERS)
        columns = zip(*counted(rows, len(files), report), strict=True)
        return {way: np.stack(column) for way, column in zip(ways, columns, strict=True)}


def prepared(
    sandbox: Sandbox, ways: Sequence[PreprocessSettings], limits: Limits, file: LabelledFile
) -> list[NDArray[np.uint8]]:
    """One image, decoded once, as a network input for each of the settings."""
    try:
        frame = sandbox.read_frames(load(file.path, limits=limits))[0]
    except IntakeError as error:
        raise UnusableTrainingData(f"{file.path.name} cannot be read: {error}") from error
    return [prepare(frame.pixels, way, tone(frame), aspect=frame.aspect).image for way in ways]


def counted(rows: Iterable[Any], count: int, report: Tell) -> Iterator[Any]:
    """The same rows, telling every hundredth."""
    for number, each in enumerate(rows, start=1):
        if number % 100 == 0:
            report(f"{number} of {count} images read")
        yield each


def probabilities(one: Entrant, files: Sequence[LabelledFile], inputs: Inputs, report: Tell) -> NDArray[np.float64]:
    """What the bundle says of each file: from its kept predictions, or from the network."""
    if one.answered:
        report(f"{one.card.bundle_id}: predictions of an earlier run")
        with one.answered.open(newline="", encoding="utf-8") as lines:
            return np.array([float(line["probability"]) for line in csv.DictReader(lines)])
    from models.throughput import logits

    report(f"{one.card.bundle_id}: asked about {len(files)} images")
    said = one.card.calibration.probability(logits(loaded(one), inputs[one.card.preprocess]))
    if one.kept is not None:
        keep(one.kept, files, said)
    return said


def keep(target: Path, files: Sequence[LabelledFile], said: NDArray[np.float64]) -> None:
    """Write one line an image, all or none."""
    private_folder(target.parent)
    with whole(target) as draft, draft.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "probability"))
        writer.writerows(
            (file.path.name, int(file.fractured), repr(float(one))) for file, one in zip(files, said, strict=True)
        )


def loaded(one: Entrant) -> Any:
    """The network of the bundle. Raises BundleUnavailable."""
    from models.bundle import load_model

    with unavailable(f"{one.folder.name} cannot be loaded"):
        return load_model(one.folder, one.card)


def side_by_side(entrants: Sequence[Entrant], rounds: int | None, report: Tell) -> list[tuple[int, float]]:
    """Parameters of each network, and images a second of its bare forward pass; 0 when `rounds` is 0."""
    from models.throughput import BATCH, ROUNDS, bare, images_per_second

    report("timing the forward passes in turns")
    networks = [loaded(one) for one in entrants]
    noise = np.random.default_rng(0).integers(0, 256, (BATCH, *[max(one.card.preprocess.size for one in entrants)] * 2))
    calls = {}
    for number, (one, network) in enumerate(zip(entrants, networks, strict=True)):
        side = one.card.preprocess.size
        calls[str(number)] = partial(bare(network), noise[:, :side, :side].astype(np.uint8))
    speeds = images_per_second(calls, rounds=ROUNDS if rounds is None else rounds) if rounds != 0 else {}
    return [(int(n.count_params()), speeds.get(str(number), 0.0)) for number, n in enumerate(networks)]


def row(
    one: Entrant,
    said: NDArray[np.float64],
    size_and_speed: tuple[int, float],
    fractured: NDArray[np.float64],
    replicates: int | None,
) -> Compared:
    """One line of the table."""
    from models.evaluate import REPLICATES, measure

    return Compared(
        bundle=one.card.bundle_id,
        preset=one.card.preset,
        side=one.card.preprocess.size,
        epochs=epochs_of(one.card),
        parameters=size_and_speed[0],
        figures=measure(said, fractured, one.card.thresholds, replicates=replicates or REPLICATES),
        images_per_second=size_and_speed[1],
    )


def epochs_of(card: "BundleCard") -> int:
    """Epochs over all stages of the recipe; older cards write a stage as (side, epochs)."""
    stages = card.training.get("recipe", {}).get("stages", [])
    return sum(int(stage["epochs"] if isinstance(stage, Mapping) else stage[1]) for stage in stages)


COLUMNS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "brier": "Brier",
    "ece": "ECE",
}
"""Figure -> its title in the table."""


def as_markdown(rows: Sequence[Compared]) -> str:
    """The table; figures with their 95% intervals, without the leading zero."""
    titles = ["network", "input", "epochs", "parameters", *COLUMNS.values(), "images/s"]
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return "\n".join([*lines, *(f"| {' | '.join(cells(one))} |" for one in rows)])


def cells(one: Compared) -> list[str]:
    """The cells of one line."""
    size = f"{one.parameters / 1e6:.2f}M"
    speed = f"{one.images_per_second:.0f}" if one.images_per_second else ""
    figures = [in_short(one.figures[name]) for name in COLUMNS]
    return [f"`{one.preset}`", str(one.side), str(one.epochs or ""), size, *figures, speed]


def in_short(one: "Estimate") -> str:
    """`.935 [.907, .960]`."""
    value, low, high = (f"{number:.3f}".removeprefix("0") for number in (one.value, one.low, one.high))
    return f"{value} [{low}, {high}]"
