"""Architectures: builds a preset as a Keras model.

Every model takes `(n, side, side, 1)` grey values 0..255 and returns a dictionary: `logit` `(n, 1)`, before the
sigmoid; where the head is linear in its features, `cells` `(n, rows, columns)`: one logit a place, which is the
network's class activation map; with a softmax head, `classes` `(n, 2)`: the shares of not fractured and fractured.
Every model has a layer named `embedding` `(n, d)`, the features the answer rests on, and one named `last_conv`, whose
output a gradient-based Grad-CAM weighs.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from models.backbones import Weights
from models.errors import WeightsMissing
from models.presets import Preset

Tensor = Any
Builder = Callable[[Preset, Weights], keras.Model]

LAST_CONV = "last_conv"
"""Name of the last convolution: what Grad-CAM weighs."""
EMBEDDING = "embedding"
"""Name of the layer just before the head."""
CLASSES = "classes"
"""Name of the output of a network with a softmax head."""
WIDTH = 128
"""Features of the pyramid."""
RARE = -4.0
"""Starting bias of a cell: about one in fifty holds a fracture (the prior of Lin 2017, section 4.1)."""


def build(preset: Preset, weights: Weights = None) -> keras.Model:
    """The network of a preset, before training.

    `weights`: local file of the backbone's ImageNet weights; `imagenet` lets Keras download the official one; None
    leaves them random. Presets without a pretrained backbone ignore it. Raises WeightsMissing when they cannot be had.
    """
    return BUILDERS[preset.builder](preset, weights)


def _grey_input(preset: Preset) -> tuple[Tensor, Tensor]:
    """The input and its values scaled to 0..1, repeated to the preset's channels."""
    inputs = keras.Input((preset.preprocess.size, preset.preprocess.size, 1), name="grey")
    scaled = layers.Rescaling(1 / 255)(inputs)
    return inputs, layers.Concatenate()([scaled] * preset.channels) if preset.channels > 1 else scaled


def _dense_head(preset: Preset, inputs: Tensor, x: Tensor, *, dropout: float = 0.0) -> keras.Model:
    """Dense 128, dropout when asked for, one unit for a sigmoid."""
    x = layers.Dense(128, activation="relu", name=EMBEDDING)(x)
    if dropout:
        x = layers.Dropout(dropout, seed=0)(x)
    return keras.Model(inputs, {"logit": layers.Dense(1, name="logit")(x)}, name=preset.name)


def _conv_stack(x: Tensor, filters: tuple[int, ...], *, norm: bool = False) -> Tensor:
    """3x3 convolutions, each with ReLU (after batch normalisation when asked for) and 2x2 max pooling."""
    for count in filters:
        name = LAST_CONV if count == filters[-1] else None
        x = layers.Conv2D(count, 3, activation=None if norm else "relu", name=name)(x)
        if norm:
            x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    return x


def _seed_a(preset: Preset, _weights: Weights) -> keras.Model:
    inputs, x = _grey_input(preset)
    x = _conv_stack(x, (32, 64, 128))
    return _dense_head(preset, inputs, layers.Flatten()(x))


def _seed_b(preset: Preset, _weights: Weights) -> keras.Model:
    inputs, x = _grey_input(preset)
    x = _conv_stack(x, (32, 64, 128, 256), norm=True)
    return _dense_head(preset, inputs, layers.GlobalAveragePooling2D()(x), dropout=0.5)


def _seed_c(preset: Preset, _weights: Weights) -> keras.Model:
    inputs, x = _grey_input(preset)
    return _dense_head(preset, inputs, layers.Flatten()(_conv_stack(x, (32,))))


def _seed_d(preset: Preset, _weights: Weights) -> keras.Model:
    inputs, x = _grey_input(preset)
    x = _conv_stack(x, (32, 64, 128))
    return _dense_head(preset, inputs, layers.Flatten()(x), dropout=0.5)


def _seed_e(preset: Preset, _weights: Weights) -> keras.Model:
    """A softmax over (not fractured, fractured), which learns by cross-entropy over its two classes.

    The logit is the difference of the two that go into the softmax: its sigmoid is the second class's share.
    """
    inputs, x = _grey_input(preset)
    x = _conv_stack(x, (32, 64, 128))
    x = layers.Dense(128, activation="relu", name=EMBEDDING)(layers.GlobalAveragePooling2D()(x))
    evidence = layers.Dense(2, name="evidence")(x)
    logit = layers.Subtract(name="logit")([evidence[:, 1:], evidence[:, :1]])
    outputs = {"logit": logit, CLASSES: layers.Softmax(name=CLASSES)(evidence)}
    return keras.Model(inputs, outputs, name=preset.name)


def _efficientnet(preset: Preset, weights: Weights) -> keras.Model:
    """EfficientNetV2-B0, a pyramid down to stride 8, and a linear map there; any side divisible by 32."""
    backbone = _pretrained(keras.applications.EfficientNetV2B0, weights)
    _freeze_norm(backbone)
    inputs = keras.Input((None, None, 1), name="grey")
    taps = [backbone.get_layer(name).output for name in ("block3b_add", "block5e_add", "top_activation")]
    fine, middle, deep = keras.Model(backbone.input, taps, name="backbone")(layers.Concatenate()([inputs] * 3))
    evidence = _pyramid(fine, middle, deep)
    cells = layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(RARE), name="cell_logit")(evidence)
    embedding = layers.GlobalAveragePooling2D(name=EMBEDDING)(deep)
    logit = _image_logit(cells, embedding)
    outputs = {"logit": logit, "cells": Squeeze(name="cells")(cells)}
    return keras.Model(inputs, outputs, name=preset.name)


def _pooled(preset: Preset, backbone: keras.Model, scaled: Callable[[Tensor], Tensor]) -> keras.Model:
    """Grey as colour, `scaled` as the backbone wants it, its features pooled, one unit for a sigmoid."""
    side = preset.preprocess.size
    inputs = keras.Input((side, side, 1), name="grey")
    features = backbone(scaled(layers.Concatenate()([inputs] * preset.channels)))
    x = layers.Activation("linear", name=LAST_CONV)(features)
    x = layers.Dropout(0.3, seed=0)(layers.GlobalAveragePooling2D(name=EMBEDDING)(x))
    return keras.Model(inputs, {"logit": layers.Dense(1, name="logit")(x)}, name=preset.name)


def _efficientnet_plain(preset: Preset, weights: Weights) -> keras.Model:
    backbone = _pretrained(keras.applications.EfficientNetV2B0, weights)
    _freeze_norm(backbone)
    return _pooled(preset, backbone, lambda colour: colour)


def _mobilenet(preset: Preset, weights: Weights) -> keras.Model:
    """Its batch normalisation may be folded into the convolutions before it: nothing of it may learn."""
    backbone = _pretrained(keras.applications.MobileNetV2, weights)
    backbone.trainable = False
    return _pooled(preset, backbone, layers.Rescaling(1 / 127.5, offset=-1))


def _zero_centred() -> layers.Layer:
    """0..255 minus ImageNet's mean; grey has no order of colours (`imagenet_utils.preprocess_input`, caffe)."""
    return layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])


def _vgg16(preset: Preset, weights: Weights) -> keras.Model:
    return _pooled(preset, _pretrained(keras.applications.VGG16, weights), _zero_centred())


def _resnet50(preset: Preset, weights: Weights) -> keras.Model:
    """From scratch its batch normalisation learns; ImageNet's statistics stay as they are."""
    backbone = _pretrained(keras.applications.ResNet50, weights)
    if weights:
        _freeze_norm(backbone)
    return _pooled(preset, backbone, _zero_centred())


def _pretrained(application: Callable[..., keras.Model], weights: Weights) -> keras.Model:
    try:
        return application(include_top=False, weights=str(weights) if weights else None)
    except Exception as error:
        raise WeightsMissing(
            "the backbone's ImageNet weights could not be loaded; set LUCENCY_BACKBONE_WEIGHTS to a local file "
            "or a folder of them"
        ) from error


def _freeze_norm(backbone: keras.Model) -> None:
    """Batch normalisation keeps ImageNet's statistics: batches of 16 estimate them badly, and it trains 1.6x faster."""
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def _pyramid(fine: Tensor, middle: Tensor, deep: Tensor) -> Tensor:
    """Top-down fusion of strides 32, 16 and 8 (Lin 2017, figure 3): `(n, side / 8, side / 8, WIDTH)`."""
    x = layers.Conv2D(WIDTH, 1)(deep)
    for level in (middle, fine):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Activation("silu")(layers.Add()([x, layers.Conv2D(WIDTH, 1)(level)]))
    x = layers.SeparableConv2D(WIDTH, 3, padding="same")(x)
    return layers.Activation("silu", name=LAST_CONV)(layers.GroupNormalization(8)(x))


def _image_logit(cells: Tensor, embedding: Tensor) -> Tensor:
    """The image's logit: linear in the strongest cells (log-sum-exp) and in the pooled deep features."""
    strongest = StrongestCells(name="strongest_cells")(cells)
    joined = layers.Concatenate()([strongest, layers.Dropout(0.3, seed=0)(embedding)])
    return layers.Dense(1, name="logit")(joined)


@keras.saving.register_keras_serializable("lucency")
class StrongestCells(layers.Layer):
    """Log-mean-exp over all places of `(n, rows, columns, 1)` -> `(n, 1)`: a smooth maximum (Pinheiro 2015)."""

    def call(self, cells: Tensor) -> Tensor:
        flat = keras.ops.reshape(cells, (keras.ops.shape(cells)[0], -1))
        count = keras.ops.cast(keras.ops.shape(flat)[1], flat.dtype)
        return keras.ops.logsumexp(flat, axis=1, keepdims=True) - keras.ops.log(count) + LOG_REFERENCE_CELLS

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        return input_shape[0], 1


LOG_REFERENCE_CELLS = 7.0
"""log of about 1,100 cells (a side of 33): keeps the sum near the largest cell, whatever the input's side."""


@keras.saving.register_keras_serializable("lucency")
class Squeeze(layers.Layer):
    """`(n, rows, columns, 1)` -> `(n, rows, columns)`."""

    def call(self, inputs: Tensor) -> Tensor:
        return keras.ops.squeeze(inputs, -1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape[:-1]


BUILDERS: dict[str, Builder] = {
    "seed_a": _seed_a,
    "seed_b": _seed_b,
    "seed_c": _seed_c,
    "seed_d": _seed_d,
    "seed_e": _seed_e,
    "efficientnetv2_b0": _efficientnet,
    "efficientnetv2_b0_plain": _efficientnet_plain,
    "mobilenet_v2": _mobilenet,
    "vgg16": _vgg16,
    "resnet50": _resnet50,
}
