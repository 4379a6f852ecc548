"""Cases: one study with all that is known of it, or all that pass a filter."""

import pytest
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.records import Answer, Case, Opinion, WorklistFilter
from core.store import cases, flags, images, verdicts, worklist
from tests.core.store.entries import NOON, add_case, add_finding, add_image, add_verdict, later


@pytest.fixture
def full(session: Session) -> Case:
    """A case with everything more than once."""
    study = add_case(session, "full", Answer.NONE, body_part="HAND")
    second = add_image(session, study.key, "second")
    newer = add_finding(session, 1, Answer.DOUBT, bundle="net-2")
    urgent = add_finding(session, second.key, Answer.FRACTURE)
    flags.raise_flag(session, study.key, reader="a", reason="first", at=NOON)
    flags.clear(session, study.key, reader="a", at=NOON)
    return Case(
        study=study,
        images=images.of_study(session, study.key),
        findings=(newer, urgent),
        verdicts=(
            add_verdict(session, study.key, Opinion.NO_FRACTURE),
            add_verdict(session, study.key, Opinion.FRACTURE, at=later(1), after_ai=True),
        ),
        flag=flags.raise_flag(session, study.key, reader="b", reason="second", at=later(2)),
    )


def test_a_case_holds_all_there_is(session: Session, full: Case) -> None:
    case = cases.get(session, full.study.key)
    assert case == full
    assert (case.finding, case.verdict) == (full.findings[1], full.verdicts[1])


def test_many_cases_are_the_same_as_each(session: Session, full: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [full.study.key, *(add_case(session, str(number), Answer.NONE).key for number in range(5))]
    monkeypatch.setattr(cases, "CHUNK", 2)
    assert list(cases.find(session, WorklistFilter())) == [cases.get(session, key) for key in keys]


def test_flagged_cases_are_found(session: Session, full: Case) -> None:
    unflagged = add_case(session, "2", Answer.NONE)
    flags.raise_flag(session, unflagged.key, reader="a", reason="x", at=NOON)
    flags.clear(session, unflagged.key, reader="a", at=NOON)
    assert list(cases.find(session, WorklistFilter(flagged=True))) == [full]


def test_filters_narrow_the_cases(session: Session, full: Case) -> None:
    add_case(session, "2", Answer.NONE)
    assert list(cases.find(session, WorklistFilter(opinions=frozenset({Opinion.FRACTURE})))) == [full]
    assert list(cases.find(session, WorklistFilter(answers=frozenset({Answer.FRACTURE})))) == [full]
    assert list(cases.find(session, WorklistFilter(body_parts=frozenset({"HAND"}), disagrees=False))) == [full]
    assert list(cases.find(session, WorklistFilter(text="nobody"))) == []


def test_the_first_cases_and_those_that_somebody_has_signed(session: Session, full: Case) -> None:
    unsigned, taken_back = (add_case(session, name, Answer.NONE).key for name in ("2", "3"))
    verdicts.withdraw(session, add_verdict(session, taken_back, Opinion.FRACTURE), at=NOON)
    keys, everything = [full.study.key, unsigned, taken_back], WorklistFilter()
    assert [case.study.key for case in cases.find(session, everything, limit=2)] == keys[:2]
    assert list(worklist.double_reads(session, everything, limit=2)) == keys[:2]
    assert [case.study.key for case in cases.find(session, everything, signed=True)] == [keys[0], keys[2]]
    assert list(worklist.double_reads(session, everything, signed=True)) == [keys[0], keys[2]]
    assert (worklist.total(session, everything), worklist.total(session, WorklistFilter(flagged=True))) == (3, 1)


def test_none_answers_for_the_study_only_once_every_image_has_one(session: Session) -> None:
    study = add_case(session, "1", Answer.NONE)
    assert cases.get(session, study.key).answer == cases.get(session, study.key).finding
    second = add_image(session, study.key, "second")
    part = cases.get(session, study.key)
    assert part.finding
    assert part.answer is None
    add_finding(session, second.key, Answer.NONE)
    assert cases.get(session, study.key).answer
    add_image(session, study.key, "third")
    doubt = add_finding(session, second.key, Answer.DOUBT, bundle="net-2")
    assert cases.get(session, study.key).answer == doubt, "doubt counts at the first image that says so"


def test_a_case_of_nothing_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        cases.get(session, 1)
