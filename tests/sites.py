"""Sites: an opened store of a test's own, which shares the decoding worker with other tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from core.services.decoder import Decoder
from core.services.site import LazyPredictor, Site, make_private
from core.settings import Settings
from core.store.blobs import BlobStore
from core.store.database import Database


@contextmanager
def opened(
    settings: Settings, decoder: Decoder, clock: Callable[[], datetime], network: LazyPredictor | None = None
) -> Iterator[Site]:
    """A site with this worker, and this network or else the one of its settings."""
    make_private(settings.data_dir)
    database, blobs = Database(settings.url), BlobStore(settings.data_dir / "blobs")
    database.migrate()
    decoder.forget()
    yield Site(settings, database, blobs, decoder, decoder, clock, network or LazyPredictor(settings.bundle))
    database.close()
    blobs.close()
