"""The database: transactions, many users at once, and what is said when it cannot be used."""

import multiprocessing
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.arrivals import NewStudy
from core.errors import RuleBroken, StoreUnavailable
from core.records import Opinion, Statement
from core.store import audit, studies, verdicts
from core.store.database import Database
from tests.core.store.entries import NOON, add_case, add_image, add_study, add_verdict

PATIENT = "Geheim^Patient"
WRITERS, ROUNDS = 4, 10


def pragma(session: Session, name: str) -> object:
    return session.scalar(text(f"PRAGMA {name}"))


def journal(database: Database) -> int:
    """How many entries the audit has."""
    with database.reading() as session:
        last = audit.head(session)
    return 0 if last is None else last.key


def write_rounds(url: str, study_key: int, reader: str) -> None:
    """Verdicts and audit entries of one reader; each pair in one transaction."""
    database = Database(url)
    for number in range(ROUNDS):
        with database.session() as session:
            verdicts.add(
                session,
                study_key,
                Statement(Opinion.UNCERTAIN, comment=str(number)),
                reader=reader,
                after_ai=False,
                at=NOON,
            )
            audit.append(
                session, at=NOON, actor=reader, action="verdict", subject=f"study:{study_key}", outcome="stored"
            )
    database.close()


def assert_all_there(database: Database, study_key: int) -> None:
    with database.reading() as session:
        said = [(v.reader, v.comment) for v in verdicts.of_study(session, study_key)]
        assert sorted(said) == sorted((f"r{w}", str(n)) for w in range(WRITERS) for n in range(ROUNDS))
        assert audit.verify_chain(session) is None
    assert journal(database) == WRITERS * ROUNDS


@pytest.fixture
def study_key(database: Database) -> int:
    with database.session() as session:
        return add_case(session, "1").key


def test_connections_are_set_up_for_safety(session: Session) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
    assert [pragma(session, name) for name in names] == ["wal", 2, 1, 1, 30_000]


def test_files_are_their_owners_only(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    database.migrate()
    with database.session() as session:
        add_study(session)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    database.close()
    assert modes == {"a.sqlite3": 0o600, "a.sqlite3-wal": 0o600, "a.sqlite3-shm": 0o600}


def test_a_file_open_to_others_is_closed_to_them(database: Database, file: Path) -> None:
    file.chmod(0o644)
    database.migrate()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def fail_halfway() -> None:
        with database.session() as session:
            add_study(session)
            session.execute(text("CREATE TABLE half_done (x)"))
            raise LookupError("the caller's own")

    with pytest.raises(LookupError, match="own"):
        fail_halfway()
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM studies")) == 0
        assert session.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'")) == 0


def test_a_reader_sees_one_moment_and_waits_for_nobody(database: Database) -> None:
    with database.session() as writing:
        add_study(writing, "1")
        with database.reading() as early:
            assert studies.body_parts(early) == ()
            assert early.scalar(text("SELECT count(*) FROM studies")) == 0
    with database.reading() as steady:
        assert steady.scalar(text("SELECT count(*) FROM studies")) == 1
        with database.session() as writing:
            add_study(writing, "2")
        assert steady.scalar(text("SELECT count(*) FROM studies")) == 1


def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.reading() as session:
        add_study(session)
    with database.session() as session:
        add_study(session)


def test_threads_write_at_once_and_nothing_is_lost(database: Database, file: Path, study_key: int) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = [pool.submit(write_rounds, f"sqlite:///{file}", study_key, f"r{w}") for w in range(WRITERS)]
    assert [job.exception() for job in jobs] == [None] * WRITERS
    assert_all_there(database, study_key)


def test_threads_sharing_one_database_take_turns(database: Database, study_key: int) -> None:
    def write(writer: int) -> None:
        for number in range(ROUNDS):
            with database.session() as session:
                reader, comment = f"r{writer}", str(number)
                verdicts.add(
                    session,
                    study_key,
                    Statement(Opinion.UNCERTAIN, comment=comment),
                    reader=reader,
                    after_ai=False,
                    at=NOON,
                )
                audit.append(session, at=NOON, actor=reader, action="verdict", subject="study:1", outcome="stored")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert_all_there(database, study_key)


def test_processes_write_at_once_and_nothing_is_lost(database: Database, file: Path, study_key: int) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=write_rounds, args=(f"sqlite:///{file}", study_key, f"r{w}")) for w in range(WRITERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * WRITERS
    assert_all_there(database, study_key)


def test_a_writer_that_waits_too_long_is_told(database: Database, file: Path) -> None:
    hasty = Database(f"sqlite:///{file}", patience=0.2)
    started = time.monotonic()
    with database.session() as session:
        add_study(session)
        with pytest.raises(StoreUnavailable, match="busy"), hasty.session() as blocked:
            add_study(blocked, "2")
    assert time.monotonic() - started < 5
    with hasty.session() as session:
        add_study(session, "2")
    hasty.close()


def test_a_second_writer_of_the_same_process_is_told(file: Path) -> None:
    database = Database(f"sqlite:///{file}", patience=0.2)
    told: list[str] = []

    def intrude() -> None:
        try:
            with database.session():
                pass
        except StoreUnavailable as error:
            told.append(str(error))

    with database.session() as session:
        add_study(session)
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
    database.close()
    assert told == ["The database is busy with other work. Try again in a moment."]


def test_a_transaction_inside_another_is_a_mistake_told_at_once(database: Database) -> None:
    with database.session() as session:
        add_study(session)
        with pytest.raises(RuntimeError, match="inside another"), database.session() as inner:
            add_study(inner, "2")
    with database.session() as session:
        add_study(session, "2")
        assert session.scalar(text("SELECT count(*) FROM studies")) == 2


def broken_rules() -> Iterator[tuple[str, NewStudy, datetime]]:
    """Studies the database must refuse, each with patient data that must not be told."""
    given = NewStudy(study_instance_uid="2.25.9", patient_name=PATIENT, patient_id=PATIENT)
    yield "no UID", replace(given, study_instance_uid=""), NOON
    yield "naive time", given, NOON.replace(tzinfo=None)
    yield "naive study time", replace(given, study_date=NOON.replace(tzinfo=None)), NOON


@pytest.mark.parametrize(("study", "at"), [pytest.param(s, at, id=name) for name, s, at in broken_rules()])
def test_a_broken_rule_is_told_without_patient_data(database: Database, study: NewStudy, at: datetime) -> None:
    with pytest.raises(RuleBroken) as caught, database.session() as session:
        studies.upsert(session, study, at=at)
    assert "Nothing of it was stored" in str(caught.value)
    assert PATIENT not in str(caught.value)
    assert caught.value.__suppress_context__
    assert PATIENT not in str(caught.value.__context__)


@pytest.mark.parametrize(
    "changes",
    [{"rows": 0}, {"columns": -1}, {"frame_number": 0}, {"sha256": "a"}, {"sop_instance_uid": ""}, {"rows": 2**70}],
    ids=str,
)
def test_an_image_that_cannot_be_is_refused(database: Database, changes: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken), database.session() as session:
        add_image(session, add_study(session).key, **changes)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM studies")) == 0


def test_an_image_of_no_study_is_refused(database: Database) -> None:
    with pytest.raises(RuleBroken), database.session() as session:
        add_image(session, 77)


@pytest.mark.parametrize(("reader", "confidence"), [("", 3), ("Dr Reader", 0), ("Dr Reader", 6)])
def test_a_verdict_that_cannot_be_is_refused(database: Database, study_key: int, reader: str, confidence: int) -> None:
    with pytest.raises(RuleBroken), database.session() as session:
        verdicts.add(
            session,
            study_key,
            Statement(Opinion.FRACTURE, confidence=confidence),
            reader=reader,
            after_ai=False,
            at=NOON,
        )


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x", "postgresql+no_such_driver://host/db", ""])
def test_a_url_that_cannot_be_used_is_told(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="LUCENCY_DATABASE_URL"):
        Database(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="in memory"):
        Database(url)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'absent' / 'a.sqlite3'}")
    with pytest.raises(StoreUnavailable, match="data folder"):
        database.migrate()
    with pytest.raises(StoreUnavailable, match="data folder"), database.session() as session:
        add_study(session)
    database.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(84) + b"\xff" * 8000])
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.sqlite3"
    file.write_bytes(content)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(StoreUnavailable, match="damaged"):
        database.migrate()
    database.close()
    assert file.read_bytes() == content


def fill_the_disk(database: Database, study_key: int) -> None:
    """Add images to a database that may not grow any more."""
    with database.session() as session:
        session.execute(text(f"PRAGMA max_page_count = {pragma(session, 'page_count')}"))
        for number in range(500):
            add_image(session, study_key, f"more-{number}", source_name="x" * 1000)


def test_a_full_disk_is_told_and_what_was_stored_stays(database: Database, study_key: int) -> None:
    with pytest.raises(StoreUnavailable, match="disk is full"):
        fill_the_disk(database, study_key)
    with database.session() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
        add_verdict(session, study_key, Opinion.FRACTURE)
        assert session.scalar(text("SELECT count(*) FROM images")) == 1
        assert pragma(session, "integrity_check") == "ok"


def test_the_file_opens_with_plain_sqlite(database: Database, file: Path, study_key: int) -> None:
    with database.session() as session:
        add_verdict(session, study_key, Opinion.FRACTURE)
    database.close()
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT opinion FROM verdicts").fetchall() == [("fracture",)]
