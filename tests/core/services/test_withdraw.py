"""Withdraw: her last verdict only, in time, before a colleague goes on from it; the reveal stays a reveal."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NotAllowed, VerdictStands
from core.records import Answer, Opinion, Statement, Status, Verdict, WorklistFilter
from core.rights import Role
from core.services.review import give_verdict, open_case, reveal_ai
from core.services.site import Site
from core.services.triage import worklist
from core.services.withdraw import UNDO_MINUTES, undoable, withdraw_verdict
from core.store import audit, findings
from tests.clock import Clock
from tests.core.services.films import film, stored
from tests.core.store.entries import new_finding
from tests.people import person

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HER = person("Dr. A")


@pytest.fixture
def clock(empty_site: Site) -> Clock:
    clock = Clock(NOON)
    empty_site.clock = clock
    return clock


@pytest.fixture
def two_cases(empty_site: Site, clock: Clock) -> Site:
    """Studies 1 and 2; the AI says fracture of both."""
    images = stored(empty_site, film(study=1), film(study=2))
    with empty_site.database.session() as session:
        for key in images:
            findings.add(session, new_finding(key, Answer.FRACTURE), at=NOON)
    return empty_site


def sign(site: Site, study: int, opinion: Opinion = Opinion.NO_FRACTURE, name: str = "Dr. A") -> Verdict:
    """Sign, and see the AI's answer, as on the reading page."""
    verdict = give_verdict(site, study, Statement(opinion), actor=person(name))
    reveal_ai(site, study, actor=person(name))
    return verdict


def statuses(site: Site) -> dict[int, Status]:
    rows = worklist(site, WorklistFilter(), actor=HER).rows
    return {row.study_key: row.status for row in rows}


def test_the_case_is_unread_again_and_the_verdict_stays_on_record(two_cases: Site, clock: Clock) -> None:
    signed = sign(two_cases, 1)
    clock.now += timedelta(minutes=UNDO_MINUTES)
    assert undoable(two_cases, actor=HER) == signed
    withdrawn = withdraw_verdict(two_cases, signed.key, actor=HER)
    case = open_case(two_cases, 1, actor=HER)
    assert (case.verdicts, case.verdict) == ((withdrawn,), None)
    assert (withdrawn.opinion, withdrawn.withdrawn_at) == (Opinion.NO_FRACTURE, clock.now)
    assert statuses(two_cases)[1] is Status.UNREAD
    with two_cases.database.reading() as session:
        (entry,) = audit.find(session, action="withdraw")
        assert audit.verify_chain(session) is None
    assert (entry.actor, entry.subject, entry.outcome) == ("Dr. A", "study:1", f"verdict:{signed.key}")


def test_what_she_signs_instead_counts_as_given_after_the_ai(two_cases: Site) -> None:
    signed = sign(two_cases, 1)
    assert not signed.after_ai
    withdraw_verdict(two_cases, signed.key, actor=HER)
    assert sign(two_cases, 1, Opinion.FRACTURE).after_ai


def test_a_second_verdict_taken_back_leaves_the_first(two_cases: Site) -> None:
    first, second = sign(two_cases, 1), sign(two_cases, 1, Opinion.FRACTURE)
    withdraw_verdict(two_cases, second.key, actor=HER)
    assert open_case(two_cases, 1, actor=HER).verdict == first
    assert statuses(two_cases)[1] is Status.READ


def refused(site: Site, verdict: Verdict, why: str) -> None:
    """It is not offered, nothing is taken back, and nothing is entered."""
    assert undoable(site, actor=HER) != verdict
    with pytest.raises(VerdictStands, match=why):
        withdraw_verdict(site, verdict.key, actor=HER)
    assert verdict in open_case(site, verdict.study_key, actor=HER).verdicts
    with site.database.reading() as session:
        assert audit.find(session, action="withdraw") == ()


def test_only_her_own_verdict(two_cases: Site) -> None:
    other = sign(two_cases, 1, name="Dr. B")
    refused(two_cases, other, "Only the last verdict you signed")
    sign(two_cases, 2)
    refused(two_cases, other, "Only the last verdict you signed")


def test_only_her_last_verdict(two_cases: Site) -> None:
    first = sign(two_cases, 1)
    sign(two_cases, 2)
    refused(two_cases, first, "Only the last verdict you signed")


def test_only_once_and_never_the_one_before_it(two_cases: Site) -> None:
    first, last = sign(two_cases, 1), sign(two_cases, 2)
    withdraw_verdict(two_cases, last.key, actor=HER)
    assert undoable(two_cases, actor=HER) is None
    for verdict in (last, first):
        with pytest.raises(VerdictStands, match="only once"):
            withdraw_verdict(two_cases, verdict.key, actor=HER)
    assert statuses(two_cases) == {1: Status.READ, 2: Status.UNREAD}


def test_not_after_a_while(two_cases: Site, clock: Clock) -> None:
    signed = sign(two_cases, 1)
    clock.now += timedelta(minutes=UNDO_MINUTES, seconds=1)
    refused(two_cases, signed, f"for {UNDO_MINUTES} minutes")


def test_not_once_a_colleague_signed_on_the_case(two_cases: Site) -> None:
    signed = sign(two_cases, 1)
    sign(two_cases, 1, name="Dr. B")
    refused(two_cases, signed, "A colleague")


def test_a_colleague_who_took_hers_back_is_no_hindrance(two_cases: Site) -> None:
    signed, other = sign(two_cases, 1), sign(two_cases, 1, name="Dr. B")
    withdraw_verdict(two_cases, other.key, actor=person("Dr. B"))
    assert withdraw_verdict(two_cases, signed.key, actor=HER).withdrawn_at


def test_nobody_takes_anything_back_without_the_right_to_read(two_cases: Site) -> None:
    signed = sign(two_cases, 1)
    with pytest.raises(NotAllowed):
        undoable(two_cases, actor=person("Dr. A", Role.ADMIN))
    with pytest.raises(NotAllowed):
        withdraw_verdict(two_cases, signed.key, actor=person("Dr. A", Role.ADMIN))
    assert open_case(two_cases, 1, actor=HER).verdict == signed
