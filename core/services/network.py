"""Network: the facts about the bundle in use that a reader should know: operating points, quality, limits.

And the fact itself that it is in use, as an event with its audit entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.services.site import Site
from core.store import audit, networks, summaries

if TYPE_CHECKING:
    from models.bundle import BundleCard

STEP = 100
"""Summaries derived anew in one transaction after a change: whoever signs meanwhile waits for no more."""
PAUSE_SECONDS = 0.01
"""Between two of those, so that who waits for her turn gets it."""


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


def use_network(site: Site, *, actor: str) -> None:
    """Enter that this site's network is in use from here on, unless it is, and derive anew what changes with it.

    `actor` is who brought it: the server, or the command line. Loads the network on the first call. What a process left
    that ended within is done by the next call. Raises BundleUnavailable, StoreUnavailable.
    """
    bundle = site.predictor.bundle_id
    with site.database.reading() as session:
        known = networks.in_use(session) == bundle
    if not known:
        with site.database.session() as session:
            if networks.use(session, bundle, actor=actor, at=site.clock()):
                subject = f"bundle:{bundle}"
                audit.append(session, at=site.clock(), actor=actor, action="network", subject=subject, outcome="in use")
    while renew_some(site) and not site.closing.wait(PAUSE_SECONDS):
        pass


def renew_some(site: Site) -> bool:
    """Derive some of the summaries anew that are marked stale; whether there were any."""
    with site.database.reading() as session:
        keys = summaries.stale(session, limit=STEP)
    if keys:
        with site.database.session() as session:
            summaries.refresh(session, *keys)
    return bool(keys)


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
