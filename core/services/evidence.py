"""Evidence: gathers all that is known of a bundle on one split: figures, curves, subgroups, heat maps, failures.

What it returns is plain JSON, told in `models.evidence`: no image, no name of a file.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.services.evaluate import Evaluation, Measured, found_fractures
from core.services.labelled import LabelledFile, load
from core.services.look import look
from core.services.unavailable import unavailable
from models.evidence_words import TRAITS
from models.tell import Tell

if TYPE_CHECKING:
    from models.bundle import BundleCard
    from models.evaluate import Estimate
    from models.predictor import Predictor

Floats = NDArray[np.float64]
Part = dict[str, Any]

LARGE_IMAGE = 600
"""Pixels of the longer side: FracAtlas stands at about 450 pixels, or at 1,000 and more."""
RANDOMISED = 16
"""Images of the randomisation check."""
DECISION_STEPS = np.arange(0.01, 0.61, 0.01)
"""Threshold probabilities of the decision curve: from missing one fracture costs 99 callbacks to one and a half."""


def gather(done: Evaluation, predictor: "Predictor", bundle: Path, *, report: Tell) -> Part:
    """Everything but pictures. The found fractures are read again, with both ways to a map.

    `predictor` is what was measured, of the bundle in this folder. Raises BundleUnavailable.
    """
    card = predictor.card
    probability, fractured = arrays(done.measured)
    return {
        "split": done.split,
        "images": len(done.measured),
        "fractured": done.fractured,
        "outside": sum(one.reading.outside is not None for one in done.measured),
        "thresholds": asdict(card.thresholds),
        "calibration": asdict(card.calibration),
        "figures": {name: listed(one) for name, one in done.figures.items()},
        **curves(probability, fractured),
        **decisions(probability, fractured, card),
        "subgroups": subgroups(done.measured, card),
        "failures": failures(done.measured),
        "localisation": localisation(done.measured, predictor, report),
        "randomisation": randomisation(done.measured, bundle, card, report),
    }


def arrays(measured: Sequence[Measured]) -> tuple[Floats, Floats]:
    """Probabilities and labels, each `(n,)`."""
    probability = np.array([one.reading.probability for one in measured], np.float64)
    return probability, np.array([one.file.fractured for one in measured], np.float64)


def listed(one: "Estimate | None") -> list[float] | None:
    """Value, low, high."""
    return None if one is None else [one.value, one.low, one.high]


def curves(probability: Floats, fractured: Floats) -> Part:
    """ROC, precision and recall, reliability, net benefit."""
    from models import decision

    bins = decision.reliability(probability, fractured)
    return {
        "roc": decision.roc_points(probability, fractured),
        "precision_recall": decision.precision_recall_points(probability, fractured),
        "reliability": [{"count": b.count, "predicted": b.predicted, "observed": listed(b.observed)} for b in bins],
        "net_benefit": {
            "threshold": DECISION_STEPS.tolist(),
            "network": decision.net_benefit(probability, fractured, DECISION_STEPS).tolist(),
            "all": decision.net_benefit_of_all(float(fractured.mean()), DECISION_STEPS).tolist(),
        },
    }


def decisions(probability: Floats, fractured: Floats, card: "BundleCard") -> Part:
    """Confusion matrix and predictive values at both operating points."""
    from models import decision

    confusion, predictive = {}, {}
    for point, threshold in asdict(card.thresholds).items():
        held = decision.counts(probability, fractured, threshold)
        confusion[point] = asdict(held)
        values = [decision.predictive_values(held, share) for share in decision.PREVALENCES]
        predictive[point] = [
            {"prevalence": one.prevalence, "positive": listed(one.positive), "negative": listed(one.negative)}
            for one in values
        ]
    return {"confusion": confusion, "predictive_values": predictive}


def subgroups(measured: Sequence[Measured], card: "BundleCard") -> Part:
    """Trait -> rows; a trait the labels do not tell is left out."""
    from models.subgroups import rows

    probability, fractured = arrays(measured)
    found: Part = {}
    for name in TRAITS:
        values = [trait(one.file, name) for one in measured]
        held = rows(values, probability, fractured, card.thresholds) if any(values) else []
        if held:
            found[name] = [
                {key: listed(value) if key in FIGURES_OF_A_ROW else value for key, value in plain(row).items()}
                for row in held
            ]
    return found


FIGURES_OF_A_ROW = ("auroc", "sensitivity", "specificity", "sensitivity_at_fracture", "specificity_at_fracture")


def plain(row: object) -> dict[str, Any]:
    """A frozen record's entries, one level deep."""
    return {name: getattr(row, name) for name in row.__slots__}  # type: ignore[attr-defined]


def trait(file: LabelledFile, name: str) -> str:
    """What the labels say of an image, in one word; empty when they do not."""
    if name == "size":
        side = max(float(file.traits.get(side) or 0) for side in ("width", "height"))
        return "" if not side else "large" if side > LARGE_IMAGE else "small"
    value = file.traits.get(name, "")
    if name == "hardware":
        return {"0": "no", "1": "yes"}.get(value, value)
    return "several" if "|" in value else value


def failures(measured: Sequence[Measured]) -> Part:
    """How many fractures were missed and how many alarms were false, and what those images have in common."""
    return {
        "missed": told(missed(measured), [one for one in measured if one.file.fractured]),
        "false_alarms": told(false_alarms(measured), [one for one in measured if not one.file.fractured]),
    }


def missed(measured: Iterable[Measured]) -> list[Measured]:
    """Fractures the network itself answers `none` to, the surest first."""
    chosen = [one for one in measured if one.file.fractured and one.answer == "none"]
    return sorted(chosen, key=lambda one: one.reading.probability or 0.0)


def false_alarms(measured: Iterable[Measured]) -> list[Measured]:
    """Healthy images the network itself answers `fracture` to, the surest first."""
    chosen = [one for one in measured if not one.file.fractured and one.answer == "fracture"]
    return sorted(chosen, key=lambda one: -(one.reading.probability or 0.0))


def told(failed: Sequence[Measured], of: Sequence[Measured]) -> Part:
    """Counts, and per trait: value -> [failed, of]."""
    by: dict[str, dict[str, list[int]]] = {}
    for name in TRAITS:
        bad, all_of = (Counter(trait(one.file, name) for one in some) for some in (failed, of))
        by[name] = {value: [bad[value], count] for value, count in all_of.most_common() if value}
    return {"count": len(failed), "of": len(of), "by": {name: values for name, values in by.items() if values}}


def localisation(measured: Sequence[Measured], predictor: "Predictor", report: Tell) -> Part:
    """Way to the map -> part of the found fractures -> score; empty without boxes. Own map where there is one."""
    from models.gradcam import GRADIENT, LINEAR
    from models.localise import parts, scores_by_part

    found = found_fractures(measured)
    if not found:
        return {}
    files = [one.file for one in found]
    part: Part = {}
    by_gradient = predictor.by_gradient()
    ways = {LINEAR: predictor} if by_gradient.other_map else {}
    for way, shown in {**ways, GRADIENT: by_gradient}.items():
        report(f"looking where the {way} map points on {len(files)} found fractures")
        looked = look(shown, files)
        pointed = [seen.pointed(one.answer) for seen, one in zip(looked, found, strict=True)]
        by_part = scores_by_part(pointed)
        part[way] = {one: {name: listed(value) for name, value in held.items()} for one, held in by_part.items()}
        part["counts"] = {one: len(held) for one, held in parts(pointed).items()}
    return part


def randomisation(
    measured: Sequence[Measured], bundle: Path, card: "BundleCard", report: Tell
) -> list[Mapping[str, float]]:
    """The cascade on some found fractures, or on the first images where none was found.

    The network is loaded for it alone, because the cascade spoils it. Raises BundleUnavailable.
    """
    from models.bundle import load_model
    from models.randomise import cascade

    files = [one.file for one in (found_fractures(measured) or measured)][:RANDOMISED]
    report(f"randomising the network from the head down: {len(files)} images")
    with unavailable("The network cannot be loaded"):
        model = load_model(bundle, card)
    return [asdict(step) for step in cascade(model, load(files, card.preprocess).images)]
