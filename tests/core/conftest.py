"""Fixtures of core's tests: a small real bundle, a network that is none, and a site in a folder of its own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from core.services.decoder import Decoder
from core.services.site import LazyPredictor, Site
from core.settings import Settings
from models.bundle_card import BundleCard, write_card
from models.calibrate import Calibration, Thresholds
from models.preprocess import PreprocessSettings
from tests.sites import opened

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by one second at every look."""
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_a as a complete bundle: a real network, with answers of no value."""
    from models.presets import find
    from tests.models.bundles import untrained

    return untrained(tmp_path_factory.mktemp("bundle"), find("seed_a"))


@pytest.fixture(scope="session")
def network(bundle: Path) -> Iterator[LazyPredictor]:
    """The network of that bundle, loaded once for all tests that ask it."""
    shared = LazyPredictor(bundle)
    yield shared
    shared.close()


PRETENDED = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
import models.preprocess
from core.services.network_worker import Failed, Ready, receive, send
from models.prediction import Prediction

HEAT = np.zeros((8, 8), np.float32)
source, sink, started = sys.stdin.buffer, sys.stdout.buffer, os.path.join(sys.argv[2], "started")
open(started, "a").write("x")
starts = os.path.getsize(started)
{loading}
send(sink, Ready({name!r}))
while True:
    asked = receive(source)
    rows = [each.geometry.rows for each in asked]
    {asked}
    send(sink, [Prediction(*{said!r}, HEAT, (0, 0), ()) for _ in asked])
"""
Pretend = Callable[..., LazyPredictor]
"""`pretend(loading="", asked="")`: a network whose process also does this, in Python, before it is ready or answers.

`rows` then holds the heights of the images asked about, `starts` how many processes there were. `name` is its id,
`said` what it says of every image. With `folder` its bundle lies there, and every network opened from there is such a
one. Of several the last one made is started: let each load before the next is made.
"""


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretend]:
    """Makes networks that load at once, without TensorFlow, know nothing, and can fail in every way."""
    made: list[LazyPredictor] = []

    def network(
        *,
        loading: str = "",
        asked: str = "",
        folder: Path | None = None,
        name: str = "pretended",
        said: tuple[float, str] = (0.5, "doubt"),
    ) -> LazyPredictor:
        folder = folder or tmp_path / f"pretended-{len(made)}"
        folder.mkdir()
        write_card(folder, BundleCard("none", "", PreprocessSettings(64), Calibration(), Thresholds(0.3, 0.7)))
        started = PRETENDED.format(loading=loading, asked=asked, name=name, said=said)
        monkeypatch.setattr("core.services.remote_network._START", started)
        made.append(LazyPredictor(folder))
        return made[-1]

    yield network
    for each in made:
        each.close()


@pytest.fixture
def settings(tmp_path: Path, bundle: Path) -> Settings:
    """A site's choices: data in this test's folder."""
    return Settings(data_dir=tmp_path / "data", bundle=bundle)


@pytest.fixture
def empty_site(tmp_path: Path, migrated: Path, decoder: Decoder) -> Iterator[Site]:
    """A site without a network: for tests that never ask one."""
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    with opened(settings, migrated, decoder, ticking()) as bare:
        yield bare


@pytest.fixture
def site(settings: Settings, migrated: Path, decoder: Decoder, network: LazyPredictor) -> Iterator[Site]:
    """A site with a network."""
    with opened(settings, migrated, decoder, ticking(), network) as answered:
        yield answered
