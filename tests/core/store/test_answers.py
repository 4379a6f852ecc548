"""Answers: of several networks' findings one answers for an image, by one rule for every list, page and figure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Answer, Opinion, Statement, Verdict, WorklistFilter
from core.store import cases, findings, images, networks, reveals, summaries, verdicts, worklist
from core.store.answers import chosen
from core.store.database import Database
from core.store.tables import NetworkEventRow
from tests.core.store.entries import add_case, add_finding, add_image, add_verdict, later

SAYS = {"net-1": Answer.FRACTURE, "net-2": Answer.NONE, "net-3": Answer.DOUBT}
Say = Callable[[Session, int], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """As far as the rule asks."""

    key: int
    image_key: int
    bundle: str


FINDINGS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(sorted(SAYS))), unique=True, max_size=9
).map(lambda given: [Finding(key, *each) for key, each in enumerate(given, start=1)])  # fmt: skip


@given(said=FINDINGS, shown=st.sets(st.integers(1, 9)), used=st.permutations(sorted(SAYS)), known=st.integers(0, 3))
def test_the_rule(said: list[Finding], shown: set[int], used: list[str], known: int) -> None:
    order = {bundle: number for number, bundle in enumerate(used[:known], start=1)}
    found = {each.image_key: each for each in chosen(said, shown=shown, used=order)}
    assert found.keys() == {each.image_key for each in said}
    for image_key, answer in found.items():
        rivals = [each for each in said if each.image_key == image_key]
        rivals = [each for each in rivals if each.key in shown] or rivals
        last = max(order.get(each.bundle, 0) for each in rivals)
        assert answer == [each for each in rivals if order.get(each.bundle, 0) == last][-1]


def serve(session: Session, bundle: str) -> None:
    """Put a network into use, and derive anew what changes with it."""
    networks.use(session, bundle, actor="server", at=later(0))
    while keys := summaries.stale(session, limit=2):
        summaries.refresh(session, *keys)


def ask(session: Session, bundle: str) -> None:
    """Serve this network, and let it answer for what it is to be asked about."""
    serve(session, bundle)
    for key in images.pending(session, bundle):
        add_finding(session, key, SAYS[bundle], bundle=bundle)


def answer(session: Session, study_key: int) -> Answer | None:
    """What the case says and the worklist shows, which must be the same."""
    case = cases.get(session, study_key)
    [found] = [each for each in cases.find(session, WorklistFilter()) if each.study.key == study_key]
    [row] = [each for each in worklist.page(session, WorklistFilter()).rows if each.study_key == study_key]
    assert found == case
    assert row.answer == (case.answer.answer if case.answer else None)
    assert row.probability == (case.answer.probability if case.answer else None)
    assert all(findings.of_image(session, each.image_key) == each for each in case.findings)
    return row.answer


def sign(session: Session, study_key: int, reader: str, at: datetime, *, after_ai: bool = False) -> Verdict:
    return verdicts.add(
        session, study_key, Statement(Opinion.NO_FRACTURE), reader=reader, after_ai=after_ai, at=at, reads_asked=2
    )


def test_what_nobody_has_read_follows_the_network_in_use(session: Session) -> None:
    key = add_case(session, "1").key
    add_finding(session, 1, SAYS["net-1"], bundle="net-1")
    add_finding(session, 1, SAYS["net-2"], bundle="net-2")
    assert answer(session, key) is SAYS["net-2"], "the newest, while no network is known to be in use"
    for bundle in ("net-1", "net-2", "net-1"):
        serve(session, bundle)
        assert answer(session, key) is SAYS[bundle]
    serve(session, "net-3")
    assert answer(session, key) is SAYS["net-1"], "until it has answered, that of the network before"
    add_finding(session, 1, SAYS["net-3"], bundle="net-3")
    assert answer(session, key) is SAYS["net-3"]


def test_a_case_half_asked_again_shows_of_each_image_what_there_is(session: Session) -> None:
    key = add_case(session, "1").key
    second = add_image(session, key, "b").key
    ask(session, "net-2")
    serve(session, "net-1")
    add_finding(session, second, SAYS["net-1"], bundle="net-1")
    assert [each.bundle for each in cases.get(session, key).findings] == ["net-2", "net-1"]
    assert answer(session, key) is Answer.FRACTURE


def blind(session: Session, key: int) -> None:
    """Signed, then shown."""
    sign(session, key, "A", later(1))
    reveals.add(session, key, reader="A", at=later(2))


def shown_first(session: Session, key: int) -> None:
    """Shown, then signed, as on a site that does not read first."""
    reveals.add(session, key, reader="A", at=later(1))
    sign(session, key, "A", later(2), after_ai=True)


def changed_her_mind(session: Session, key: int) -> None:
    blind(session, key)
    sign(session, key, "A", later(3), after_ai=True)


def withdrew_and_signed_anew(session: Session, key: int) -> None:
    first = sign(session, key, "A", later(1))
    reveals.add(session, key, reader="A", at=later(2))
    verdicts.withdraw(session, first, at=later(3))
    sign(session, key, "A", later(4), after_ai=True)


def two_readers(session: Session, key: int) -> None:
    blind(session, key)
    sign(session, key, "B", later(3))


def adjudicated(session: Session, key: int) -> None:
    two_readers(session, key)
    verdicts.add(
        session, key, Statement(Opinion.FRACTURE), reader="C", after_ai=True, at=later(4), reads_asked=2,
        adjudicates=True,
    )  # fmt: skip


def first_of_two_was_never_shown_it(session: Session, key: int) -> None:
    sign(session, key, "A", later(1))
    sign(session, key, "B", later(2))
    reveals.add(session, key, reader="B", at=later(3))


READ: tuple[Say, ...] = (
    blind, shown_first, changed_her_mind, withdrew_and_signed_anew, two_readers, adjudicated,
    first_of_two_was_never_shown_it,
)  # fmt: skip


@pytest.mark.parametrize("read", READ, ids=lambda read: read.__name__)
def test_a_case_that_is_read_keeps_what_its_reader_was_shown(session: Session, read: Say) -> None:
    key = add_case(session, "1").key
    ask(session, "net-1")
    ask(session, "net-2")
    serve(session, "net-1")
    read(session, key)
    assert answer(session, key) is SAYS["net-1"], "the network in use, though another answered later"
    for bundle in ("net-2", "net-3"):
        ask(session, bundle)
        assert answer(session, key) is SAYS["net-1"]
    assert findings.find(session, 1, "net-3") is None, "a network is not asked about a case that is read"
    summaries.rebuild(session)
    assert answer(session, key) is SAYS["net-1"]
    reveals.add(session, key, reader="D", at=later(9))
    sign(session, key, "D", later(10), after_ai=True)
    assert answer(session, key) is SAYS["net-1"], "so does whoever reads it later"


def test_an_image_that_came_later_makes_it_unread_and_asked_about_again(session: Session) -> None:
    key = add_case(session, "1").key
    ask(session, "net-1")
    blind(session, key)
    ask(session, "net-2")
    assert answer(session, key) is SAYS["net-1"]
    add_image(session, key, "late")
    assert images.pending(session, "net-2") == (2, 1)
    ask(session, "net-2")
    assert answer(session, key) is SAYS["net-2"]
    reveals.renew(session, key, reader="A", at=later(4))
    sign(session, key, "A", later(5), after_ai=True)
    ask(session, "net-3")
    assert answer(session, key) is SAYS["net-2"], "she was shown another answer before she signed again"


def test_a_verdict_taken_back_gives_the_case_back_to_the_network_in_use(session: Session) -> None:
    key = add_case(session, "1").key
    ask(session, "net-1")
    ask(session, "net-2")
    serve(session, "net-1")
    signed = sign(session, key, "A", later(1))
    reveals.add(session, key, reader="A", at=later(2))
    serve(session, "net-2")
    assert answer(session, key) is SAYS["net-1"]
    verdicts.withdraw(session, signed, at=later(3))
    assert answer(session, key) is SAYS["net-2"]


def test_what_was_read_without_any_answer_is_answered_later_and_never_asked_about_again(session: Session) -> None:
    key = add_case(session, "1").key
    add_verdict(session, key, Opinion.NO_FRACTURE)
    reveals.add(session, key, reader="Dr Reader", at=later(1))
    assert answer(session, key) is None
    ask(session, "net-1")
    ask(session, "net-2")
    assert answer(session, key) is SAYS["net-1"]


def test_an_image_the_reader_was_shown_nothing_of_is_answered_later(session: Session) -> None:
    key = add_case(session, "1").key
    add_finding(session, 1, Answer.NONE, bundle="net-1")
    add_image(session, key, "b")
    blind(session, key)
    ask(session, "net-1")
    assert [each.image_key for each in cases.get(session, key).findings] == [1, 2]
    assert answer(session, key) is SAYS["net-1"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("serve"), st.sampled_from(sorted(SAYS))),
        st.tuples(st.just("ask"), st.sampled_from(sorted(SAYS))),
        st.tuples(st.just("read"), st.sampled_from("AB")),
        st.tuples(st.just("image"), st.just("")),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_a_read_case_answers_as_it_did_when_it_was_read(
    database: Database, steps: list[tuple[str, str]]
) -> None:
    with database.session() as session:
        key, kept, in_use = add_case(session, "1").key, None, ""
        for minute, (what, who) in enumerate(steps, start=1):
            if what == "image":
                add_image(session, key, str(minute))
                kept = None
            elif what == "read":
                seen = reveals.has_revealed(session, key, who)
                reveals.renew(session, key, reader=who, at=later(minute))
                sign(session, key, who, later(minute + 0.3), after_ai=seen)
                reveals.add(session, key, reader=who, at=later(minute + 0.6))
                kept = kept or cases.get(session, key).findings
            else:
                (serve if what == "serve" else ask)(session, who)
                in_use = who
            case = cases.get(session, key)
            answer(session, key)
            if kept:
                assert case.findings[: len(kept)] == kept
            elif in_use:
                own = {image.key for image in case.images if findings.find(session, image.key, in_use)}
                assert own <= {each.image_key for each in case.findings if each.bundle == in_use}
        session.rollback()


def test_which_network_is_in_use_is_entered_once(session: Session) -> None:
    entered = [networks.use(session, bundle, actor="server", at=later(0)) for bundle in ("a", "a", "b", "a")]
    assert entered == [True, False, True, True]
    assert networks.in_use(session) == "a"
    rows = session.execute(select(NetworkEventRow.bundle, NetworkEventRow.actor).order_by(NetworkEventRow.key))
    assert rows.all() == [("a", "server"), ("b", "server"), ("a", "server")]


def test_only_what_both_networks_have_answered_is_derived_anew(session: Session) -> None:
    for name in "123":
        add_case(session, name)
    add_finding(session, 1, Answer.NONE, bundle="net-1")
    add_finding(session, 2, Answer.NONE, bundle="net-1")
    add_finding(session, 2, Answer.FRACTURE, bundle="net-2")
    networks.use(session, "net-1", actor="server", at=later(0))
    assert list(summaries.stale(session, limit=9)) == [2]
    summaries.refresh(session, 2)
    assert list(summaries.stale(session, limit=9)) == []
    networks.use(session, "net-3", actor="server", at=later(1))
    assert list(summaries.stale(session, limit=9)) == []
