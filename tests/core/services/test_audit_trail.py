"""Audit trail: search by who, what and day; the check tells a cut-off end only with an earlier head."""

import sqlite3
from contextlib import closing
from datetime import UTC, timedelta

import pytest

from core.errors import RequestError
from core.services import review
from core.services.audit_trail import AuditQuery, check_chain, choices, search
from core.services.site import Site
from tests.core.services.films import film, stored
from tests.people import person


@pytest.fixture
def viewed(site: Site) -> Site:
    """Two studies, each opened by another reader."""
    stored(site, film(study=1), film(study=2))
    for key, reader in ((1, "Dr. A"), (2, "Dr. B")):
        review.open_case(site, key, actor=person(reader))
    return site


def test_entries_are_found_by_each_word_and_by_day(viewed: Site) -> None:
    everything = search(viewed, AuditQuery(), zone=UTC, actor=person())
    assert everything.total == len(everything.entries)
    assert {"Dr. A", "Dr. B"} <= set(choices(viewed, actor=person()).actors)
    (entry,) = search(viewed, AuditQuery(actor="Dr. B", action="view"), zone=UTC, actor=person()).entries
    assert entry.subject == "study:2"
    day = entry.at.date()
    assert search(viewed, AuditQuery(first=day, last=day), zone=UTC, actor=person()).total == everything.total
    assert search(viewed, AuditQuery(first=day + timedelta(days=1)), zone=UTC, actor=person()).total == 0
    assert search(viewed, AuditQuery(last=day - timedelta(days=1)), zone=UTC, actor=person()).total == 0


def test_pages_do_not_overlap(viewed: Site) -> None:
    first = search(viewed, AuditQuery(), zone=UTC, limit=2, actor=person())
    second = search(viewed, AuditQuery(), zone=UTC, limit=2, offset=2, actor=person())
    assert first.entries[-1].key > second.entries[0].key
    assert first.total == second.total > 2


def test_the_check_is_whole_and_is_an_entry_itself(viewed: Site) -> None:
    found = check_chain(viewed, actor=person("Dr. A"))
    assert found.broken_at is None
    (entry,) = search(viewed, AuditQuery(action="verify"), zone=UTC, actor=person()).entries
    assert (entry.actor, entry.outcome) == ("Dr. A", "whole")


def test_a_cut_off_end_shows_against_the_noted_head(viewed: Site) -> None:
    noted = check_chain(viewed, actor=person("Dr. A")).head
    assert check_chain(viewed, actor=person("Dr. A"), noted=noted).broken_at is None
    cut(viewed, keep=1)
    assert check_chain(viewed, actor=person("Dr. A"), noted=noted).broken_at is not None


@pytest.mark.parametrize("noted", ["7", "x:" + "0" * 64, "3:abc"])
def test_what_is_no_head_is_refused(viewed: Site, noted: str) -> None:
    with pytest.raises(RequestError, match="KEY:DIGEST"):
        check_chain(viewed, actor=person("Dr. A"), noted=noted)


def cut(site: Site, *, keep: int) -> None:
    """Remove the newest entries behind the program's back."""
    with closing(sqlite3.connect(site.settings.data_dir / "lucency.sqlite3")) as plain:
        for (trigger,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            plain.execute(f'DROP TRIGGER "{trigger}"')
        plain.execute("DELETE FROM audit_entries WHERE key > ?", [keep])
        plain.commit()
