"""Drawn bones for the network tests: a bright shaft, broken or not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.dataset import LabelledImages


def drawn_bone(
    random: np.random.Generator, side: int, *, broken: bool
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A bright shaft on dark, with a dark line across it when broken, and the box around that line."""
    image = random.normal(20, 4, (side, side)).clip(0, 255).astype(np.uint8)
    x = int(random.integers(side // 3, 2 * side // 3))
    cv2.line(image, (x, 0), (x, side), 190, side // 6)
    if not broken:
        return image, np.zeros((0, 4))
    y = int(random.integers(side // 4, 3 * side // 4))
    half = side // 10
    cv2.line(image, (x - half, y - 4), (x + half, y + 4), 20, max(2, side // 24))
    return image, np.array([[x - half, y - 8, x + half, y + 8]], np.float64)


def drawn_bones() -> LabelledImages:
    """48 drawn bones of 64 pixels, every other one broken; always the same."""
    random = np.random.default_rng(0)
    drawn = [drawn_bone(random, 64, broken=bool(i % 2)) for i in range(48)]
    return LabelledImages(
        names=tuple(f"bone-{i}" for i in range(48)),
        images=np.stack([image for image, _ in drawn]),
        fractured=np.arange(48, dtype=np.float32) % 2,
        boxes=tuple(box for _, box in drawn),
    )
