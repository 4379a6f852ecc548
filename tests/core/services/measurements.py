"""Measurements: what a network might have said of a split of drawn images, gathered by the product's own code."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.services import evidence
from core.services.evaluate import Measured
from core.services.labelled import LabelledFile
from core.services.read import FileReading
from models.bundle_card import BundleCard, write_card
from models.calibrate import Calibration, Thresholds
from models.evaluate import measure
from models.evidence import write_evidence
from models.localise import Pointed, scores_by_part
from models.presets import find
from models.randomise import Step

THRESHOLDS = Thresholds(0.3, 0.7)
BOX = (40.0, 40.0, 60.0, 60.0)


def measured(count: int = 120) -> list[Measured]:
    """Legs and hands, every third fractured, one in eight with hardware; the fractured ones mostly score higher."""
    random = np.random.default_rng(0)
    return [
        one(number, float(np.clip(random.normal(0.65 if number % 3 == 0 else 0.2, 0.25), 0, 1)))
        for number in range(count)
    ]


def one(number: int, probability: float) -> Measured:
    """One image and its reading."""
    fractured, region = number % 3 == 0, ("leg", "hand")[number % 2]
    traits = {"region": region, "view": "frontal", "hardware": "01"[number % 8 == 0], "width": "400", "height": "800"}
    file = LabelledFile(
        Path(f"drawn-{number}.png"), fractured, "test", boxes=(BOX,) if fractured else (), traits=traits
    )
    answer = THRESHOLDS.answer(probability)
    return Measured(
        file, FileReading(file.path.name, 1, "0" * 64, probability=probability, answer=answer, peak=(50, 50)), answer
    )


def card() -> BundleCard:
    """The card of a network that has no weights."""
    preset = find("seed_a")
    return BundleCard(preset.name, "0123456789abcdef", preset.preprocess, Calibration(), THRESHOLDS)


@cache
def part(split: str = "test") -> dict[str, Any]:
    """The evidence of one split, gathered once; not to be changed."""
    said = measured()
    probability, fractured = evidence.arrays(said)
    figures = measure(probability, fractured, THRESHOLDS, replicates=50)
    return {
        "split": split,
        "images": len(said),
        "fractured": int(fractured.sum()),
        "outside": 2,
        "figures": {name: evidence.listed(value) for name, value in figures.items()},
        **evidence.curves(probability, fractured),
        **evidence.decisions(probability, fractured, card()),
        "subgroups": evidence.subgroups(said, card()),
        "failures": evidence.failures(said),
        "localisation": localisation(),
        "randomisation": [asdict(step) for step in (Step(0, 9, 1.0), Step(4, 9, 0.2), Step(9, 9, 0.01))],
    }


def localisation() -> dict[str, Any]:
    """One way hits its two fractures, the other hits one of them."""
    held = {way: scores_by_part(pointed(peaks)) for way, peaks in (("linear", (50, 50)), ("gradient", (50, 90)))}
    listed = {
        way: {part: {name: evidence.listed(value) for name, value in scores.items()} for part, scores in parts.items()}
        for way, parts in held.items()
    }
    return {**listed, "counts": {"all": 2, "large": 2, "fracture": 2}}


def pointed(peaks: Sequence[float]) -> list[Pointed]:
    """One map for each peak, all heat in the box."""
    heat = np.zeros((10, 10), np.float32)
    heat[4:6, 4:6] = 1
    box = np.array([BOX])
    return [Pointed((at, at), box, heat, box, 100, 100, "fracture") for at in peaks]


def write_measured(folder: Path, *splits: str) -> Path:
    """A bundle's card with this evidence beside it, without weights."""
    folder.mkdir(parents=True, exist_ok=True)
    write_card(folder, card())
    if splits:
        write_evidence(folder, card().bundle_id, {split: part() | {"split": split} for split in splits})
    return folder
