"""Devices: where a network trains and with how many bits: every GPU TensorFlow sees, in mixed precision where it pays.

On more than one device each batch is divided among copies of the network that add up their gradients
(`tf.distribute.MirroredStrategy`). The recipe's batch stays the whole batch. Weights are always kept in float32; mixed
precision only computes with fewer bits.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import keras
import tensorflow as tf

FLOAT32, BFLOAT16, FLOAT16, AUTO = "float32", "mixed_bfloat16", "mixed_float16", "auto"
PRECISIONS = (FLOAT32, BFLOAT16, FLOAT16, AUTO)
_BFLOAT16_FROM, _FLOAT16_FROM = (8, 0), (7, 0)
"""Compute capability from which on a GPU has tensor cores for the type."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run computes."""

    devices: tuple[str, ...]
    """Names such as `GPU:0`; a copy of the network on each."""
    precision: str
    """A Keras dtype policy."""

    def __str__(self) -> str:
        return f"{', '.join(self.devices)} in {self.precision}"


def choose(precision: str = AUTO, devices: Sequence[str] | None = None) -> Place:
    """The devices asked for, else every GPU, else the processor. A single device is TensorFlow's own choice.

    `auto` takes the fewest bits that are fast there.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is one of {', '.join(PRECISIONS)}")
    gpus = tf.config.list_physical_devices("GPU")
    found = tuple(devices or (f"GPU:{number}" for number in range(len(gpus)))) or ("CPU:0",)
    return Place(found, automatic([_capability(gpu) for gpu in gpus]) if precision == AUTO else precision)


def automatic(capabilities: Sequence[tuple[int, int]]) -> str:
    """The precision for GPUs of these compute capabilities: what the oldest of them is fast at; float32 without any."""
    oldest = min(capabilities, default=(0, 0))
    if oldest >= _BFLOAT16_FROM:
        return BFLOAT16
    return FLOAT16 if oldest >= _FLOAT16_FROM else FLOAT32


def _capability(gpu: "tf.config.PhysicalDevice") -> tuple[int, int]:
    major, minor = tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
    return int(major), int(minor)


@contextmanager
def placed(place: Place) -> Iterator[None]:
    """Within this block networks are built and trained there; afterwards Keras' own policy is back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(place.precision)
    try:
        several = len(place.devices) > 1
        with tf.distribute.MirroredStrategy(place.devices).scope() if several else nullcontext():
            yield
    finally:
        keras.config.set_dtype_policy(before)


def full_precision_outputs(model: keras.Model) -> keras.Model:
    """The same model, whose last layers compute in float32: losses of few bits teach nothing small."""
    for layer in (output._keras_history.operation for output in model.outputs):
        if isinstance(layer, keras.layers.Layer) and layer.compute_dtype != FLOAT32:
            layer.dtype_policy = FLOAT32
    return model
