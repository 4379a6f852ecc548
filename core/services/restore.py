"""Restore: puts a backup in the place of the database, and the files it names where they lack."""

from pathlib import Path

from core.errors import RequestError, StoreUnavailable
from core.services.back_up import POSTGRESQL
from core.services.site import make_private, open_site
from core.settings import Settings
from core.store import audit
from core.store.backup import COPY, Copied, bring_back
from core.store.blobs import disk_trouble
from core.store.database import Database
from core.store.folder_lock import alone

NO_BACKUP = (
    "There is no backup in that place. Give the folder that `core backup` wrote, or the copy that an upgrade left "
    "beside the database."
)
TAKEN = "The data folder has a database. Give --replace to have it set aside and the backup put in its place."


def restore(settings: Settings, source: Path, *, actor: str, replace: bool = False, incomplete: bool = False) -> Copied:
    """Bring back a folder written by `back_up`, or a database file, whose stored files lie in `blobs` beside it.

    A database that is there is set aside, if `replace` allows it. The one brought back is opened, which upgrades it
    where it is an earlier version's, and audited. Raises RequestError, BlobDamaged, StoreUnavailable, also while
    another process uses the data folder.
    """
    file = Database(settings.url).file
    if file is None:
        raise StoreUnavailable(POSTGRESQL)
    copy = source / COPY if source.is_dir() else source
    if not copy.is_file():
        raise RequestError(NO_BACKUP)
    make_private(settings.data_dir)
    with disk_trouble(), alone(settings.data_dir / ".lock"):
        if file.exists() and not replace:
            raise RequestError(TAKEN)
        copied = bring_back(copy, file, settings.data_dir / "blobs", incomplete=incomplete)
    with open_site(settings) as site, site.database.session() as session:
        audit.append(session, at=site.clock(), actor=actor, action="restore", subject="store:whole", outcome="done")
    return copied
