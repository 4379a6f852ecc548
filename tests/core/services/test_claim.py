"""Claim: a case is open with one reader at a time, claims lapse, and readers who ask at once get different cases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NoReader, NotFound
from core.records import Opinion, WorklistFilter
from core.services import claim, review
from core.services.audit_trail import AuditQuery, check_chain, search
from core.services.site import Site
from core.services.triage import worklist
from tests.core.services.films import film, stored

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = WorklistFilter()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(site: Site) -> Clock:
    stored(site, *(film(study=number) for number in range(1, 4)))
    clock = Clock()
    site.clock = clock
    return clock


def test_the_second_reader_is_told_who_has_the_case(site: Site, clock: Clock) -> None:
    mine = claim.claim_case(site, 1, reader="Dr. A")
    assert claim.claim_case(site, 1, reader="Dr. B") == mine
    assert [row.claimed_by for row in worklist(site, ALL).rows] == ["Dr. A", "", ""]


def test_a_claim_lapses_and_is_prolonged_by_its_own_reader(site: Site, clock: Clock) -> None:
    claim.claim_case(site, 1, reader="Dr. A")
    clock.now += timedelta(minutes=15)
    prolonged = claim.claim_case(site, 1, reader="Dr. A")
    assert (prolonged.claimed_at, prolonged.expires_at) == (NOON, clock.now + timedelta(minutes=20))
    clock.now += timedelta(minutes=20)
    assert claim.claim_case(site, 1, reader="Dr. B").reader == "Dr. B"
    assert len(search(site, AuditQuery(action="claim"), zone=UTC).entries) == 2


def test_a_case_may_be_taken_over_and_given_back(site: Site, clock: Clock) -> None:
    claim.claim_case(site, 1, reader="Dr. A")
    assert claim.take_over(site, 1, reader="Dr. B").reader == "Dr. B"
    claim.let_go(site, 1, reader="Dr. A")
    assert worklist(site, ALL).rows[0].claimed_by == "Dr. B"
    claim.let_go(site, 1, reader="Dr. B")
    assert worklist(site, ALL).rows[0].claimed_by == ""


def test_the_next_case_is_one_that_nobody_has_open(site: Site, clock: Clock) -> None:
    assert claim.claim_next(site, reader="Dr. A", filters=ALL) == 1
    assert claim.peek_next(site, reader="Dr. B", filters=ALL) == 2
    assert claim.claim_next(site, reader="Dr. B", filters=ALL) == 2
    assert claim.claim_next(site, reader="Dr. A", filters=ALL, after=1) == 3
    assert claim.claim_next(site, reader="Dr. C", filters=ALL) is None


def test_eight_readers_at_once_never_get_the_same_case(site: Site) -> None:
    """8 readers x 5 cases: no verdict is lost or doubled, and the audit chain is whole."""
    stored(site, *(film(study=number) for number in range(1, 41)))

    def read_on(reader: str) -> list[int]:
        read = []
        while (key := claim.claim_next(site, reader=reader, filters=ALL)) is not None:
            review.give_verdict(site, key, reader=reader, opinion=Opinion.NO_FRACTURE)
            claim.let_go(site, key, reader=reader)
            read.append(key)
        return read

    with ThreadPoolExecutor(8) as readers:
        lists = list(readers.map(read_on, [f"Dr. {number}" for number in range(8)]))
    assert sorted(key for one in lists for key in one) == list(range(1, 41))
    assert all(len(review.open_case(site, key, reader="Dr. 0").verdicts) == 1 for key in range(1, 41))
    assert check_chain(site, actor="test").broken_at is None


def test_a_claim_needs_a_reader_and_a_case(site: Site, clock: Clock) -> None:
    with pytest.raises(NoReader):
        claim.claim_case(site, 1, reader=" ")
    with pytest.raises(NotFound):
        claim.claim_case(site, 99, reader="Dr. A")
