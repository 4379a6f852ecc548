"""Losses: what the map is taught, cell by cell, from annotated boxes."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

Tensor = Any

UNKNOWN = -1.0
"""Target of every cell of an image whose fracture nobody placed: the loss leaves that image out."""


def cell_targets(boxes: NDArray[np.float64], *, side: int, cells: int) -> NDArray[np.float32]:
    """`(cells, cells)` in 0..1: an elliptical bump on each box's centre, exactly 1 at one cell (Zhou 2019, 3).

    `boxes`: `(n, 4)` as x0, y0, x1, y1 in pixels of an input of `side`; those whose centre lies outside are left out.
    """
    target = np.zeros((cells, cells), np.float32)
    stride = side / cells
    axis = np.arange(cells)
    for x0, y0, x1, y1 in boxes.reshape(-1, 4) / stride:
        column, row = math.floor((x0 + x1) / 2), math.floor((y0 + y1) / 2)
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        across = np.exp(-((axis - column) ** 2) / (2 * max((x1 - x0) / 4, 0.6) ** 2))
        down = np.exp(-((axis - row) ** 2) / (2 * max((y1 - y0) / 4, 0.6) ** 2))
        target = np.maximum(target, np.outer(down, across).astype(np.float32))
    return target


@keras.saving.register_keras_serializable("lucency")
class CellFocal(keras.losses.Loss):
    """The penalty-reduced focal loss of CornerNet and CenterNet (Zhou 2019, equation 1), on logits.

    `y_true`, `y_pred`: `(n, rows, columns)`. Divided by the number of bumps in the batch, at least one per four images.
    An image whose target is UNKNOWN costs nothing, whatever its map says; it still counts as an image of the batch.
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        probability = ops.clip(ops.sigmoid(y_pred), 1e-5, 1 - 1e-5)
        centre = ops.cast(y_true > 0.999, y_pred.dtype)
        hit = centre * (1 - probability) ** 2 * ops.log(probability)
        placed = ops.cast(y_true >= 0, y_pred.dtype)
        miss = placed * (1 - centre) * (1 - y_true) ** 4 * probability**2 * ops.log(1 - probability)
        images = ops.cast(ops.shape(y_pred)[0], y_pred.dtype)
        bumps = ops.maximum(ops.sum(centre), images / 4)
        return -ops.sum(hit + miss, axis=(1, 2)) * images / bumps
