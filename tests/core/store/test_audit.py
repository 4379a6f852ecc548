"""The audit chain: whatever is changed, removed or put in between shows."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import RuleBroken
from core.records import AuditEntry, Opinion
from core.store import audit
from core.store.database import Database
from tests.core.store.entries import NOON, add_study, add_verdict, later

LENGTH = 5


def note(session: Session, number: int, *, actor: str = "Dr Reader", action: str = "view") -> AuditEntry:
    return audit.append(
        session, at=later(number), actor=actor, action=action, subject=f"study:{number}", outcome="shown"
    )


@pytest.fixture
def entries(database: Database) -> list[AuditEntry]:
    with database.session() as session:
        return [note(session, number) for number in range(LENGTH)]


def tamper(file: Path, *statements: str) -> None:
    """Change the file as somebody with the file in hand could: triggers do not stop him."""
    with closing(sqlite3.connect(file)) as plain:
        for trigger in ("audit_entries_no_update", "audit_entries_no_delete"):
            plain.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            plain.execute(statement)
        plain.commit()


def first_broken(database: Database, noted: AuditEntry | None = None) -> int | None:
    with database.reading() as session:
        return audit.verify_chain(session, noted=noted)


def test_an_empty_chain_is_whole(session: Session) -> None:
    assert audit.verify_chain(session) is None
    assert audit.head(session) is None


def test_the_trail_of_studies_that_somebody_has_signed(database: Database, entries: list[AuditEntry]) -> None:
    with database.session() as session:
        keys = [add_study(session, name).key for name in "1234"]
        add_verdict(session, keys[2], Opinion.FRACTURE)
        note(session, keys[2], action="claim")
        trail = audit.on_signed_studies(session, ("view", "verdict"))
        assert [tuple(each) for each in trail] == [(later(keys[2]), "Dr Reader", "view", f"study:{keys[2]}")]


def test_entries_are_numbered_without_gaps_and_chained(database: Database, entries: list[AuditEntry]) -> None:
    assert [entry.key for entry in entries] == list(range(1, LENGTH + 1))
    assert len({entry.digest for entry in entries}) == LENGTH
    assert first_broken(database) is None
    assert first_broken(database, noted=entries[2]) is None
    with database.reading() as session:
        assert audit.head(session) == entries[-1]


def test_the_digest_is_what_the_documentation_says() -> None:
    entry = AuditEntry(1, NOON, "ä", "view", "study:1", "shown", "")
    # printf '["000…000",1,"2026-03-01T12:00:00+00:00","\\u00e4","view","study:1","shown"]' | sha256sum
    assert audit.digest(audit.START, entry) == "5d870457fc8d6b9f9e3e4c83330af630dbddec82210ee0c20318b5b63ca3adc3"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.tuples(st.text(), st.text(), st.text(), st.text()), hours=st.integers(-14, 14))
def test_any_words_are_chained(database: Database, words: tuple[str, str, str, str], hours: int) -> None:
    actor, action, subject, outcome = words
    at = NOON.astimezone(timezone(timedelta(hours=hours)))
    with database.session() as session:
        for _ in range(2):
            audit.append(session, at=at, actor=actor, action=action, subject=subject, outcome=outcome)
        session.expire_all()
        assert audit.verify_chain(session) is None
        session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'Dr Other'",
        "action = 'export'",
        "subject = 'study:99'",
        "outcome = ''",
        "at = '2026-03-01 12:03:00.000001'",
        "digest = upper(digest)",
        "key = 33",
    ],
)
def test_a_changed_entry_shows(database: Database, file: Path, entries: list[AuditEntry], change: str) -> None:
    tamper(file, f"UPDATE audit_entries SET {change} WHERE key = 3")  # noqa: S608
    assert first_broken(database) == entries[2].key


def test_a_removed_entry_shows(database: Database, file: Path, entries: list[AuditEntry]) -> None:
    tamper(file, "DELETE FROM audit_entries WHERE key = 3")
    assert first_broken(database) == entries[2].key


def test_renumbering_after_a_removal_shows(database: Database, file: Path, entries: list[AuditEntry]) -> None:
    removal = "DELETE FROM audit_entries WHERE key = 3"
    tamper(file, removal, "UPDATE audit_entries SET key = key - 1 WHERE key > 3")
    assert first_broken(database) == entries[2].key


def test_a_gap_shows_even_where_the_digests_were_made_to_fit(
    database: Database, file: Path, entries: list[AuditEntry]
) -> None:
    forged = replace(entries[-1], key=LENGTH + 2)
    digest = audit.digest(entries[-1].digest, forged)
    columns = f"{forged.key}, at, actor, action, subject, outcome, '{digest}'"
    tamper(file, f"INSERT INTO audit_entries SELECT {columns} FROM audit_entries WHERE key = {LENGTH}")  # noqa: S608
    assert first_broken(database) == LENGTH + 1


def test_entries_cut_off_the_end_show_to_who_noted_the_head(
    database: Database, file: Path, entries: list[AuditEntry]
) -> None:
    tamper(file, "DELETE FROM audit_entries WHERE key > 3")
    assert first_broken(database) is None
    assert first_broken(database, noted=entries[-1]) == entries[3].key


def test_a_chain_written_anew_shows_to_who_noted_an_entry(database: Database, entries: list[AuditEntry]) -> None:
    noted = replace(entries[1], digest="f" * 64)
    assert first_broken(database, noted=noted) == noted.key


def test_what_is_undone_leaves_no_entry(database: Database, entries: list[AuditEntry]) -> None:
    def fail_halfway() -> None:
        with database.session() as session:
            note(session, 9)
            add_study(session, at=NOON.replace(tzinfo=None))

    with pytest.raises(RuleBroken):
        fail_halfway()
    with database.session() as session:
        assert note(session, 6).key == len(entries) + 1
        assert session.scalar(text("SELECT count(*) FROM audit_entries")) == len(entries) + 1


def test_entries_are_found_newest_first(session: Session) -> None:
    for number in range(LENGTH):
        note(session, number, actor=f"reader {number % 2}", action="view" if number < 3 else "verdict")

    def keys(**wanted: str) -> list[int]:
        return [entry.key for entry in audit.find(session, **wanted)]  # type: ignore[arg-type]

    assert keys() == [5, 4, 3, 2, 1]
    assert keys(actor="reader 1") == [4, 2]
    assert keys(actor="reader 1", action="view") == [2]
    assert keys(subject="study:4") == [5]
    assert keys(actor="nobody") == []


def test_entries_are_found_by_time_and_page(session: Session) -> None:
    entries = [note(session, number) for number in range(LENGTH)]
    assert audit.find(session, since=later(1), until=later(3)) == (entries[2], entries[1])
    assert audit.find(session, limit=2, offset=1) == (entries[3], entries[2])
