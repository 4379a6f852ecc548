"""kill -9 in the middle of writing: whatever was reported as stored is there, and nothing is half there."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from core.records import WorklistFilter
from core.store import audit, cases
from core.store.blobs import BlobStore
from core.store.database import Database

ROUNDS = 5


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


def assert_whole(folder: Path, reported: set[str]) -> None:
    database = Database(f"sqlite:///{folder / 'lucency.sqlite3'}")
    database.migrate()
    blobs = BlobStore(folder / "blobs")
    with database.reading() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        assert audit.verify_chain(session) is None
        stored = list(cases.find(session, WorklistFilter(flagged=True, disagrees=True)))
        assert session.scalar(text("SELECT count(*) FROM studies")) == len(stored)
        assert session.scalar(text("SELECT count(*) FROM audit_entries")) == len(stored)
    database.close()
    assert {case.flag.reason for case in stored if case.flag} >= reported
    for case in stored:
        assert (len(case.images), len(case.findings), len(case.verdicts)) == (1, 1, 1)
        assert blobs.get(case.images[0].sha256)
    assert list(blobs.folder.rglob("*.part")) == []
    blobs.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tidies drafts up by itself")
def test_a_killed_process_loses_nothing_it_reported(tmp_path: Path) -> None:
    draw = random.Random(20260301)
    reported: set[str] = set()
    for _ in range(ROUNDS):
        reported |= killed_reader(tmp_path, draw.uniform(0, 0.5))
        assert_whole(tmp_path, reported)
    assert len(reported) > ROUNDS
