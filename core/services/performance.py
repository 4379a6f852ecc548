"""Performance: what was measured of each network this site knows: in use, shipped, or kept in its data folder.

`evidence_words` names and tabulates it, as the card and the report do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BundleUnavailable
from core.services.unavailable import unavailable
from core.settings import PROJECT_ROOT, Settings
from models import evidence_words

__all__ = ["KnownBundle", "Performance", "evidence_words", "known_bundles", "performance"]

Part = Mapping[str, Any]
SHIPPED = PROJECT_ROOT / "models" / "shipped"
KEPT = "bundles"
"""Folder of the data folder whose folders are bundles: networks trained or fetched by this site."""


@dataclass(frozen=True, slots=True)
class KnownBundle:
    """One network of this site."""

    bundle: str
    """Its id: preset and the first digits of the weights' sha256."""
    folder: Path
    in_use: bool


@dataclass(frozen=True, slots=True)
class Performance:
    """What is known of one network's quality."""

    bundle: str
    evidence: Mapping[str, Part]
    """Split -> its part, as `models.evidence` tells it; empty when it was never recorded for these weights."""
    figures: Mapping[str, Mapping[str, tuple[float, ...]]]
    """Split -> name -> value, low, high, from the card; there even without evidence."""


def known_bundles(settings: Settings) -> list[KnownBundle]:
    """Every network that is there, the one in use first; each once. A folder without a readable card is left out."""
    found: dict[str, KnownBundle] = {}
    for folder in _folders(settings):
        try:
            bundle = _card(folder).bundle_id
        except BundleUnavailable:
            continue
        found.setdefault(bundle, KnownBundle(bundle, folder, in_use=folder == settings.bundle))
    return list(found.values())


def performance(folder: Path) -> Performance:
    """What was measured of the bundle in this folder. Raises BundleUnavailable when it cannot be read."""
    from models.evidence import read_evidence

    card = _card(folder)
    with unavailable("What was measured cannot be shown"):
        evidence = read_evidence(folder, card.bundle_id)
    figures = {
        split: {name: tuple(value) for name, value in held.items() if isinstance(value, list) and len(value) == 3}
        for split, held in card.metrics.items()
    }
    return Performance(card.bundle_id, evidence, figures)


def _folders(settings: Settings) -> Iterator[Path]:
    yield settings.bundle
    yield SHIPPED
    kept = settings.data_dir / KEPT
    if kept.is_dir():
        yield from sorted(path for path in kept.iterdir() if path.is_dir())


def _card(folder: Path) -> Any:
    from models.bundle_card import read_card

    with unavailable("The network cannot be described"):
        return read_card(folder)
