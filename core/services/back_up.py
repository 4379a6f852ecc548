"""Back up: copies the database, in use or not, and the stored files into a folder."""

from pathlib import Path

from core.errors import RequestError, StoreUnavailable
from core.services.site import Site
from core.store import audit
from core.store.backup import Copied, write_backup

POSTGRESQL = (
    "Only SQLite databases are backed up and restored here. Use PostgreSQL's own tools (pg_dump, pg_restore); copy the "
    "folder blobs of the data folder after the dump."
)
ELSEWHERE = "The data folder cannot be its own backup, nor hold it. Choose another folder, best on another disk."


def back_up(site: Site, folder: Path, *, actor: str) -> Copied:
    """Copy into the folder what is not there yet. The entry of the audit trail is in the copy too.

    Raises RequestError for the data folder itself and what lies in it, StoreUnavailable.
    """
    if site.database.file is None:
        raise StoreUnavailable(POSTGRESQL)
    if folder.resolve().is_relative_to(site.settings.data_dir.resolve()):
        raise RequestError(ELSEWHERE)
    with site.database.session() as session:
        audit.append(session, at=site.clock(), actor=actor, action="backup", subject="store:whole", outcome="begun")
    return write_backup(site.database.file, site.blobs, folder)
