"""Fixtures of the network tests: drawn bones, and a small bundle made by the product's own code."""

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.architectures import build
from models.bundle import BundleCard, save_bundle
from models.calibrate import Calibration, Thresholds
from models.dataset import LabelledImages
from models.presets import find


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


@pytest.fixture
def bones() -> LabelledImages:
    """48 drawn bones of 64 pixels, every other one broken."""
    random = np.random.default_rng(0)
    drawn = [drawn_bone(random, 64, broken=bool(i % 2)) for i in range(48)]
    return LabelledImages(
        names=tuple(f"bone-{i}" for i in range(48)),
        images=np.stack([image for image, _ in drawn]),
        fractured=np.arange(48, dtype=np.float32) % 2,
        boxes=tuple(box for _, box in drawn),
    )


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_a as a complete bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    keras.utils.set_random_seed(1)
    preset = find("seed_a")
    card = BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    save_bundle(folder, build(preset), card)
    return folder
