"""Fixtures of the services' tests: a network that is none, in a process that is one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.services.site import LazyPredictor
from models.bundle_card import BundleCard, write_card
from models.calibrate import Calibration, Thresholds
from models.preprocess import PreprocessSettings

START = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
import models.preprocess
from core.services.network_worker import Failed, Ready, receive, send
from models.prediction import Prediction

HEAT, NOTHING = np.zeros((8, 8), np.float32), np.zeros(1, np.float32)
source, sink, started = sys.stdin.buffer, sys.stdout.buffer, os.path.join(sys.argv[2], "started")
open(started, "a").write("x")
starts = os.path.getsize(started)
{loading}
send(sink, Ready("pretended"))
while True:
    asked = receive(source)
    rows = [each.geometry.rows for each in asked]
    {asked}
    send(sink, [Prediction(0.5, "doubt", HEAT, (0, 0), (), NOTHING) for _ in asked])
"""
Pretend = Callable[..., LazyPredictor]
"""`pretend(loading="", asked="")`: a network whose process also does this, in Python, before it is ready or answers.

`rows` then holds the heights of the images asked about, `starts` how many processes there were.
"""


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretend]:
    """Makes networks that load at once, know nothing, and can fail in every way."""
    made: list[LazyPredictor] = []

    def network(*, loading: str = "", asked: str = "") -> LazyPredictor:
        folder = tmp_path / f"pretended-{len(made)}"
        folder.mkdir()
        write_card(folder, BundleCard("none", "", PreprocessSettings(64), Calibration(), Thresholds(0.3, 0.7)))
        monkeypatch.setattr("core.services.remote_network._START", START.format(loading=loading, asked=asked))
        made.append(LazyPredictor(folder))
        return made[-1]

    yield network
    for each in made:
        each.close()
