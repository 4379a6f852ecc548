"""kill -9 in the middle of writing: whatever was reported as stored is there, and nothing is half there."""

import random
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.records import WorklistFilter
from core.store import audit, cases
from core.store.blobs import BlobStore
from core.store.database import Database
from tests.core.store.endless_reader import killed_reader

ROUNDS = 5


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
