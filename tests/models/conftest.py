"""Fixtures of the network tests: drawn bones, and a small bundle made by the product's own code."""

from pathlib import Path

import pytest

from models.dataset import LabelledImages
from models.presets import find
from tests.models.bones import drawn_bones
from tests.models.bundles import untrained


@pytest.fixture
def bones() -> LabelledImages:
    """48 drawn bones of 64 pixels, every other one broken."""
    return drawn_bones()


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_a as a complete bundle."""
    return untrained(tmp_path_factory.mktemp("bundle"), find("seed_a"))
