"""Migrations: from empty, from every earlier schema with data, all or nothing, with a backup first."""

import io
import json
import multiprocessing
import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, create_engine, inspect

from core.errors import StoreUnavailable
from core.records import Answer, Opinion, Status, WorklistFilter
from core.store import accounts, audit, cases, images, sign_ins, worklist
from core.store.database import Database
from core.store.folder_lock import take_share
from core.store.tables import APPEND_ONLY, Base
from core.store.upgrade import scripts, upgrade
from tests.core.full_disk import full_disk
from tests.core.store.entries import add_study, sha256

REVISIONS = [script.revision for script in reversed(list(scripts().walk_revisions()))]
EARLIER = REVISIONS[:-1]
AT = "2026-03-01 12:00:00.000000"
ROWS: dict[str, dict[str, object]] = {
    "studies": {
        "key": 7,
        "study_instance_uid": "2.25.7",
        "patient_id": "P7",
        "patient_name": "Ärzte^Öl",
        "patient_birth_date": "1950-01-31",
        "patient_sex": "F",
        "accession_number": "A7",
        "study_date": AT,
        "description": "Wrist",
        "body_part": "WRIST",
        "synthetic": 0,
        "received_at": AT,
        "search_text": "arzte ol\np7\na7\nwrist\nwrist",
    },
    "series": {"key": 3, "study_key": 7, "series_instance_uid": "2.25.8"},
    "images": {
        "key": 11,
        "series_key": 3,
        "sop_instance_uid": "2.25.9",
        "frame_number": 1,
        "sha256": sha256("old"),
        "source_name": "hand.dcm",
        "modality": "CR",
        "body_part": "WRIST",
        "laterality": "R",
        "view_position": "PA",
        "rows": 100,
        "columns": 80,
        "row_spacing": 0.1,
        "column_spacing": 0.2,
        "spacing_source": "PixelSpacing",
        "warnings": '["truncated"]',
        "received_at": AT,
    },
    "findings": {
        "key": 5,
        "image_key": 11,
        "bundle": "net-0",
        "probability": 0.9,
        "answer": "fracture",
        "peak_x": 4,
        "peak_y": 5,
        "regions": "[[1, 2, 3, 4, 0.5]]",
        "heat_map_sha256": sha256("heat"),
        "seconds": 0.5,
        "created_at": AT,
    },
    "failures": {
        "key": 2,
        "image_key": 11,
        "bundle": "net-x",
        "error_class": "CorruptFile",
        "message": "damaged",
        "created_at": AT,
    },
    "reveals": {"key": 4, "study_key": 7, "reader": "Dr Reader", "finding_key": 5, "created_at": AT},
    "verdicts": {
        "key": 9,
        "study_key": 7,
        "image_key": 11,
        "reader": "Dr Reader",
        "opinion": "no_fracture",
        "body_region": "wrist",
        "confidence": 4,
        "comment": "sicher",
        "after_ai": 0,
        "created_at": AT,
    },
    "flag_events": {
        "key": 6,
        "study_key": 7,
        "event": "raised",
        "reader": "Dr Reader",
        "reason": "second look",
        "created_at": AT,
    },
    "audit_entries": {
        "key": 1,
        "at": AT,
        "actor": "Dr Reader",
        "action": "verdict",
        "subject": "study:7",
        "outcome": "stored",
        "digest": "3d0b61b46cfdc7d6c7b5ef0f8f9f0b4b",
    },
}
"""A row of each table as the first schema has it. A migration may add to a table, never lose one of these values."""
LATER_ROWS: dict[str, dict[str, object]] = {
    "withdrawals": {"key": 8, "verdict_key": 9, "created_at": AT},
    "key_image_events": {"key": 10, "image_key": 11, "reader": "Dr Reader", "chosen": 1, "created_at": AT},
    "network_events": {"key": 12, "bundle": "net-0", "actor": "server", "created_at": AT},
}
"""A row of each append-only table that came later."""
FILLED_ROWS: dict[str, dict[str, object]] = {"shown_findings": {"key": 1, "reveal_key": 4, "finding_key": 5}}
"""What a migration itself puts into such a table, from the rows that are there."""


@pytest.fixture
def engine(database: Database) -> Engine:
    return database.engine


def at_revision(file: Path, revision: str) -> Database:
    """A database of an earlier schema, with one row in each of the first tables."""
    database = Database(f"sqlite:///{file}")
    database.file = file
    upgrade(database.engine, file, revision=revision)
    insert(file, ROWS)
    return database


def insert(file: Path, rows: dict[str, dict[str, object]]) -> None:
    """One row into each of these tables."""
    with closing(sqlite3.connect(file)) as plain:
        for table, row in rows.items():
            names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
            plain.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608
        plain.commit()


def stored(file: Path, table: str) -> list[dict[str, object]]:
    """The rows of a table, in the columns it had at first."""
    row = (ROWS | LATER_ROWS | FILLED_ROWS)[table]
    with closing(sqlite3.connect(file)) as plain:
        names = ", ".join(f'"{name}"' for name in row)
        found = plain.execute(f"SELECT {names} FROM {table}").fetchall()  # noqa: S608
    return [dict(zip(row, values, strict=True)) for values in found]


def schema(file: Path) -> str | None:
    with closing(sqlite3.connect(file)) as plain:
        row: tuple[str] | None = plain.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else row[0]


def backups(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.backup*"))


def test_revisions_are_one_line_of_numbers() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_the_migrations_amount_to_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_the_migrations_have_the_tables_check_constraints(engine: Engine, table: str) -> None:
    declared = create_engine("sqlite://")
    Base.metadata.create_all(declared)

    def checks(source: Engine) -> list[tuple[object, object]]:
        return sorted((str(c["name"]), str(c["sqltext"])) for c in inspect(source).get_check_constraints(table))

    assert checks(engine) == checks(declared)
    declared.dispose()


@pytest.mark.parametrize("revision", EARLIER)
def test_an_earlier_schema_is_upgraded_with_its_data(tmp_path: Path, revision: str) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, revision)
    database.migrate()
    assert {table: stored(file, table) for table in ROWS} == {table: [row] for table, row in ROWS.items()}
    with database.reading() as session:
        (row,) = worklist.page(session, WorklistFilter(text="ärzte p7", flagged=True, disagrees=True)).rows
        case = cases.get(session, 7)
        (double,) = worklist.page(session, WorklistFilter(disagrees=True), reads=2).rows
    assert (row.status, row.answer, row.opinion) == (Status.READ, Answer.FRACTURE, Opinion.NO_FRACTURE)
    assert (case.images[0].warnings, case.images[0].pixel_spacing) == (("truncated",), (0.1, 0.2))
    assert (row.probability, row.outside, case.findings[0].outside) == (0.9, None, None)
    assert [(each.marks, each.withdrawn_at, each.adjudicates) for each in case.verdicts] == [((), None, False)]
    assert (case.key_images, row.has_key_image) == ((), False)
    assert (double.status, double.opinion) == (Status.READ, Opinion.NO_FRACTURE), "read when one read was asked for"
    assert schema(file) == REVISIONS[-1]
    database.close()


def test_accounts_from_before_the_provider_stay_local_and_signed_in(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, "0008")
    with closing(sqlite3.connect(file)) as plain:
        for key, name in ((1, "Dr. A"), (2, "Dr. B")):
            values = (key, name, name.casefold(), "$argon2id$", '["reader"]', 0, 0, 0, None, AT)
            plain.execute(f"INSERT INTO accounts VALUES ({', '.join('?' * 10)})", values)  # noqa: S608
        plain.execute("INSERT INTO sign_ins VALUES (?, 1, ?, ?)", (sha256("token"), AT, AT))
        plain.commit()
    database.migrate()
    long_ago = datetime(2026, 3, 1, tzinfo=UTC)
    with database.session() as session:
        one, two = accounts.every(session)
        assert (one.issuer, one.subject, two.issuer, one.password_hash) == (None, None, None, "$argon2id$")
        assert sign_ins.signed_in(session, sha256("token"), seen_since=long_ago, begun_since=long_ago) == one
        assert sign_ins.end(session, sha256("token")) == ""
    database.close()


@pytest.mark.parametrize("revision", EARLIER)
def test_an_upgrade_leaves_a_backup_of_the_earlier_schema(tmp_path: Path, revision: str) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, revision)
    database.migrate()
    database.migrate()
    database.close()
    (backup,) = backups(tmp_path)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert schema(backup) == revision
    assert {table: stored(backup, table) for table in ROWS} == {table: [row] for table, row in ROWS.items()}


def test_earlier_backups_stay(tmp_path: Path) -> None:
    earlier = tmp_path / f"a.sqlite3.schema-{EARLIER[0]}.backup"
    earlier.write_bytes(b"precious")
    database = at_revision(tmp_path / "a.sqlite3", EARLIER[0])
    database.migrate()
    database.close()
    assert earlier.read_bytes() == b"precious"
    assert schema(tmp_path / f"a.sqlite3.schema-{EARLIER[0]}.backup.2") == EARLIER[0]


def test_without_a_backup_there_is_no_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, EARLIER[0])
    with full_disk(40_000), pytest.raises(StoreUnavailable, match="nothing was changed"):
        database.migrate()
    database.close()
    assert schema(file) == EARLIER[0]
    assert [path.name for path in tmp_path.iterdir()] == [file.name], "a full disk is not made fuller"


def test_a_new_database_needs_no_backup(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    database.migrate()
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.sqlite3"]


def test_rows_that_refer_to_missing_ones_are_not_upgraded(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, EARLIER[0])
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("INSERT INTO series VALUES (99, 12345, 'of no study')")
        plain.commit()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            database.migrate()
    database.close()
    assert schema(file) == EARLIER[0]
    assert backups(tmp_path) == [], "what cannot be upgraded is seen before it is copied"


def fail(*given: object) -> None:
    raise StoreUnavailable("undone")


def leave_an_orphan(connection: Connection) -> None:
    connection.exec_driver_sql("INSERT INTO series VALUES (99, 12345, 'of no study')")


@pytest.mark.parametrize("broken", [fail, leave_an_orphan])
def test_an_upgrade_that_fails_is_undone_with_its_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Callable[..., None]
) -> None:
    file = tmp_path / "a.sqlite3"
    earlier = tmp_path / f"a.sqlite3.schema-{EARLIER[0]}.backup"
    earlier.write_bytes(b"precious")
    database = at_revision(file, EARLIER[0])
    run = command.upgrade

    def upgrade_and_break(config: Config, revision: str) -> None:
        run(config, revision)
        broken(config.attributes["connection"])

    monkeypatch.setattr(command, "upgrade", upgrade_and_break)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="undone"):
            database.migrate()
    database.close()
    assert schema(file) == EARLIER[0]
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT count(*) FROM sqlite_master WHERE name = 'summaries'").fetchone() == (0,)
    assert backups(tmp_path) == [earlier]
    assert earlier.read_bytes() == b"precious"


def test_after_an_upgrade_references_are_checked_again(tmp_path: Path) -> None:
    database = at_revision(tmp_path / "a.sqlite3", EARLIER[0])
    database.migrate()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_newer_database_is_refused_and_left_alone(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    with pytest.raises(StoreUnavailable, match="newer version"):
        database.migrate()
    assert schema(file) == "9999"


def migrate_and_write(url: str, name: str) -> None:
    database = Database(url)
    database.migrate()
    with database.session() as session:
        add_study(session, name)
    database.close()


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=migrate_and_write, args=(f"sqlite:///{file}", str(n))) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 4
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT count(*) FROM summaries").fetchone() == (4,)


def open_and_write(url: str, name: str, lock: Path) -> None:
    database = Database(url)
    database.open(lock)
    with database.session() as session:
        add_study(session, name)
    database.close()


def test_processes_that_open_it_at_once_all_find_it_up_to_date(tmp_path: Path) -> None:
    file, lock = tmp_path / "a.sqlite3", tmp_path / ".lock"
    at_revision(file, EARLIER[0]).close()
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=open_and_write, args=(f"sqlite:///{file}", str(n), lock)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(backups(tmp_path)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no lock that many can share")
def test_a_database_is_not_upgraded_under_another_process(tmp_path: Path) -> None:
    file, lock = tmp_path / "a.sqlite3", tmp_path / ".lock"
    server = at_revision(file, EARLIER[-1])
    share = take_share(lock, alone=lambda: None)
    newer = Database(f"sqlite:///{file}")
    with pytest.raises(StoreUnavailable, match="Stop it first"):
        newer.open(lock)
    assert (schema(file), backups(tmp_path)) == (EARLIER[-1], [])
    os.close(share)
    server.close()
    newer.open(lock)
    beside = Database(f"sqlite:///{file}")
    beside.open(lock)
    assert schema(file) == REVISIONS[-1]
    beside.close()
    newer.close()
    alone: list[bool] = []
    os.close(take_share(lock, alone=lambda: alone.append(True)))
    assert alone == [True], "who closes a database gives the share back"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET key = key", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} {1}"])
def test_append_only_tables_refuse_changes(tmp_path: Path, migrated: Path, table: str, change: str) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, EARLIER[0])
    database.migrate()
    insert(file, LATER_ROWS)
    row = (ROWS | LATER_ROWS | FILLED_ROWS)[table]
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    statement = change.format(table, f"({names}) VALUES ({values})")
    parameters = list(row.values()) if "?" in statement else []
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA recursive_triggers = ON")
        with pytest.raises(sqlite3.IntegrityError, match="never changed or removed"):
            plain.execute(statement, parameters)
    assert stored(file, table) == [row]
    database.close()


def test_a_study_the_ai_failed_on_is_rated_by_the_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, "0013")
    failed: dict[str, dict[str, object]] = {
        "studies": ROWS["studies"] | {"key": 8, "study_instance_uid": "2.25.70"},
        "series": {"key": 4, "study_key": 8, "series_instance_uid": "2.25.80"},
        "images": ROWS["images"] | {"key": 12, "series_key": 4, "sop_instance_uid": "2.25.90", "sha256": sha256("new")},
        "failures": {
            "key": 1, "image_key": 12, "bundle": "net-1", "error_class": "E", "message": "m", "created_at": AT
        },
    }  # fmt: skip
    insert(file, failed)
    database.migrate()
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT priority FROM summaries WHERE study_key = 8").fetchone() == (1,)
    database.close()


def test_an_image_no_longer_says_that_its_graphics_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, "0016")
    told = ROWS["images"] | {"key": 12, "sop_instance_uid": "2.25.90", "sha256": sha256("new")}
    insert(
        file, {"images": told | {"warnings": '["truncated", "The file holds overlay graphics that are not shown."]'}}
    )
    database.migrate()
    with database.reading() as session:
        assert images.get(session, 11).warnings == ("truncated",)
        assert images.get(session, 12).warnings == ("truncated", "The file holds overlay graphics.")
    database.close()


def test_pixels_known_not_to_be_square_are_no_longer_said_to_be_drawn_distorted(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, "0017")
    note = "The pixels are not square: shapes are drawn distorted, and angles measured without a spacing are wrong."
    told: dict[int, tuple[list[str], float | None]] = {
        12: (["truncated", note], 0.1), 13: ([note, "truncated"], 0.1), 14: ([note], 0.1), 15: ([note], None),
        16: ([note], 9.0),
    }  # fmt: skip
    for key, (notes, row) in told.items():
        uid = {
            "key": key,
            "sop_instance_uid": f"2.25.{key}0",
            "sha256": sha256(str(key)),
            "warnings": json.dumps(notes),
        }
        spacing = {"row_spacing": row, "column_spacing": None if row is None else 0.2}
        insert(file, {"images": ROWS["images"] | uid | spacing})
    database.migrate()
    with database.reading() as session:
        found = {key: images.get(session, key) for key in (11, *told)}
    database.close()
    assert {key: image.pixel_aspect for key, image in found.items()} == {11: 1, 12: 0.5, 13: 0.5, 14: 0.5, 15: 1, 16: 1}
    said = [found[key].warnings for key in told]
    assert said == [("truncated",), ("truncated",), (), (note,), (note,)]


def test_every_audit_entry_is_chained_after_an_upgrade(tmp_path: Path) -> None:
    database = at_revision(tmp_path / "a.sqlite3", EARLIER[0])
    database.migrate()
    with database.reading() as session:
        assert audit.verify_chain(session) == 1
    database.close()


def postgresql_statements() -> Iterator[str]:
    """What the migrations would have PostgreSQL do."""
    for script in reversed(list(scripts().walk_revisions())):
        output = io.StringIO()
        options = {"as_sql": True, "output_buffer": output}
        context = MigrationContext.configure(dialect_name="postgresql", opts=options)
        with Operations.context(context):
            script.module.upgrade()
        yield output.getvalue()


def test_the_migrations_speak_postgresql() -> None:
    statements = "\n".join(postgresql_statements())
    for table in Base.metadata.tables:
        assert f"CREATE TABLE {table} (" in statements
    for table in APPEND_ONLY:
        assert f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} " in statements
    assert "TIMESTAMP WITH TIME ZONE" in statements


def test_a_case_read_before_the_upgrade_keeps_what_its_reader_was_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    database = at_revision(file, "0015")
    insert(file, {"findings": ROWS["findings"] | {"key": 6, "bundle": "net-1", "probability": 0.1, "answer": "none"}})
    database.migrate()
    with database.reading() as session:
        assert [each.bundle for each in cases.get(session, 7).findings] == ["net-0"]
        [row] = worklist.page(session, WorklistFilter()).rows
    assert (row.answer, row.disagrees) == (Answer.FRACTURE, True)
    database.close()
