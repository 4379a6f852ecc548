"""Sites: an opened store of a test's own, which shares the decoding worker with other tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from core.services.decoder import Decoder
from core.services.site import LazyPredictor, Site, make_private
from core.settings import Settings
from core.store.blobs import BlobStore
from core.store.database import Database


@contextmanager
def opened(
    settings: Settings,
    migrated: Path,
    decoder: Decoder,
    clock: Callable[[], datetime],
    network: LazyPredictor | None = None,
) -> Iterator[Site]:
    """A site with this worker and this network, or else that of its settings; a new one gets the migrated database."""
    make_private(settings.data_dir)
    if not (settings.data_dir / migrated.name).exists():
        shutil.copy(migrated, settings.data_dir)
    database, blobs = Database(settings.url), BlobStore(settings.data_dir / "blobs")
    decoder.forget()
    yield Site(settings, database, blobs, decoder, decoder, clock, network or LazyPredictor(settings.bundle))
    database.close()
    blobs.close()
