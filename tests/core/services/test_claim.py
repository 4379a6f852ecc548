"""Claim: a case is open with one reader at a time, claims lapse, and readers who ask at once get different cases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NotAllowed, NotFound
from core.records import Opinion, Statement, WorklistFilter
from core.rights import Role
from core.services import claim, review
from core.services.audit_trail import AuditQuery, check_chain, search
from core.services.site import Site
from core.services.triage import worklist
from tests.clock import Clock
from tests.core.services.films import film, stored
from tests.core.store.entries import add_case
from tests.people import person

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = WorklistFilter()


@pytest.fixture
def clock(site: Site) -> Clock:
    stored(site, *(film(study=number) for number in range(1, 4)))
    clock = Clock(NOON)
    site.clock = clock
    return clock


def test_the_second_reader_is_told_who_has_the_case(site: Site, clock: Clock) -> None:
    mine = claim.claim_case(site, 1, actor=person("Dr. A"))
    assert claim.claim_case(site, 1, actor=person("Dr. B")) == mine
    assert [row.claimed_by for row in worklist(site, ALL, actor=person()).rows] == ["Dr. A", "", ""]


def test_a_claim_lapses_and_is_prolonged_by_its_own_reader(site: Site, clock: Clock) -> None:
    claim.claim_case(site, 1, actor=person("Dr. A"))
    clock.now += timedelta(minutes=15)
    prolonged = claim.claim_case(site, 1, actor=person("Dr. A"))
    assert (prolonged.claimed_at, prolonged.expires_at) == (NOON, clock.now + timedelta(minutes=20))
    clock.now += timedelta(minutes=20)
    assert claim.claim_case(site, 1, actor=person("Dr. B")).reader == "Dr. B"
    assert len(search(site, AuditQuery(action="claim"), zone=UTC, actor=person()).entries) == 2


def test_nothing_is_written_while_most_of_the_time_is_left(site: Site, clock: Clock) -> None:
    mine = claim.claim_case(site, 1, actor=person("Dr. A"))
    clock.now += timedelta(minutes=9)
    assert claim.claim_case(site, 1, actor=person("Dr. A")) == mine


def test_a_case_may_be_taken_over_and_is_given_back_with_the_next(site: Site, clock: Clock) -> None:
    claim.claim_case(site, 1, actor=person("Dr. A"))
    assert claim.take_over(site, 1, actor=person("Dr. B")).reader == "Dr. B"
    claim.claim_next(site, actor=person("Dr. A"), filters=ALL, after=1)
    assert worklist(site, ALL, actor=person()).rows[0].claimed_by == "Dr. B"
    claim.claim_next(site, actor=person("Dr. B"), filters=ALL, after=1)
    assert worklist(site, ALL, actor=person()).rows[0].claimed_by == ""


def test_the_next_case_is_one_that_nobody_has_open(site: Site, clock: Clock) -> None:
    assert claim.claim_next(site, actor=person("Dr. A"), filters=ALL) == 1
    assert claim.peek_next(site, actor=person("Dr. B"), filters=ALL) == 2
    assert claim.claim_next(site, actor=person("Dr. B"), filters=ALL) == 2
    assert claim.claim_next(site, actor=person("Dr. A"), filters=ALL, after=1, skipped={1}) == 3
    assert claim.claim_next(site, actor=person("Dr. C"), filters=ALL) == 1, "who moves on gives the case back"
    assert claim.claim_next(site, actor=person("Dr. D"), filters=ALL) is None
    assert claim.held_back(site, actor=person("Dr. D"), filters=ALL) == 3
    assert claim.held_back(site, actor=person("Dr. A"), filters=ALL) == 2, "her own is no colleague's"


def test_a_case_she_skipped_comes_again_once_nothing_else_is_left(site: Site, clock: Clock) -> None:
    mine = person("Dr. A")
    assert claim.claim_next(site, actor=mine, filters=ALL, after=2, skipped={1, 2}) == 3
    review.give_verdict(site, 3, Statement(Opinion.NO_FRACTURE), actor=mine)
    assert claim.peek_next(site, actor=mine, filters=ALL, after=3, skipped={1, 2}) == 1
    assert claim.claim_next(site, actor=mine, filters=ALL, after=3, skipped={1, 2}) == 1
    assert claim.claim_next(site, actor=person("Dr. B"), filters=ALL, skipped={2}) == 2
    assert claim.claim_next(site, actor=mine, filters=ALL, after=1, skipped={1, 2}) is None, "a colleague has it open"


def test_the_case_left_open_is_the_last_one_she_took_until_it_is_left_or_lapsed(site: Site, clock: Clock) -> None:
    assert claim.left_open(site, actor=person("Dr. A")) is None
    for study in (2, 1):
        clock.now += timedelta(minutes=1)
        claim.claim_case(site, study, actor=person("Dr. A"))
    claim.claim_case(site, 3, actor=person("Dr. B"))
    assert claim.left_open(site, actor=person("Dr. A")) == 1
    review.give_verdict(site, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    assert claim.left_open(site, actor=person("Dr. A")) == 1
    assert claim.claim_next(site, actor=person("Dr. A"), filters=ALL, after=1) == 2
    assert claim.left_open(site, actor=person("Dr. A")) == 2
    clock.now += claim.lifetime(site)
    assert claim.left_open(site, actor=person("Dr. A")) is None


def test_eight_readers_at_once_never_get_the_same_case(site: Site) -> None:
    """8 readers x 10 cases: no verdict is lost or doubled, and the audit chain is whole."""
    with site.database.session() as session:
        for number in range(1, 81):
            add_case(session, str(number))

    def read_on(reader: str) -> list[int]:
        read: list[int] = []
        after = None
        while (key := claim.claim_next(site, actor=person(reader), filters=ALL, after=after)) is not None:
            review.give_verdict(site, key, Statement(Opinion.NO_FRACTURE), actor=person(reader))
            read.append(key)
            after = key
        return read

    with ThreadPoolExecutor(8) as readers:
        lists = list(readers.map(read_on, [f"Dr. {number}" for number in range(8)]))
    assert sorted(key for one in lists for key in one) == list(range(1, 81))
    assert all(len(review.open_case(site, key, actor=person("Dr. 0")).verdicts) == 1 for key in range(1, 81))
    assert check_chain(site, actor=person("test")).broken_at is None


def test_a_claim_needs_a_reader_and_a_case(site: Site, clock: Clock) -> None:
    with pytest.raises(NotAllowed):
        claim.claim_case(site, 1, actor=person("Dr. Admin", Role.ADMIN))
    with pytest.raises(NotAllowed):
        claim.left_open(site, actor=person("Dr. Admin", Role.ADMIN))
    with pytest.raises(NotFound):
        claim.claim_case(site, 99, actor=person("Dr. A"))
