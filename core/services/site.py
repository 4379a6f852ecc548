"""Site: opens what one place of work needs: the store, the decoding workers and, on first use, the network."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core.errors import BundleUnavailable, StoreUnavailable
from core.services.decoder import Decoder
from core.services.remote_network import CLOSED, RemoteNetwork
from core.services.unavailable import unavailable
from core.settings import Settings
from core.store.blobs import BlobStore, disk_trouble
from core.store.database import Database
from core.store.drafts import sweep

if TYPE_CHECKING:
    from models.predictor import Predictor


INCOMING_BYTES, VIEWING_BYTES = 256 * 2**20, 384 * 2**20
"""Most bytes of decoded pixels kept for the analysis that follows, and for the cases a reader moves between."""

DRAFTS = ("*.part", "*.part-journal", "previews-*/*/*.part")
"""What killed processes leave in the data folder; the blobs have drafts of their own."""

NO_DATABASE = (
    "There is no database for the data folder {}. Mount the folder, or set LUCENCY_DATA_DIR; to begin a new one there, "
    "run `python -m core migrate` once."
)

ANOTHER_S = (
    "The data folder belongs to another user, who could not read what this one writes there. Run this as the user that "
    "runs the server (sudo -u NAME …), mount the folder, or correct LUCENCY_DATA_DIR."
)


def utc_now() -> datetime:
    """The clock of the product."""
    return datetime.now(UTC)


class LazyPredictor:
    """The network of one bundle, in a process of its own that is started when it is first asked for."""

    def __init__(self, bundle: Path, heat_map: str = "linear") -> None:
        self._bundle, self._heat_map = bundle, heat_map
        self._lock = threading.Lock()
        self._loaded: RemoteNetwork | None = None
        self._loading: RemoteNetwork | None = None
        self._closed = False

    def get(self) -> RemoteNetwork:
        """The network. A bundle that is put right later is found at the next call. Raises BundleUnavailable."""
        with self._lock:
            if self._loaded is None:
                self._loading = RemoteNetwork(self._bundle, self._heat_map)
                if self._closed:  # only now: `close` either is seen here, or finds what is loading
                    raise BundleUnavailable(CLOSED)
                self._loading.load()
                self._loaded = self._loading
            return self._loaded

    def close(self) -> None:
        """End the network's process for good, if there is one, also while it loads."""
        self._closed = True
        for network in (self._loading, self._loaded):
            if network is not None:
                network.close()


def load_predictor(bundle: Path, heat_map: str = "linear") -> "Predictor":
    """The network of the bundle in this folder, in this process; `heat_map` as in the settings.

    Raises BundleUnavailable.
    """
    from models.predictor import Predictor

    with unavailable("The network cannot be loaded"):
        return Predictor(bundle, heat_map)


@dataclass
class Site:
    """The parts every service needs, safe to share between threads. Build it with `open_site`."""

    settings: Settings
    database: Database
    blobs: BlobStore
    incoming: Decoder
    """Decodes what is taken in and analysed."""
    viewing: Decoder
    """Decodes what a reader waits for: an import neither makes her wait nor takes her pictures away."""
    clock: Callable[[], datetime]
    network: LazyPredictor
    closing: threading.Event = field(default_factory=threading.Event)
    """Set once the program ends: what runs in the background stops after the item at hand."""

    @property
    def predictor(self) -> RemoteNetwork:
        """The network, loaded on first use. Raises BundleUnavailable."""
        return self.network.get()

    def bundle_problem(self) -> BundleUnavailable | None:
        """Why the network cannot be used, or None. Loads it on the first call."""
        try:
            self.network.get()
        except BundleUnavailable as error:
            return error
        return None

    def stop(self) -> None:
        """Have what runs in the background end: the network is not asked any more, the decoders and the store are."""
        self.closing.set()
        self.network.close()

    def close(self) -> None:
        """Stop the decoding workers and let the store go. What runs in the background has to be at its end."""
        self.stop()
        self.incoming.close()
        self.viewing.close()
        self.database.close()
        self.blobs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_site(settings: Settings, *, create: bool = True, clock: Callable[[], datetime] = utc_now) -> Site:
    """Open the data folder and the database. The network is loaded on first use.

    Both are created where missing, unless `create` is False: a folder that is not mounted would be begun anew.
    Raises StoreUnavailable, also where the database needs an upgrade while another process uses the folder.
    """
    absent = StoreUnavailable(NO_DATABASE.format(settings.data_dir))
    with disk_trouble():
        if not create and not settings.data_dir.is_dir():
            raise absent
    make_private(settings.data_dir)
    database = Database(settings.url)
    if not create and not database.is_there():
        raise absent
    database.open(settings.data_dir / ".lock", tidy=lambda: sweep(settings.data_dir, *DRAFTS))
    return Site(
        settings=settings,
        database=database,
        blobs=BlobStore(settings.data_dir / "blobs"),
        incoming=Decoder(settings.limits, capacity=INCOMING_BYTES),
        viewing=Decoder(settings.limits, capacity=VIEWING_BYTES),
        clock=clock,
        network=LazyPredictor(settings.bundle, settings.heat_map),
    )


def make_private(folder: Path) -> None:
    """Create the folder where missing, and let nobody but its owner in, who must be the user that runs this.

    Raises StoreUnavailable.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32" and folder.stat().st_uid != os.geteuid():
            raise StoreUnavailable(ANOTHER_S)
        folder.chmod(0o700)
    except OSError as error:
        raise StoreUnavailable(
            "The data folder cannot be created or is not yours. Check LUCENCY_DATA_DIR and its permissions."
        ) from error
