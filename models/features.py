"""Features: what a network's earlier layers hold of an image, pooled: mean and deviation of each of their channels.

The last features are taught to tell fractures, and forget what tells a radiograph from a photograph; the layers before
them still know (Lee 2018 measures its distances at several depths).
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from models.architectures import EMBEDDING, LAST_CONV

Tensor = Any

STATISTICS = "statistics"
"""Name of these features among a graph's outputs."""
FEWEST = 8
"""Channels from which on a layer holds features and not the image itself."""


def early_maps(model: keras.Model) -> dict[str, Tensor]:
    """What the convolutions of the outermost graph take in, but for the image and for the last layers.

    EfficientNet's strides 16 and 8; what the second and later convolutions of a plain stack see. The last convolution
    itself where there is nothing before it.
    """
    last = (model.get_layer(LAST_CONV).output, model.get_layer(EMBEDDING).input)
    inputs = [layer.input for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    early = [x for x in inputs if x.shape[-1] >= FEWEST and not any(x is one for one in last)]
    return {f"early_{number}": x for number, x in enumerate(early or [last[0]])}


def statistics(maps: Sequence[Tensor]) -> Tensor:
    """`(n, rows, columns, channels)` each -> `(n, features)`: means, then deviations, map by map."""
    pooled = [ops.moments(one, axes=(1, 2)) for one in maps]
    return ops.concatenate([part for mean, variance in pooled for part in (mean, ops.sqrt(variance))], axis=-1)
