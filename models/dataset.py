"""Dataset: labelled network inputs in memory, and the batches drawn from them, repeatable from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from models.augment import NO_BOXES, AugmentSettings, apply, apply_to_boxes, draw
from models.errors import TrainingDataError
from models.losses import UNKNOWN, cell_targets

CELL_STRIDE = 8
"""Input pixels per cell of a map trained on boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """`images` `(n, side, side)` uint8 as `models.preprocess` makes them, with what is known of each."""

    names: tuple[str, ...]
    images: NDArray[np.uint8]
    fractured: NDArray[np.float32]
    """`(n,)`, 0 or 1."""
    boxes: tuple[NDArray[np.float64], ...]
    """Per image `(k, 4)`: x0, y0, x1, y1 in pixels of `images`; empty when none are annotated.

    A fractured image without boxes in the frame teaches the answer, not the place. Boxes of an image that is not
    fractured teach nothing.
    """

    def __len__(self) -> int:
        return len(self.names)

    def check(self) -> None:
        """Raise TrainingDataError unless both classes are there."""
        if not (0 < self.fractured.sum() < len(self)):
            raise TrainingDataError("all images have the same label; both fractured and not fractured ones are needed")


class Batches(keras.utils.PyDataset):
    """Batches of `(inputs, targets)`; everything random follows from the seed, the epoch and the position."""

    def __init__(
        self,
        data: LabelledImages,
        *,
        side: int,
        batch: int,
        augment: AugmentSettings | None = None,
        positive_repeat: int = 1,
        outputs: frozenset[str] = frozenset({"logit"}),
        seed: int = 0,
        epoch: int = 0,
    ) -> None:
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=8)
        self.data, self.side, self.batch, self.augment = data, side, batch, augment
        self.positive_repeat, self.outputs, self.seed, self.epoch = positive_repeat, outputs, seed, epoch
        self.order = self._order()

    @property
    def num_batches(self) -> int:
        return -(-len(self.order) // self.batch)

    def __getitem__(self, position: int) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        chosen = self.order[position * self.batch : (position + 1) * self.batch]
        samples = [self._sample(int(index), (position, place)) for place, index in enumerate(chosen)]
        images = np.stack([image for image, _ in samples])[..., None].astype(np.float32)
        labels = [self._label(int(index), boxes) for index, (_, boxes) in zip(chosen, samples, strict=True)]
        targets = {"logit": np.array(labels, np.float32)[:, None]}
        if "classes" in self.outputs:
            targets["classes"] = targets["logit"]
        if "cells" in self.outputs:
            places = [self._places(int(index), boxes) for index, (_, boxes) in zip(chosen, samples, strict=True)]
            targets["cells"] = np.stack(places)
        return images, targets

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self.order = self._order()

    def _order(self) -> NDArray[np.int64]:
        """Shuffled when augmenting, positives repeated; otherwise the data's own order."""
        if self.augment is None:
            return np.arange(len(self.data))
        positives = np.flatnonzero(self.data.fractured == 1)
        order = np.concatenate([np.arange(len(self.data)), np.tile(positives, self.positive_repeat - 1)])
        return np.random.default_rng((self.seed, self.epoch)).permutation(order)

    def _sample(self, index: int, place: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        image, boxes = self._resized(index)
        if self.augment is None:
            return image, boxes
        unplaced = self.data.fractured[index] and not len(boxes)
        augment = replace(self.augment, close_up=0.0) if unplaced else self.augment
        drawn = draw(augment, self.side, np.random.default_rng((self.seed, self.epoch, *place)), boxes)
        return apply(image, drawn), apply_to_boxes(boxes, drawn)

    def _label(self, index: int, boxes: NDArray[np.float64]) -> float:
        """1 for a fracture in view: an image whose annotated places were all moved out of it shows none.

        What is not fractured stays so, whatever boxes it has.
        """
        if self.augment is None or not len(boxes) or not self.data.fractured[index]:
            return float(self.data.fractured[index])
        return float(_in_frame(boxes, self.side).any())

    def _places(self, index: int, boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        """Where the map shall be hot: at the boxes, nowhere without a fracture, UNKNOWN where nobody placed it."""
        cells = self.side // CELL_STRIDE
        if self.data.fractured[index] and not len(boxes):
            return np.full((cells, cells), UNKNOWN, np.float32)
        return cell_targets(boxes if self.data.fractured[index] else NO_BOXES, side=self.side, cells=cells)

    def _resized(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Image and boxes at the stage's side. A box whose centre was cut away, or never was inside, is none."""
        image, boxes = self.data.images[index], self.data.boxes[index]
        boxes = boxes[_in_frame(boxes, image.shape[0])]
        if image.shape[0] == self.side:
            return image, boxes
        small = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8), boxes * (self.side / image.shape[0])


def _in_frame(boxes: NDArray[np.float64], side: int) -> NDArray[np.bool_]:
    """`(n,)`: whether the centre of each of `(n, 4)` boxes lies in an image of that side."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = (centres >= 0) & (centres < side)
    return inside[:, 0] & inside[:, 1]


def subset(data: LabelledImages, chosen: NDArray[Any]) -> LabelledImages:
    """The images at these positions."""
    return LabelledImages(
        names=tuple(data.names[i] for i in chosen),
        images=data.images[chosen],
        fractured=data.fractured[chosen],
        boxes=tuple(data.boxes[i] for i in chosen),
    )


def joined(sets: Sequence[LabelledImages]) -> LabelledImages:
    """All images of all sets, one set after the other."""
    return LabelledImages(
        names=tuple(name for one in sets for name in one.names),
        images=np.concatenate([one.images for one in sets]),
        fractured=np.concatenate([one.fractured for one in sets]),
        boxes=tuple(boxes for one in sets for boxes in one.boxes),
    )
