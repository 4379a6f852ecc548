"""PostgreSQL: no server is asked here, but every statement the queries make is one it would understand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest
from sqlalchemy import ClauseElement, Connection, event, make_url
from sqlalchemy.orm import Session

from core.people import Attempt
from core.records import Answer, Opinion, Statement, Status, WorklistFilter
from core.store import (
    accounts,
    answers,
    attempts,
    audit,
    backup,
    cases,
    claims,
    failures,
    findings,
    flags,
    images,
    key_bindings,
    key_images,
    networks,
    reveals,
    saved_views,
    sign_ins,
    studies,
    summaries,
    unsigned_reads,
    verdicts,
    worklist,
)
from core.store.database import WRITER_LOCK, Database, begin
from core.store.tables import Base
from tests.core.store.entries import NOON, add_case, add_image, add_verdict

EVERYTHING = WorklistFilter(
    text="a_b",
    status=frozenset({Status.READ}),
    answers=frozenset({None, Answer.DOUBT}),
    body_parts=frozenset({"HAND"}),
    flagged=True,
    received_from=datetime(2026, 1, 1, tzinfo=UTC),
    received_to=datetime(2026, 1, 3, tzinfo=UTC),
    include_synthetic=False,
    opinions=frozenset({Opinion.FRACTURE}),
    disagrees=False,
    has_key_image=True,
)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What is executed on the database, in PostgreSQL's words."""
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    heard: list[str] = []

    def hear(connection: Connection, clause: ClauseElement, *rest: object) -> None:
        heard.append(str(clause.compile(dialect=dialect)))

    event.listen(database.engine, "before_execute", hear)
    yield heard
    event.remove(database.engine, "before_execute", hear)


def write(session: Session) -> None:
    study = add_case(session, "1", Answer.FRACTURE)
    add_case(session, "1", body_part="HAND")
    late = add_image(session, study.key, "late")
    failures.add(session, late.key, bundle="net-1", error_class="E", message="m", at=NOON)
    networks.use(session, "net-1", actor="server", at=NOON)
    reveals.add(session, study.key, reader="a", at=NOON)
    verdicts.withdraw(session, add_verdict(session, study.key, Opinion.FRACTURE), at=NOON)
    flags.raise_flag(session, study.key, reader="a", reason="x", at=NOON)
    flags.clear(session, study.key, reader="a", at=NOON)
    key_images.add(session, late, reader="a", chosen=True, at=NOON)
    claims.take(session, study.key, reader="a", at=NOON, until=NOON)
    audit.append(session, at=NOON, actor="a", action="b", subject="c", outcome="d")
    member = accounts.add(session, name="A", password_hash="", roles=["reader"], must_change=True, at=NOON)
    sign_ins.begin(session, member.key, "0" * 64, at=NOON)
    sign_ins.saw(session, "0" * 64, at=NOON)
    accounts.count_failure(session, member.key, locked_until=NOON)
    sign_ins.end_all(session, member.key)
    accounts.by_identity(session, "https://login.example", "1")
    attempts.begin(session, Attempt("s", "n", "v", "/", NOON), state_sha256="1" * 64, browser_sha256="2" * 64)
    attempts.take(session, "s", state_sha256="1" * 64, browser_sha256="2" * 64)
    attempts.drop_stale(session, begun_since=NOON)
    sign_ins.drop_stale(session, seen_since=NOON)
    saved_views.put(session, "a", "b", "{}")
    saved_views.remove(session, "a", "b")
    key_bindings.put(session, "a", "b", "c")
    key_bindings.clear(session, "a")
    unsigned_reads.put(session, study.key, "a", Statement(comment="begun"), at=NOON)
    unsigned_reads.remove(session, study.key, "a")
    summaries.rebuild(session)


def read(session: Session) -> None:
    for filters in (EVERYTHING, WorklistFilter()):
        worklist.page(session, filters)
        worklist.next_unread(session, filters, after=1, without={2}, skipped={3})
        list(cases.find(session, filters))
        worklist.page(session, filters, reads=2)
        worklist.next_unread(session, filters, after=1, offer=worklist.Offer("a_b", adjudicates=False))
        worklist.count_unread(session, filters, among={1})
        worklist.double_reads(session, filters)
        worklist.double_reads(session, filters, signed=True, limit=2)
        worklist.total(session, filters)
        list(cases.find(session, filters, reads=2))
        list(cases.find(session, filters, signed=True, limit=2))
    worklist.double_read(session, 1)
    cases.get(session, 1)
    studies.body_parts(session)
    images.pending(session, "net-1")
    images.pending(session, "net-1", among=[1, 2], failed=True)
    images.asked_anew(session, "net-1")
    networks.in_use(session)
    answers.used(session)
    answers.shown(session, [1, 2])
    summaries.stale(session, limit=2)
    backup.named(session)
    images.find(session, "2.25", "a" * 64, 1)
    findings.of_image(session, 1)
    failures.of_study(session, 1)
    reveals.has_revealed(session, 1, "a")
    claims.of_studies(session, [1], at=NOON)
    claims.of_others(session, "b", at=NOON)
    verdicts.readers(session)
    verdicts.newest_of(session, "a")
    studies.earlier(session, 1)
    accounts.by_name(session, "A")
    accounts.every(session)
    accounts.any_there(session)
    sign_ins.signed_in(session, "0" * 64, seen_since=NOON, begun_since=NOON)
    saved_views.of_owner(session, "a")
    key_bindings.of_owner(session, "a")
    unsigned_reads.get(session, 1, "a")
    unsigned_reads.among(session, [1], "a")
    audit.count(session, actor="a")
    list(audit.on_signed_studies(session, ("view", "verdict")))
    audit.actors(session)
    audit.actions(session)
    audit.verify_chain(session)
    audit.find(session, actor="a", action="b", subject="c", since=NOON, until=datetime(2027, 1, 1, tzinfo=UTC))


class Heard:
    """Stands for a connection to PostgreSQL, and notes what is executed on it."""

    def __init__(self, **options: object) -> None:
        self.dialect = make_url("postgresql+psycopg://").get_dialect()()
        self.options, self.statements = options, list[str]()

    def get_execution_options(self) -> dict[str, object]:
        """Those it was made with."""
        return self.options

    def exec_driver_sql(self, statement: str) -> None:
        """Note it."""
        self.statements.append(statement)


def test_a_writer_waits_for_its_turn_as_long_as_it_has_patience() -> None:
    writer, hasty, reader = Heard(), Heard(), Heard(reads_only=True)
    for connection, patience in ((writer, 30), (hasty, 0.0001), (reader, 30)):
        begin(cast("Connection", connection), patience=patience)
    assert writer.statements == [
        "SET LOCAL lock_timeout = 30000",
        f"SELECT pg_advisory_xact_lock({WRITER_LOCK})",
    ]
    assert hasty.statements[0] == "SET LOCAL lock_timeout = 1", "0 would be for ever"
    assert len(reader.statements) == 1


def test_every_statement_is_one_postgresql_understands(database: Database, statements: list[str]) -> None:
    with database.session() as session:
        write(session)
    with database.reading() as session:
        read(session)
    together = "\n".join(statements)
    for table in Base.metadata.tables:
        assert f"INSERT INTO {table} (" in together
    assert "LIKE '%%' || " in together
    assert "summaries.flagged IS true" in together
    assert "summaries.readers NOT LIKE" in together
    assert "ORDER BY summaries.priority, summaries.received_at, summaries.study_key" in together
