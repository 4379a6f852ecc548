"""Figures of copies: the values are those of the images, the intervals those of the originals."""

import numpy as np
import pytest

from models.calibrate import Thresholds
from models.copies import measure_copies
from models.evaluate import measure


def test_ten_copies_of_each_original_narrow_nothing() -> None:
    random = np.random.default_rng(0)
    fractured = np.repeat([0.0, 1.0], 20)
    probability = np.clip(random.normal(0.4 + 0.2 * fractured, 0.2), 0, 1)
    names = [str(number) for number in range(40)]
    tenfold = [name for name in names for _ in range(10)]
    once = measure_copies(probability, fractured, names, replicates=200)
    ten = measure_copies(
        np.repeat(probability, 10),
        np.repeat(fractured, 10),
        tenfold,
        replicates=200,
    )
    blind = measure(np.repeat(probability, 10), np.repeat(fractured, 10), Thresholds(0.3, 0.7), replicates=100)
    for figure in ("accuracy", "auroc"):
        assert ten[figure].value == pytest.approx(once[figure].value)
        assert ten[figure].high - ten[figure].low == pytest.approx(once[figure].high - once[figure].low, rel=0.25)
        assert blind[figure].high - blind[figure].low < 0.5 * (ten[figure].high - ten[figure].low)


def test_known_values() -> None:
    probability, fractured = np.array([0.1, 0.6, 0.4, 0.9]), np.array([0.0, 0, 1, 1])
    ties = measure_copies(np.array([0.5, 0.5, 0.5, 0.9]), fractured, ["a", "a", "b", "b"], replicates=20)
    assert ties["auroc"].value == 0.75, "a tie counts half"
    figures = measure_copies(probability, fractured, ["a", "a", "b", "b"], replicates=20)
    assert figures["accuracy"].value == 0.5
    assert figures["auroc"].value == 0.75
    assert figures["auroc"].low == figures["auroc"].high == 0.75, "one original a class leaves nothing to draw"
