"""Fixtures of core's tests: a small real bundle, and a site in a folder of its own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from core.services.decoder import Decoder
from core.services.site import LazyPredictor, Site, make_private
from core.settings import Limits, Settings
from core.store.blobs import BlobStore
from core.store.database import Database

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by one second at every look."""
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained seed_a as a complete bundle: a real network, with answers of no value."""
    import keras

    from models.architectures import build
    from models.bundle import BundleCard, save_bundle
    from models.calibrate import Calibration, Thresholds
    from models.presets import find

    folder = tmp_path_factory.mktemp("bundle")
    keras.utils.set_random_seed(1)
    preset = find("seed_a")
    save_bundle(
        folder, build(preset), BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    )
    return folder


@pytest.fixture(scope="session")
def network(bundle: Path) -> LazyPredictor:
    """The network of that bundle, loaded once for all tests that ask it."""
    return LazyPredictor(bundle)


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    """One decoding worker for all tests."""
    shared = Decoder(Limits(), capacity=64 * 2**20)
    yield shared
    shared.close()


@pytest.fixture
def settings(tmp_path: Path, bundle: Path) -> Settings:
    """A site's choices: data in this test's folder."""
    return Settings(data_dir=tmp_path / "data", bundle=bundle)


@pytest.fixture
def empty_site(tmp_path: Path, decoder: Decoder) -> Iterator[Site]:
    """A site without a network: for tests that never ask one."""
    yield from opened(Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing"), decoder, None)


@pytest.fixture
def site(settings: Settings, decoder: Decoder, network: LazyPredictor) -> Iterator[Site]:
    """A site with a network."""
    yield from opened(settings, decoder, network)


def opened(settings: Settings, decoder: Decoder, network: LazyPredictor | None) -> Iterator[Site]:
    """A site that shares the worker, and the network, with other tests."""
    make_private(settings.data_dir)
    database, blobs = Database(settings.url), BlobStore(settings.data_dir / "blobs")
    database.migrate()
    decoder.forget()
    network = network or LazyPredictor(settings.bundle)
    yield Site(settings, database, blobs, decoder, decoder, ticking(), network)
    database.close()
    blobs.close()
