"""Network: the facts about the bundle in use that a reader should know: operating points, quality, limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.services.site import Site

if TYPE_CHECKING:
    from models.bundle import BundleCard


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured quality on one split, with its 95% interval where the card gives one."""

    split: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What the bundle says of itself."""

    bundle: str
    preset: str
    doubt: float
    """Probability from which on the answer is `doubt`."""
    fracture: float
    """Probability from which on the answer is `fracture`."""
    body_regions: tuple[str, ...]
    """What it was trained and measured on, as the card names it; empty when the card does not say."""
    views: tuple[str, ...]
    measures: tuple[Measure, ...]
    training: Mapping[str, str]
    licence: str


def network_facts(site: Site) -> NetworkFacts:
    """The facts of the bundle in use. Raises BundleUnavailable. Loads the network on the first call."""
    card: BundleCard = site.predictor.card
    return NetworkFacts(
        bundle=card.bundle_id,
        preset=card.preset,
        doubt=card.thresholds.doubt,
        fracture=card.thresholds.fracture,
        body_regions=tuple(card.intended_use.get("region", ())),
        views=tuple(card.intended_use.get("view", ())),
        measures=tuple(_measures(card.metrics)),
        training={name: str(value) for name, value in card.training.items() if not isinstance(value, (dict, list))},
        licence=card.licence,
    )


def _measures(metrics: Mapping[str, object]) -> list[Measure]:
    splits = [(split, values) for split, values in metrics.items() if isinstance(values, Mapping)]
    found = [_measure(split, name, value) for split, values in splits for name, value in values.items()]
    return [measure for measure in found if measure]


def _measure(split: str, name: str, value: object) -> Measure | None:
    listed = value if isinstance(value, (list, tuple)) else [value]
    numbers = [float(number) for number in listed if isinstance(number, (int, float))]
    if not numbers or len(numbers) != len(listed):
        return None
    low, high = numbers[1:] if len(numbers) == 3 else (None, None)
    return Measure(split, name, numbers[0], low, high)
