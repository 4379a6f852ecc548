"""Verdicts: each is kept, the newest counts, and it is about the images there were."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.records import Answer, Mark, Opinion, Statement, Status, Verdict, WorklistFilter, WorklistRow
from core.store import cases, verdicts, worklist
from core.store.column_types import storable
from core.store.database import Database
from tests.core.store.entries import NOON, add_case, add_finding, add_image, add_study, add_verdict, later


def listed(session: Session) -> WorklistRow:
    (row,) = worklist.page(session, WorklistFilter()).rows
    return row


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    opinion=st.sampled_from(Opinion),
    words=st.tuples(st.text(min_size=1, max_size=30), st.text(max_size=30), st.text(max_size=200)),
    confidence=st.none() | st.integers(min_value=1, max_value=5),
    after_ai=st.booleans(),
)
def test_any_verdict_comes_back(
    database: Database, opinion: Opinion, words: tuple[str, str, str], confidence: int | None, after_ai: bool
) -> None:
    reader, region, comment = words
    with database.session() as session:
        study_key = add_case(session, "1").key
        said = verdicts.add(
            session,
            study_key,
            Statement(opinion, body_region=region, confidence=confidence, comment=comment),
            reader=reader,
            after_ai=after_ai,
            at=NOON,
        )
        session.expire_all()
        assert verdicts.of_study(session, study_key) == (said,)
        newest = verdicts.newest_image(session, study_key)
        assert said == Verdict(
            opinion=opinion, body_region=storable(region), confidence=confidence, comment=storable(comment),
            key=said.key, study_key=study_key, reader=storable(reader), after_ai=after_ai, created_at=NOON,
            seen_image_key=newest,
        )  # fmt: skip
        session.rollback()


def test_marks_come_back_in_their_order(session: Session) -> None:
    study_key = add_case(session, "1").key
    marks = (Mark(1, 10.5, 20, 30.25, 2048), Mark(1, 7, 8, 7, 8))
    said = verdicts.add(
        session, study_key, Statement(Opinion.FRACTURE, marks=marks), reader="Dr Reader", after_ai=False, at=NOON
    )
    assert said.marks == marks
    session.expire_all()
    assert verdicts.of_study(session, study_key) == (said,)
    assert add_verdict(session, study_key, Opinion.FRACTURE).marks == ()


def test_a_change_of_mind_keeps_both(session: Session) -> None:
    study_key = add_case(session, "1", Answer.FRACTURE).key
    first = add_verdict(session, study_key, Opinion.NO_FRACTURE)
    assert listed(session).disagrees
    second = add_verdict(session, study_key, Opinion.FRACTURE, at=later(1), after_ai=True)
    assert verdicts.of_study(session, study_key) == (first, second)
    assert cases.get(session, study_key).verdict == second
    assert (listed(session).opinion, listed(session).disagrees) == (Opinion.FRACTURE, False)


def test_the_newest_is_the_last_signed_even_when_clocks_disagree(session: Session) -> None:
    study_key = add_case(session, "1").key
    add_verdict(session, study_key, Opinion.NO_FRACTURE, at=later(60))
    late = add_verdict(session, study_key, Opinion.FRACTURE, at=later(0))
    assert cases.get(session, study_key).verdict == late
    assert listed(session).opinion is Opinion.FRACTURE


def test_a_study_that_grows_keeps_its_verdict_and_asks_for_another_look(session: Session) -> None:
    study_key = add_case(session, "1", Answer.NONE).key
    said = add_verdict(session, study_key, Opinion.NO_FRACTURE)
    assert listed(session).status is Status.READ
    image = add_image(session, study_key, "late")
    assert (listed(session).status, listed(session).opinion) == (Status.PENDING, Opinion.NO_FRACTURE)
    add_finding(session, image.key, Answer.FRACTURE)
    assert (listed(session).status, listed(session).disagrees) == (Status.UNREAD, True)
    assert verdicts.of_study(session, study_key) == (said,)
    add_verdict(session, study_key, Opinion.FRACTURE)
    assert listed(session).status is Status.READ


def test_an_answer_after_the_verdict_leaves_the_study_read(session: Session) -> None:
    study = add_study(session)
    image = add_image(session, study.key)
    add_verdict(session, study.key, Opinion.NO_FRACTURE)
    add_finding(session, image.key, Answer.FRACTURE)
    assert (listed(session).status, listed(session).disagrees) == (Status.READ, True)


def test_a_verdict_is_about_the_images_the_reader_had_before_her(session: Session) -> None:
    study = add_study(session)
    seen = add_image(session, study.key, "a")
    add_image(session, study.key, "b")
    verdicts.add(
        session,
        study.key,
        Statement(Opinion.FRACTURE),
        reader="Dr Reader",
        after_ai=False,
        at=NOON,
        seen_image_key=seen.key,
    )
    assert listed(session).status is Status.PENDING


def test_a_study_that_is_not_there_gets_no_verdict(session: Session) -> None:
    with pytest.raises(NotFound):
        add_verdict(session, 1, Opinion.FRACTURE)


def test_a_verdict_taken_back_stays_and_the_one_before_counts_again(session: Session) -> None:
    study_key = add_case(session, "1", Answer.FRACTURE).key
    first = add_verdict(session, study_key, Opinion.FRACTURE)
    second = add_verdict(session, study_key, Opinion.NO_FRACTURE, at=later(1), after_ai=True)
    withdrawn = verdicts.withdraw(session, second, at=later(2))
    assert withdrawn == replace(second, withdrawn_at=later(2))
    assert verdicts.of_study(session, study_key) == (first, withdrawn)
    assert list(cases.find(session, WorklistFilter())) == [cases.get(session, study_key)]
    assert cases.get(session, study_key).verdict == first
    row = listed(session)
    assert (row.status, row.opinion, row.disagrees) == (Status.READ, Opinion.FRACTURE, False)
    verdicts.withdraw(session, first, at=later(3))
    assert cases.get(session, study_key).verdict is None
    row = listed(session)
    assert (row.status, row.opinion, row.disagrees) == (Status.UNREAD, None, False)
    assert worklist.next_unread(session, WorklistFilter(), after=None) == study_key


def test_a_verdict_is_taken_back_once(session: Session) -> None:
    said = add_verdict(session, add_case(session, "1").key, Opinion.FRACTURE)
    verdicts.withdraw(session, said, at=later(1))
    with pytest.raises(IntegrityError):
        verdicts.withdraw(session, said, at=later(2))


def test_a_readers_last_verdict_is_the_last_she_signed_withdrawn_or_not(session: Session) -> None:
    one, two = (add_case(session, name).key for name in "12")
    assert verdicts.newest_of(session, "Dr Reader") is None
    add_verdict(session, two, Opinion.FRACTURE)
    last = verdicts.withdraw(session, add_verdict(session, one, Opinion.FRACTURE), at=NOON)
    verdicts.add(session, two, Statement(Opinion.FRACTURE), reader="Dr Other", after_ai=False, at=NOON)
    assert verdicts.newest_of(session, "Dr Reader") == last
