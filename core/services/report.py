"""Report: writes one private folder that tells all that was measured: evidence.json, predictions.csv, report.html."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UnusableTrainingData
from core.exchange.evaluation_page import Content, as_html
from core.services.evaluate import Evaluation, evaluate, write_predictions
from core.services.evidence import Part, gather
from core.services.gallery import galleries
from core.services.site import load_predictor
from core.settings import Limits
from models.history import read_history
from models.tell import Tell
from models.whole import private_folder, whole

if TYPE_CHECKING:
    from models.predictor import Predictor

PAGE, PREDICTIONS = "report.html", "predictions.csv"


def measure_and_report(
    bundle: Path, data: Path, target: Path, *, split: str, limits: Limits, report: Tell, run_dir: Path | None = None
) -> Path:
    """Measure a bundle on a split, write the folder and return the page.

    Raises UnusableTrainingData and BundleUnavailable.
    """
    predictor = load_predictor(bundle)
    done = evaluate(predictor, data, split=split, limits=limits, report=report)
    return write_report(target, done, gather(done, predictor, bundle, report=report), predictor, run_dir=run_dir)


def write_report(
    target: Path, done: Evaluation, evidence: Part, predictor: "Predictor", *, run_dir: Path | None = None
) -> Path:
    """Write the folder and return the page. Raises UnusableTrainingData when it cannot be written."""
    from models.evidence import write_evidence

    content = Content(
        title=f"{done.bundle} on {done.split}",
        evidence=evidence,
        galleries=galleries(done.measured, predictor),
        history=history(run_dir),
    )
    try:
        private_folder(target)
        write_predictions(target / PREDICTIONS, done.measured)
        write_evidence(target, done.bundle, {done.split: evidence})
        with whole(target / PAGE) as draft:
            draft.write_text(as_html(content), encoding="utf-8")
    except OSError as error:
        raise UnusableTrainingData(
            f"The report cannot be written ({error.strerror}). Choose another folder."
        ) from error
    return target / PAGE


def history(run_dir: Path | None) -> Mapping[str, list[float]] | None:
    """The training curves of a run as columns, where its folder holds them."""
    rows = read_history(run_dir) if run_dir else []
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row[name] for row in rows if name in row] for name in names} or None
