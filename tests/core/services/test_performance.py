"""Every network of the site is told of once, with what was measured of its own weights."""

from pathlib import Path

import pytest

from core.errors import BundleUnavailable
from core.services.performance import KEPT, SHIPPED, known_bundles, performance
from core.settings import Settings
from models.bundle_card import read_card
from tests.core.services.measurements import card, write_measured


def test_the_network_in_use_comes_first_and_each_once(tmp_path: Path) -> None:
    own = write_measured(tmp_path / "data" / KEPT / "ours")
    (tmp_path / "data" / KEPT / "empty").mkdir()
    settings = Settings(data_dir=tmp_path / "data", bundle=own)
    known = known_bundles(settings)
    assert [(one.bundle, one.in_use) for one in known] == [
        (card().bundle_id, True),
        (read_card(SHIPPED).bundle_id, False),
    ]


def test_a_missing_network_leaves_the_others(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, bundle=tmp_path / "nothing")
    assert [one.folder for one in known_bundles(settings)] == [SHIPPED]


def test_evidence_of_the_same_weights_is_found(tmp_path: Path) -> None:
    held = performance(write_measured(tmp_path, "test", "val"))
    assert set(held.evidence) == {"test", "val"}
    assert held.evidence["test"]["images"] == 120


def test_damaged_evidence_says_what_to_do(tmp_path: Path) -> None:
    (write_measured(tmp_path) / "evidence.json").write_text("{")
    with pytest.raises(BundleUnavailable, match="--record"):
        performance(tmp_path)
