"""Throughput: the bare forward pass of a network: its logits, and how many images a second several networks manage."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BATCH = 32
"""Images of one call."""
ROUNDS = 5


def logits(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """`(n,)` logits of `(n, side, side)` network inputs, batch by batch; no map is made."""
    call = bare(model)
    starts = range(0, len(images), BATCH)
    return np.concatenate([call(images[start : start + BATCH]) for start in starts]) if len(images) else _NONE


_NONE = np.zeros(0, np.float32)


def bare(model: keras.Model) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """A function of `(n, side, side)` uint8 -> `(n,)`: the logit alone, as one graph."""
    network = keras.Model(model.input, model.output["logit"])

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def call(grey: Any) -> Any:
        return network(tf.cast(grey, tf.float32), training=False)

    return lambda images: np.asarray(call(tf.constant(images[..., None])))[:, 0]


def images_per_second(calls: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """Images a second of each call on one batch of `BATCH` images: medians over rounds.

    The calls are timed in turns, so that whatever else the machine does meets all alike; one round before warms up.
    """
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: BATCH / statistics.median(seconds) for name, seconds in taken.items()}
