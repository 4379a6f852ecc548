"""Randomise: the sanity check of a heat map: does it change when the weights are shuffled, from the head down?

A map that survives shows edges of the image, not what the network learned (Adebayo 2018, cascading randomisation).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from models.gradcam import LINEAR
from models.infer import graph

Maps = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the cascade."""

    layers: int
    """How many layers with weights are randomised, counted from the head."""
    of: int
    correlation: float
    """Mean rank correlation (Spearman) of the maps with those before, -1..1."""


def cascade(model: keras.Model, images: NDArray[np.uint8]) -> Iterator[Step]:
    """Randomise 1, 2, 4, 8 … and at last all layers of `model`, in place, and compare the maps of `images`.

    `images` `(n, side, side)`. Each weight's values are shuffled, so that their distribution stays. The first step
    has no layer randomised and tells the correlation of the maps with themselves. The model is of no use afterwards.
    """
    call, random = graph(model, images.shape[1], LINEAR), np.random.default_rng(0)
    layers = list(reversed(list(weighted_layers(model))))
    before, done = call(images)["cells"], 0
    for until in _steps(len(layers)):
        for layer in layers[done:until]:
            shuffle(layer, random)
        done = until
        yield Step(done, len(layers), rank_correlation(before, call(images)["cells"]))


def weighted_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer that has weights, from the image to the head, nested networks opened."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from weighted_layers(layer)
        elif layer.weights:
            yield layer


def shuffle(layer: keras.layers.Layer, random: np.random.Generator) -> None:
    """Put each weight's values in a random order."""
    layer.set_weights([random.permutation(value.ravel()).reshape(value.shape) for value in layer.get_weights()])


def rank_correlation(before: Maps, after: Maps) -> float:
    """Mean of Spearman's coefficient over the images `(n, rows, columns)`; a constant map correlates with nothing."""
    return float(np.mean([_spearman(one.ravel(), other.ravel()) for one, other in zip(before, after, strict=True)]))


def _spearman(one: Maps, other: Maps) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Maps) -> NDArray[np.float64]:
    """Ranks `(n,)`; equal values share the mean of theirs."""
    _, position, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: NDArray[np.float64] = (last - (count - 1) / 2)[position]
    return mean


def _steps(count: int) -> list[int]:
    powers = [2**power for power in range(count.bit_length())]
    return [0, *(number for number in powers if number < count), count]
