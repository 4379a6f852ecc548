"""Card: writes a bundle's MODEL_CARD.md out of its bundle.json (Mitchell 2019)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.bundle import BundleCard
from models.card_evidence import evidence_sections
from models.evidence import Part, read_evidence
from models.evidence_words import FIGURES, number
from models.presets import PRESETS
from models.whole import whole

NAME = "MODEL_CARD.md"
NOTHING: Mapping[str, Part] = MappingProxyType({})


def write(folder: Path, card: BundleCard) -> None:
    """Write MODEL_CARD.md beside the weights, with the evidence recorded there."""
    with whole(folder / NAME) as draft:
        draft.write_text(markdown(card, read_evidence(folder, card.bundle_id)), encoding="utf-8")


def markdown(card: BundleCard, evidence: Mapping[str, Part] = NOTHING) -> str:
    """The whole card; `evidence` is split -> its part, as `models.evidence` reads them."""
    source = PRESETS[card.preset].source if card.preset in PRESETS else card.preset
    parts = [
        f"# {card.bundle_id}",
        "For research use only: not a medical device. It must not guide the care of a patient.",
        f"Network: {source}. Weights: sha256 `{card.weights_sha256}`, {card.licence}.",
        "## What it is for\n\n" + "\n".join(_intended_use(card.intended_use)),
        "## What it learned from\n\n" + "\n".join(_training(card.training)),
        "## How the data were split\n\n" + _split(card.training.get("audit", {})),
        "## What it is worth\n\n" + "\n".join(_figures(card.metrics)),
        _answers(card),
        *([CROSS_FIT.format(parts=card.training["cross_fit"])] if card.training.get("cross_fit") else []),
        *evidence_sections(evidence),
        "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    return "\n\n".join(parts) + "\n"


APART = "Training, choosing (`val`) and measuring (`test`) share no group."
GROUPS = (
    "A group joins images that may show the same patient: in FracAtlas, blocks of neighbouring image numbers and all "
    "near-duplicates, mirrored ones too."
)
CONFLICTS = "Images whose near-duplicate carries the other label teach nothing."
REFUSES = "Training refuses data in which a group stands in two splits."
ACCEPTED = "The check of the data found what stops a training, and it was accepted by name: {faults}."
LEAKS = (
    "So training, choosing (`val`) and measuring (`test`) are not kept apart: what was learned from, or its like, may "
    "have been measured too, and the figures flatter."
)
CONTRADICTS = "Images that carry both labels were learned from or measured as they are."
ACROSS = frozenset({"duplicates_across_splits", "near_duplicates_across_splits", "overlapping_groups"})
"""Words of the data audit for what stands in two splits."""
CROSS_FIT = (
    "The last round was cross-fitted: `val` was dealt into {parts} parts by group, for each part a network learned the "
    "training images and the other parts, and the weights are the mean of all. Thresholds, calibration and the figures "
    "of `val` come from answers given before an image was learned from. Nothing of `test` was learned from."
)
LIMITS = (
    "Trained on limbs from three hospitals of one country; other scanners and populations are not measured here.",
    "One label an image, by consensus of two radiologists and an orthopaedist; no CT or follow-up behind it.",
    "No patient identifiers in the data: images of one patient may stand in two splits beyond the groups kept apart.",
    "Its gate turns away most of what does not look like the limbs it knows, not all; without gate.npz there is none.",
    "A none is no clearance: readers miss more fractures when an AI says none wrongly (Bernstein 2023).",
)


def _split(audit: Mapping[str, Any]) -> str:
    """What keeps the splits apart, as far as no finding was accepted that says otherwise."""
    accepted = audit.get("accepted", ())
    if not accepted:
        return " ".join((APART, GROUPS, CONFLICTS, REFUSES))
    found = audit.get("findings", {})
    told = ACCEPTED.format(faults=", ".join(f"{word} ({found.get(word, '?')})" for word in accepted))
    apart = (LEAKS,) if ACROSS & set(accepted) else (APART, GROUPS, REFUSES)
    return " ".join((told, *apart, CONTRADICTS if "label_conflicts" in accepted else CONFLICTS))


def _answers(card: BundleCard) -> str:
    low, high = card.thresholds.doubt, card.thresholds.fracture
    return (
        f"Answers: none below probability {low:.3f}, doubt from there, fracture from {high:.3f}; both thresholds and "
        "the calibration were chosen on the split `val`. “Doubtful or suspected” counts doubt and fracture as "
        "positive, “suspected only” counts fracture."
    )


def _intended_use(use: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield f"Plain radiographs of: {', '.join(use.get('region', ())) or 'not stated'}."
    yield f"Views: {', '.join(use.get('view', ())) or 'not stated'}."


LEARNED = ("data", "images", "fractured", "labels_sha256", "weights", "cross_fit", "seed", "recipe", "keras")
"""Entries of `training` that the card shows, in this order; then what the audit found."""


def _training(facts: Mapping[str, Any]) -> Iterator[str]:
    for name in LEARNED:
        if name in facts:
            yield f"- {name}: {_plain(facts[name])}"
    if "audit" in facts:
        yield f"- found by the check of the data: {_plain(facts['audit'].get('findings', {})) or 'nothing'}"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)


def _figures(metrics: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[str]:
    splits = sorted(metrics, reverse=True)  # val before test
    yield f"| figure [95% interval] | {' | '.join(splits)} |"
    yield f"|---|{'---|' * len(splits)}"
    for name, title in FIGURES.items():
        cells = [number(metrics[split][name]) if name in metrics[split] else "" for split in splits]
        if any(cells):
            yield f"| {title} | {' | '.join(cells)} |"
