"""Grad-CAM: where in the image a network found its evidence, by a contraction or by a gradient, behind one function.

Grad-CAM (Selvaraju 2017) weighs the last convolution's channels by the mean gradient of the logit. Where the head is
linear in those channels the gradient is known beforehand: the weighted sum is the network's own map of cell logits, up
to a positive factor and a constant, and costs one 1x1 convolution in the forward pass. Other heads need the gradient.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from models.architectures import EMBEDDING, LAST_CONV
from models.features import STATISTICS, early_maps, statistics

Tensor = Any
Outputs = dict[str, Tensor]
"""`logit` `(n, 1)`, `cells` `(n, rows, columns)` in 0..1, `embedding` `(n, d)`, `statistics` `(n, f)`."""


def with_map(model: keras.Model) -> Callable[[Tensor], Outputs]:
    """A function of `(n, side, side, 1)` grey values: logit, map and features in one call."""
    return linear_map(model) if "cells" in model.output else gradient_map(model)


def linear_map(model: keras.Model) -> Callable[[Tensor], Outputs]:
    """The map of a network that has cell logits, as the probability of each cell. No backward pass."""
    early = early_maps(model)
    network = keras.Model(model.input, {**model.output, EMBEDDING: model.get_layer(EMBEDDING).output, **early})

    def call(images: Tensor) -> Outputs:
        outputs = network(images, training=False)
        return {
            "logit": outputs["logit"],
            "cells": ops.sigmoid(outputs["cells"]),
            EMBEDDING: outputs[EMBEDDING],
            STATISTICS: statistics([outputs[name] for name in early]),
        }

    return call


def gradient_map(model: keras.Model) -> Callable[[Tensor], Outputs]:
    """Grad-CAM by a gradient, each map stretched to 0..1. Works for every preset; TensorFlow only."""
    layers = {LAST_CONV: model.get_layer(LAST_CONV).output, EMBEDDING: model.get_layer(EMBEDDING).output}
    early = early_maps(model)
    network = keras.Model(model.input, {"logit": model.output["logit"], **layers, **early})

    def call(images: Tensor) -> Outputs:
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = network(images, training=False)
        channels = outputs[LAST_CONV]
        weights = ops.mean(tape.gradient(outputs["logit"], channels), axis=(1, 2), keepdims=True)
        return {
            "logit": outputs["logit"],
            EMBEDDING: outputs[EMBEDDING],
            STATISTICS: statistics([outputs[name] for name in early]),
            "cells": _stretched(ops.sum(weights * channels, axis=-1)),
        }

    return call


def _stretched(cam: Tensor) -> Tensor:
    """Each map's smallest value becomes 0 and its largest 1, so that no map is blank."""
    low = ops.min(cam, axis=(1, 2), keepdims=True)
    high = ops.max(cam, axis=(1, 2), keepdims=True)
    return (cam - low) / ops.maximum(high - low, 1e-12)
