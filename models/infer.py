"""Infer: runs a network and its map as one graph, over one batch or over many images."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.gradcam import LINEAR, Outputs, with_map

Arrays = dict[str, NDArray[np.float32]]
"""`logit` `(n,)`, `cells` `(n, rows, columns)` in 0..1, `statistics` `(n, f)`."""
BATCH = 32
Graph = Callable[[NDArray[np.uint8]], Arrays]


def graph(model: keras.Model, side: int, heat_map: str = LINEAR) -> Graph:
    """A function of `(n, side, side)` uint8 that makes one graph call; `heat_map` as in `models.gradcam`."""
    network = with_map(model, heat_map)
    signature = [tf.TensorSpec((None, side, side, 1), tf.uint8)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def call(grey: tf.Tensor) -> Outputs:
        return network(tf.cast(grey, tf.float32))

    return lambda images: _as_arrays(call(images[..., None]))


def run(model: keras.Model, images: NDArray[np.uint8]) -> Arrays:
    """All images `(n, side, side)`, batch by batch."""
    call = graph(model, images.shape[1])
    parts = [call(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _as_arrays(outputs: Outputs) -> Arrays:
    arrays = {name: np.asarray(value) for name, value in outputs.items()}
    return {**arrays, "logit": arrays["logit"][:, 0]}
