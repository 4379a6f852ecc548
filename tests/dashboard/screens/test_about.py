"""About: intended use, and the network's facts."""

import pytest

from core.services.network import Measure, NetworkFacts
from core.services.site import Site
from dashboard import resources, wording
from dashboard.screens.about import interval, measured, operating_points
from tests.dashboard.conftest import Screen, texts

FACTS = NetworkFacts(
    bundle="net-12345678", preset="net", doubt=0.15, fracture=0.5, body_regions=("hand", "leg"), views=(),
    measures=(Measure("test", "auroc", 0.912, 0.881, 0.943), Measure("test", "images", 605.0)),
    training={"seed": "1"}, licence="Apache-2.0",
)  # fmt: skip


def test_it_says_what_it_is_not(screen: Screen, site: Site) -> None:
    test = screen("about", site)
    assert wording.STANDING_LINE in texts(test)
    assert "does not exclude a fracture" in texts(test)


def test_the_networks_facts_are_shown(screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    test = screen("about", site)
    assert wording.NETWORK_LOADING in texts(test)
    monkeypatch.setattr(resources, "network", lambda: FACTS)
    test.run()
    assert "net-12345678" in texts(test)
    assert not test.exception


def test_both_thresholds_and_the_limits_are_named() -> None:
    told = operating_points(FACTS)
    assert "below 15%" in told
    assert "from 50%" in told
    assert "hand, leg" in told
    assert "Views: not stated" in told


def test_measures_show_their_interval() -> None:
    assert [interval(each) for each in FACTS.measures] == ["0.881–0.943", ""]
    assert measured(FACTS.measures).values.tolist() == [["AUROC", "0.912", "0.881–0.943"]]
