"""Endless reader: stores images and verdicts for ever, and reports each once its transaction is through; to be killed.

Run it as `python -m tests.core.store.endless_reader FOLDER`.
"""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy.orm import Session

from core.records import Answer, Opinion
from core.store import audit, flags
from core.store.blobs import BlobStore
from core.store.database import Database
from tests.core.store.entries import NOON, add_finding, add_image, add_study, add_verdict


def read_one(session: Session, name: str, sha256: str) -> None:
    """A study, its image, the answer, the verdict, a flag and an audit entry: all in one transaction."""
    study = add_study(session, name)
    image = add_image(session, study.key, name, sha256=sha256)
    add_finding(session, image.key, Answer.FRACTURE)
    add_verdict(session, study.key, Opinion.NO_FRACTURE)
    flags.raise_flag(session, study.key, reader="Dr Reader", reason=name, at=NOON)
    audit.append(session, at=NOON, actor="Dr Reader", action="read", subject=f"study:{study.key}", outcome=name)


def work(folder: Path) -> None:
    """Go on until killed."""
    database = Database(f"sqlite:///{folder / 'lucency.sqlite3'}")
    database.migrate()
    blobs = BlobStore(folder / "blobs")
    for number in itertools.count():
        name = f"{os.getpid()}.{number}"
        sha256 = blobs.put(name.encode() * 20_000)
        with database.session() as session:
            read_one(session, name, sha256)
        print(name, flush=True)


def killed_reader(folder: Path, seconds: float) -> set[str]:
    """What an endless reader reported as stored before it was killed, so long after its first report."""
    command = [sys.executable, "-m", "tests.core.store.endless_reader", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        first = reader.stdout.readline().strip()
        time.sleep(seconds)
        reader.kill()
        reports = reader.stdout.read()
    assert first, "the reader stored nothing"
    return {first, *(line for line in reports.split("\n")[:-1] if line)}


if __name__ == "__main__":
    work(Path(sys.argv[1]))
