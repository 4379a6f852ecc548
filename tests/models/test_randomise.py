"""The cascade destroys the map of a real network, and nothing else does."""

from pathlib import Path

import numpy as np
import pytest

from models.bundle import load_model, read_card
from models.randomise import cascade, rank_correlation, weighted_layers


def test_ranks_agree_whatever_the_scale() -> None:
    one = np.random.default_rng(0).normal(size=(2, 6, 6)).astype(np.float32)
    assert rank_correlation(one, np.exp(one)) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert rank_correlation(one, np.zeros_like(one)) == 0


def test_ties_share_their_rank() -> None:
    one, other = np.array([[[1, 2, 2, 3]]], np.float32), np.array([[[1, 2, 3, 4]]], np.float32)
    assert rank_correlation(one, other) == pytest.approx(0.9486833)


def test_the_map_does_not_survive(small_bundle: Path) -> None:
    card = read_card(small_bundle)
    model = load_model(small_bundle, card)
    side = card.preprocess.size
    images = np.random.default_rng(0).integers(0, 255, (2, side, side), np.uint8)
    steps = list(cascade(model, images))
    assert steps[0].layers == 0
    assert steps[0].correlation == pytest.approx(1)
    assert steps[-1].layers == steps[-1].of == len(list(weighted_layers(model)))
    assert abs(steps[-1].correlation) < 0.9
    assert [step.layers for step in steps] == sorted({step.layers for step in steps})
