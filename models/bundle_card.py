"""Bundle card: `bundle.json`, what is known of a bundle without loading its network: no Keras is imported here."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.calibrate import Calibration, Thresholds
from models.errors import BundleError
from models.preprocess import PreprocessSettings
from models.whole import whole

FORMAT = 1
CARD = "bundle.json"


@dataclass(frozen=True, slots=True)
class BundleCard:
    """`bundle.json`: what the weights alone do not tell."""

    preset: str
    weights_sha256: str
    preprocess: PreprocessSettings
    calibration: Calibration
    thresholds: Thresholds
    heat_full: float = 1.0
    """Value of a cell that is shown as full heat (1.0)."""
    region_level: float = 0.5
    """Heat, 0..1, from which on connected cells make a region."""
    intended_use: dict[str, list[str]] = field(default_factory=dict)
    """`region` and `view` that at least 50 of its training images have; its evidence tells how many were measured."""
    training: dict[str, Any] = field(default_factory=dict)
    """Data, its sha256, split, seed, stages, versions."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Per split: name -> [value, low, high] of a 95% interval, and counts."""
    licence: str = "Apache-2.0"
    gate_sha256: str = ""
    """Of `gate.npz`; empty for a bundle that takes every image."""

    def __post_init__(self) -> None:
        """Raise ValueError, or TypeError, for an entry of another kind or outside of its range."""
        texts = (self.preset, self.weights_sha256, self.licence, self.gate_sha256)
        tables = (self.intended_use, self.training, self.metrics)
        if not all(isinstance(one, str) for one in texts) or not all(isinstance(one, dict) for one in tables):
            raise TypeError("an entry is of another kind")
        if not (0 < self.heat_full < math.inf and 0 <= self.region_level <= 1):
            raise ValueError("heat_full must be positive and region_level between 0 and 1")

    @property
    def bundle_id(self) -> str:
        """Preset and the first eight digits of the weights' sha256."""
        return f"{self.preset}-{self.weights_sha256[:8]}"


def write_card(folder: Path, card: BundleCard) -> None:
    """Write `bundle.json` alone."""
    text = json.dumps({"format": FORMAT, **asdict(card)}, indent=2, sort_keys=True)
    with whole(folder / CARD) as draft:
        draft.write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> BundleCard:
    """The card of a bundle. Raises BundleError when it is missing, of another format, or misstates an entry."""
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError("no readable bundle.json there; point LUCENCY_BUNDLE at a bundle's folder") from error
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise BundleError(f"this bundle has another format than {FORMAT}; train or fetch one of this version")
    try:
        return _card(values)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError("bundle.json lacks or misstates an entry; fetch the bundle again") from error


def _card(values: dict[str, Any]) -> BundleCard:
    return BundleCard(
        **{
            **values,
            "preprocess": PreprocessSettings.from_json(values["preprocess"]),
            "calibration": Calibration(**values["calibration"]),
            "thresholds": Thresholds(**values["thresholds"]),
        }
    )
