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
"""`logit` `(n, 1)`, `cells` `(n, rows, columns)` in 0..1, `statistics` `(n, f)`."""


LINEAR, GRADIENT = "linear", "gradient"
"""The two ways to a map, as LUCENCY_HEAT_MAP names them."""


def with_map(model: keras.Model, heat_map: str = LINEAR) -> Callable[[Tensor], Outputs]:
    """A function of `(n, side, side, 1)` grey values: logit, map and features in one call.

    `heat_map` is LINEAR or GRADIENT; a network without cell logits has the gradient only.
    """
    if "cells" not in model.output:
        return gradient_map(model)
    return linear_map(model) if heat_map == LINEAR else gradient_map(model, usual_layer(model))


def usual_layer(model: keras.Model) -> Tensor:
    """Where Grad-CAM is usually taken: the backbone's last convolution, which the embedding pools.

    At `last_conv` of a network with cell logits the gradient gives the linear map again, so there is nothing to choose.
    """
    pooled = model.get_layer(EMBEDDING).input
    return pooled if len(pooled.shape) == 4 else model.get_layer(LAST_CONV).output


def linear_map(model: keras.Model) -> Callable[[Tensor], Outputs]:
    """The map of a network that has cell logits, as the probability of each cell. No backward pass."""
    early = early_maps(model)
    network = keras.Model(model.input, {**model.output, **early})

    def call(images: Tensor) -> Outputs:
        outputs = network(images, training=False)
        return {
            "logit": outputs["logit"],
            "cells": ops.sigmoid(outputs["cells"]),
            STATISTICS: statistics([outputs[name] for name in early]),
        }

    return call


def gradient_map(model: keras.Model, layer: Tensor | None = None) -> Callable[[Tensor], Outputs]:
    """Grad-CAM by a gradient at `layer` (default `last_conv`), scaled to 0..1. For every preset; TensorFlow only."""
    target = model.get_layer(LAST_CONV).output if layer is None else layer
    early = early_maps(model)
    network = keras.Model(model.input, {"logit": model.output["logit"], LAST_CONV: target, **early})

    def call(images: Tensor) -> Outputs:
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = network(images, training=False)
        channels = outputs[LAST_CONV]
        weights = ops.mean(tape.gradient(outputs["logit"], channels), axis=(1, 2), keepdims=True)
        return {
            "logit": outputs["logit"],
            STATISTICS: statistics([outputs[name] for name in early]),
            "cells": _rectified(ops.sum(weights * channels, axis=-1)),
        }

    return call


def _rectified(cam: Tensor) -> Tensor:
    """The evidence for a fracture alone (Selvaraju 2017, equation 2), its largest value 1.

    A map without any is stretched from its smallest to its largest value instead, so that none is blank.
    """
    low, high = ops.min(cam, axis=(1, 2), keepdims=True), ops.max(cam, axis=(1, 2), keepdims=True)
    floor = ops.where(high > 0, ops.zeros_like(low), low)
    return ops.maximum(cam - floor, 0) / ops.maximum(high - floor, 1e-12)
