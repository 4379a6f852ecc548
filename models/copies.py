"""Copies: figures for images that are copies of fewer originals, with intervals that know how few those are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.evaluate import Estimate, auroc

Floats = NDArray[np.floating]
REPLICATES = 1000


def measure_copies(
    probability: Floats, fractured: Floats, originals: Sequence[str], *, replicates: int = REPLICATES
) -> dict[str, Estimate]:
    """`accuracy` at probability 0.5 and `auroc`, with 95% intervals from a bootstrap over originals.

    `probability` and `fractured` are `(n,)`; `originals` names the original of each image. Copies of one original are
    drawn together (a cluster bootstrap, Field & Welsh 2007), within each class: drawing images one by one would
    treat each copy as news. One original a class leaves no interval: low and high are then the value.
    """
    clusters = _by_class(np.asarray(fractured), np.asarray(originals))
    random = np.random.default_rng(0)
    drawn = [_figures(probability[index], fractured[index]) for index in _replicates(clusters, replicates, random)]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    values = _figures(probability, fractured)
    return {name: Estimate(*(float(x) for x in row)) for name, *row in zip(NAMES, values, low, high, strict=True)}


NAMES = ("accuracy", "auroc")


def _figures(probability: Floats, fractured: Floats) -> tuple[float, float]:
    return float(np.mean((probability >= 0.5) == (fractured == 1))), auroc(fractured, probability)


def _by_class(fractured: Floats, originals: NDArray[np.str_]) -> list[list[NDArray[np.int64]]]:
    """Per class, the positions of each original's copies."""
    return [
        [np.flatnonzero((originals == name) & (fractured == label)) for name in np.unique(originals[of_class])]
        for label in (0, 1)
        for of_class in [fractured == label]
    ]


def _replicates(
    clusters: list[list[NDArray[np.int64]]], count: int, random: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Positions drawn with replacement, original by original, within each class."""
    return [
        np.concatenate([kind[i] for kind in clusters for i in random.integers(0, len(kind), len(kind))])
        for _ in range(count)
    ]
