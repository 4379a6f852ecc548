"""Bundles: small complete ones, made by the product's own code."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.architectures import build
from models.bundle import BundleCard, load_model, read_card, save_bundle, save_gate
from models.calibrate import Calibration, Thresholds
from models.gate import fit_gate
from models.presets import Preset
from tests.models.bones import drawn_bone


def untrained(folder: Path, preset: Preset, *, seed: int = 1, **facts: Any) -> Path:
    """A network of the preset with random weights, in this folder; `facts` of its card. Its answers are of no value."""
    keras.utils.set_random_seed(seed)
    card = BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    save_bundle(folder, build(preset), replace(card, **facts))
    return folder


def gated(bundle: Path, folder: Path) -> Path:
    """A copy of the bundle, in this new folder, with a gate fitted on drawn bones."""
    shutil.copytree(bundle, folder)
    card = read_card(folder)
    random = np.random.default_rng(6)
    images = np.stack([drawn_bone(random, card.preprocess.size, broken=False)[0] for _ in range(120)])
    save_gate(folder, card, fit_gate(load_model(folder, card), images, images))
    return folder
