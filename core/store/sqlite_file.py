"""SQLite file: copies a database whole, whoever writes to it meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path

from core.store.blobs import sync_folder
from core.store.drafts import drafted


def copy(file: Path, target: Path) -> None:
    """Copy the database, with what its log holds, as one file that needs no log. Raises OSError, sqlite3.Error."""
    with drafted(target) as draft, closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(draft)) as written:
        source.backup(written)
        written.execute("PRAGMA journal_mode = DELETE")
    sync_folder(target.parent)
