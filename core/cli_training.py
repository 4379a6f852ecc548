"""Cli training: the commands that make and measure a network."""

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli_output import check_file, check_folder, hushed, tell, writing
from core.errors import LucencyError, RequestError, UnusableTrainingData
from core.settings import Settings

if TYPE_CHECKING:
    from core.services.evaluate import Evaluation
    from core.services.train import TrainRequest
    from models.predictor import Predictor

DATA_HELP = "labelled images: see core/services/labelled.py"


def train_arguments(to: argparse.ArgumentParser) -> None:
    """What to learn from, which network, and where the bundle goes."""
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help=DATA_HELP)
    to.add_argument("--preset", metavar="NAME", default="efficientnetv2_b0", help="a row of models/presets.py")
    to.add_argument("--out", metavar="DIR", type=Path, help="folder of the bundle to write")
    to.add_argument("--run-dir", metavar="DIR", type=Path, help="checkpoints; a killed run goes on from them")
    to.add_argument("--seed", type=int, default=0)
    to.add_argument(
        "--from", dest="start", metavar="BUNDLE", type=Path, help="start with its weights: the recipe's last round"
    )
    to.add_argument("--epochs", type=int, help="instead of the preset's own, all at its full input side")
    shared = "with --from: learn from val too, in so many parts, each answered before it is learned from"
    to.add_argument("--cross-fit", dest="parts", metavar="PARTS", type=int, default=0, help=shared)
    to.add_argument("--no-gate", action="store_true", help="leave the input gate out: for networks only compared")
    to.add_argument("--no-report", action="store_true", help="leave out the page of what was learned")
    precisions = ("float32", "mixed_bfloat16", "mixed_float16", "auto")
    to.add_argument("--precision", choices=precisions, default="float32", help="auto: what the GPUs are fast at")
    to.add_argument("--check", action="store_true", help="only tell what is wrong with the images; nothing is written")
    to.add_argument("--json", action="store_true", help="with --check: what was found, as one JSON object")
    accept = "errors of the check that shall not stop the training"
    to.add_argument("--accept", metavar="WORD", nargs="+", action="extend", default=[], help=accept)


def train_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Train a preset, calibrate it on the validation split, write the bundle. Or only look at the images."""
    known_words(chosen.accept)
    if chosen.check:
        return check_data(chosen)
    if chosen.out is None:
        raise RequestError("A training needs --out, the folder of the bundle to write.")
    if chosen.parts and (chosen.parts < 2 or chosen.start is None):
        raise RequestError("--cross-fit needs two parts or more, and --from: only networks of one origin have a mean.")
    run_dir = chosen.run_dir or Path("runs") / chosen.preset
    check_folder(chosen.out, "--out")
    check_folder(run_dir, "--run-dir")
    with hushed():
        from core.services.train import TrainRequest, train_bundle

    request = TrainRequest(
        data=chosen.data,
        preset=chosen.preset,
        run_dir=run_dir,
        out=chosen.out,
        seed=chosen.seed,
        epochs=chosen.epochs,
        start=chosen.start,
        parts=chosen.parts,
        gate=not chosen.no_gate,
        accept=frozenset(chosen.accept),
        precision=chosen.precision,
    )
    card = train_bundle(settings, request, report=tell)
    if not chosen.no_report:
        report_training(request, settings)
    print(card.bundle_id)
    return 0


def known_words(words: Sequence[str]) -> None:
    """Raise RequestError for a word `--accept` does not know."""
    with hushed():
        from core.services.data_audit import ACCEPTABLE

    if unknown := sorted(set(words) - set(ACCEPTABLE)):
        raise RequestError(f"--accept does not know {', '.join(unknown)}. The words are {', '.join(ACCEPTABLE)}.")


def check_data(chosen: argparse.Namespace) -> int:
    """Print what the audit found; the exit status is 1 when it would stop a training."""
    with hushed():
        from core.services.train import known_preset
        from core.services.train_data import inspect

    known_preset(chosen.preset)
    found = inspect(chosen.data, seed=chosen.seed, report=tell).audit
    print(json.dumps(found.as_json()) if chosen.json else "\n".join(found.lines()))
    return int(bool(found.refused(chosen.accept)))


def report_training(request: "TrainRequest", settings: Settings) -> None:
    """The page of what was learned, beside the checkpoints. The bundle stands: a report that fails is only told."""
    from core.services.labelled import SPLIT_TABLE
    from core.services.report import measure_and_report

    divided = request.run_dir / SPLIT_TABLE
    data = divided if divided.exists() else request.data
    try:
        page = measure_and_report(
            request.out, data, request.run_dir / "report", split="val", limits=settings.limits, report=tell,
            run_dir=request.run_dir,
        )  # fmt: skip
        tell(f"report: {page}")
    except LucencyError as error:
        tell(f"No report: {error}")


def evaluate_arguments(to: argparse.ArgumentParser) -> None:
    """What to measure on, and where the predictions go."""
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help=DATA_HELP)
    to.add_argument("--split", default="test", choices=("train", "val", "test"))
    to.add_argument("--predictions", metavar="FILE", type=Path, help="write one CSV line an image")
    recorded = "put the figures and the evidence into the bundle; only of the data it was made with"
    to.add_argument("--record", action="store_true", help=recorded)
    to.add_argument(
        "--report", metavar="DIR", type=Path, help="write a folder with an HTML page of all that was measured"
    )
    to.add_argument("--run-dir", metavar="DIR", type=Path, help="the training run whose curves the page shows")
    to.add_argument("--most", metavar="N", type=int, help="only the first N images, for a quick look")
    to.add_argument("--json", action="store_true", help="the figures as one JSON object")


def evaluate_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Measure the bundle in the settings on a labelled split."""
    with hushed():
        from core.services.evaluate import evaluate, write_predictions
        from core.services.site import load_predictor

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if chosen.record and chosen.most:
        raise UnusableTrainingData("A part of a split is no measurement of it. Leave --most out, or --record.")
    check_file(chosen.predictions, "--predictions")
    check_folder(chosen.report, "--report")
    with hushed():
        predictor = load_predictor(settings.bundle)
    done = evaluate(
        predictor, chosen.data, split=chosen.split, limits=settings.limits, report=tell, most=chosen.most,
        to_record=chosen.record,
    )  # fmt: skip
    if chosen.predictions:
        with writing("--predictions"):
            write_predictions(chosen.predictions, done.measured)
    if chosen.record or chosen.report:
        put_down(chosen, settings, done, predictor)
    head = {"bundle": done.bundle, "split": done.split, "images": len(done.measured), "fractured": done.fractured}
    if chosen.json:
        print(json.dumps(head | {name: [one.value, one.low, one.high] for name, one in done.figures.items()}))
    else:
        print("\n".join(f"{name:<24} {value}" for name, value in {**head, **done.figures}.items()))
    return 0


def put_down(chosen: argparse.Namespace, settings: Settings, done: "Evaluation", predictor: "Predictor") -> None:
    """Gather the evidence; put it into the bundle and into the report's folder, as asked."""
    from core.services.evaluate import record
    from core.services.evidence import gather
    from core.services.report import write_report

    evidence = gather(done, predictor, settings.bundle, report=tell)
    if chosen.record:
        record(settings.bundle, done, evidence)
    if chosen.report:
        page = write_report(chosen.report, done, evidence, predictor, run_dir=chosen.run_dir)
        tell(f"report: {page}")


def gate_arguments(to: argparse.ArgumentParser) -> None:
    """What the gate is fitted on."""
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help="the images the bundle was trained on")


def gate_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Fit the gate of the bundle in the settings anew; its weights stay."""
    with hushed():
        from core.services.gate import refit_gate

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    print(refit_gate(settings.bundle, chosen.data, report=tell).gate_sha256)
    return 0
