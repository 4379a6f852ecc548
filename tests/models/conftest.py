"""Fixtures of the network tests: drawn bones, and a small bundle made by the product's own code."""

from pathlib import Path

import keras
import pytest

from models.architectures import build
from models.bundle import BundleCard, save_bundle
from models.calibrate import Calibration, Thresholds
from models.dataset import LabelledImages
from models.presets import find
from tests.models.bones import drawn_bones


@pytest.fixture
def bones() -> LabelledImages:
    """48 drawn bones of 64 pixels, every other one broken."""
    return drawn_bones()


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_a as a complete bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    keras.utils.set_random_seed(1)
    preset = find("seed_a")
    card = BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    save_bundle(folder, build(preset), card)
    return folder
