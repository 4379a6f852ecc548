"""The bare forward pass says what the whole graph says, and timing takes turns."""

from functools import partial

import keras
import numpy as np
import pytest

from models.architectures import build
from models.infer import run
from models.presets import find
from models.throughput import BATCH, images_per_second, logits


def test_logits_are_those_of_the_whole_graph() -> None:
    keras.utils.set_random_seed(0)
    model = build(find("seed_a"))
    images = np.random.default_rng(0).integers(0, 256, (BATCH + 3, 128, 128), np.uint8)
    np.testing.assert_allclose(logits(model, images), run(model, images)["logit"], atol=1e-4)
    assert logits(model, images[:0]).shape == (0,)


def test_calls_take_turns_and_the_first_round_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now, order = 0.0, []
    costs = {"slow": [100.0, 4.0, 2.0, 90.0], "quick": [100.0, 0.5, 0.25, 0.5]}

    def call(name: str) -> None:
        nonlocal now
        order.append(name)
        now += costs[name].pop(0)

    monkeypatch.setattr("time.perf_counter", lambda: now)
    speeds = images_per_second({name: partial(call, name) for name in costs}, rounds=3)
    assert order == ["slow", "quick"] * 4
    assert speeds == {"slow": BATCH / 4.0, "quick": BATCH / 0.5}
