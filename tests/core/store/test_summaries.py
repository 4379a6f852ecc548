"""Summaries: whatever happens to a study, in any order, its summary is what its facts amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.records import Answer, Case, Image, Opinion, Statement, Status, Verdict
from core.store import cases, failures, flags, images, key_images, summaries, verdicts
from core.store.database import Database
from core.store.summaries import READ_LATER, Facts, derive
from core.store.tables import SummaryRow
from tests.core.store.entries import NOON, add_finding, add_image, add_study, later

STUDIES = 2


@dataclass(frozen=True)
class Event:
    """Something that happens to a study: a kind, and what varies."""

    kind: str
    study: int
    image: int
    answer: Answer
    opinion: Opinion
    reader: str
    bundle: str
    side: str


EVENTS = st.builds(
    Event,
    kind=st.sampled_from(["image", "finding", "failure", "verdict", "withdrawal", "flag", "clear", "key image"]),
    study=st.integers(1, STUDIES),
    image=st.integers(0, 9),
    answer=st.sampled_from(Answer),
    opinion=st.sampled_from(Opinion),
    reader=st.sampled_from(["a", "b", "c", "lead"]),
    bundle=st.sampled_from(["net-1", "net-2"]),
    side=st.sampled_from(["L", "R", "B", ""]),
)


def happen(session: Session, event: Event, number: int) -> None:
    """Let it happen, on an image of the study if it needs one and there is one."""
    shown = images.of_study(session, event.study)
    image = shown[event.image % len(shown)] if shown else None
    if event.kind == "image":
        add_image(session, event.study, str(number), laterality=event.side, modality="CR" if event.image else "DX")
    elif event.kind == "verdict":
        verdicts.add(
            session, event.study, Statement(event.opinion), reader=event.reader, after_ai=False, at=NOON,
            reads_asked=2, adjudicates=event.reader == "lead",
        )  # fmt: skip
    elif event.kind == "withdrawal":
        withdraw_last(session, event.study)
    elif event.kind == "flag":
        flags.raise_flag(session, event.study, reader="a", reason=str(number), at=NOON)
    elif event.kind == "clear":
        flags.clear(session, event.study, reader="a", at=NOON)
    elif image is not None:
        happen_to_image(session, event, image)


def happen_to_image(session: Session, event: Event, image: Image) -> None:
    """The same for what happens to an image."""
    if event.kind == "finding":
        add_finding(session, image.key, event.answer, bundle=event.bundle)
    elif event.kind == "key image":
        key_images.add(session, image, reader=event.bundle, chosen=event.side == "L", at=NOON)
    else:
        failures.add(session, image.key, bundle=event.bundle, error_class="E", message="m", at=NOON)


def withdraw_last(session: Session, study_key: int) -> None:
    """The verdict in force is taken back, if there is one."""
    if last := cases.get(session, study_key).verdict:
        verdicts.withdraw(session, last, at=NOON)


def expected_answer(case: Case) -> Answer | None:
    said = {finding.answer for finding in case.findings}
    urgent = [answer for answer in (Answer.FRACTURE, Answer.DOUBT) if answer in said]
    if urgent:
        return urgent[0]
    return Answer.NONE if said and len(case.findings) == len(case.images) else None


def expected_status(case: Case, seen: int, failed: set[int]) -> Status:
    newest = max((image.key for image in case.images), default=0)
    if case.verdict and seen >= newest:
        return Status.READ
    settled = {finding.image_key for finding in case.findings} | failed
    return Status.UNREAD if case.images and all(i.key in settled for i in case.images) else Status.PENDING


def expected_double(given: Sequence[Verdict], otherwise: Status) -> tuple[Status, Opinion | None]:
    """By the verdicts since the newest image: adjudicated, read by nobody, differing at any moment, by two, by one."""
    leads = [each.opinion for each in given if each.adjudicates]
    if leads or not given:
        return (Status.READ, leads[-1]) if leads else (otherwise, None)
    for end in range(1, len(given) + 1):
        if len(set({each.reader: each.opinion for each in given[:end]}.values())) > 1:
            return Status.ADJUDICATION, None
    return (Status.READ, given[-1].opinion) if len({each.reader for each in given}) > 1 else (Status.SECOND, None)


def summary(session: Session, study_key: int) -> dict[str, Any]:
    row = session.scalars(select(SummaryRow).where(SummaryRow.study_key == study_key)).one()
    return {name: getattr(row, name) for name in SummaryRow.__table__.columns.keys()}  # noqa: SIM118


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=25))
def test_a_summary_is_what_the_facts_amount_to(database: Database, events: list[Event]) -> None:
    seen: dict[int, list[int]] = {key: [0] for key in range(1, STUDIES + 1)}
    void = dict.fromkeys(seen, 0)
    """Key of the newest verdict there was when the newest image came."""
    with database.session() as session:
        for key in seen:
            assert add_study(session, str(key), at=later(key)).key == key
        for number, event in enumerate(events):
            happen(session, event, number)
            if event.kind == "verdict":
                seen[event.study].append(max((i.key for i in images.of_study(session, event.study)), default=0))
            elif event.kind == "withdrawal":
                seen[event.study] = seen[event.study][:-1] or [0]
            elif event.kind == "image":
                void[event.study] = max((v.key for v in verdicts.of_study(session, event.study)), default=0)
        for key in seen:
            assert_summary(session, key, seen[key][-1], void[key])
        before = [summary(session, key) for key in seen]
        session.execute(delete(SummaryRow))
        session.expire_all()
        summaries.rebuild(session)
        assert [summary(session, key) for key in seen] == before
        session.rollback()


def assert_summary(session: Session, study_key: int, seen: int, void: int) -> None:
    found, case = summary(session, study_key), cases.get(session, study_key)
    failed = {failure.image_key for failure in failures.of_study(session, study_key)}
    answer, status = expected_answer(case), expected_status(case, seen, failed)
    best = case.finding if answer else None
    assert found["answer"] == answer
    assert found["status"] == status
    assert found["probability"] == (best.probability if best else None)
    assert (found["double_status"], found["double_opinion"]) == expected_double(
        [v for v in case.standing if v.key > void], status
    )
    assert found["opinion"] == (case.verdict.opinion if case.verdict else None)
    assert found["has_key_image"] == bool(case.key_images)
    assert found["double_key_image"] == bool(case.key_images and found["double_status"] == Status.READ)
    assert found["flagged"] == (case.flag is not None)
    assert found["image_count"] == len(case.images)
    assert found["failed_count"] == len(failed - {f.image_key for f in case.findings})
    assert found["received_at"] == case.study.received_at
    assert found["modality"] == "/".join(sorted({image.modality for image in case.images}))


@pytest.mark.parametrize(
    ("answers", "failed", "priority"),
    [
        ([None], {0}, 1),
        ([Answer.NONE, None], {1}, 1),
        ([Answer.NONE, None, None], {1}, 3),
        ([Answer.NONE, None], set(), 3),
        ([Answer.NONE, Answer.NONE], {1}, 2),
        ([Answer.FRACTURE, None], {1}, 0),
        ([None], set(), 3),
        ([], set(), 3),
    ],
)
def test_what_the_ai_failed_on_is_urgent_like_a_doubt(
    answers: list[Answer | None], failed: set[int], priority: int
) -> None:
    said = {number: (answer, 0.5, "") for number, answer in enumerate(answers) if answer}
    facts = Facts(received_at=NOON, modalities=dict.fromkeys(range(len(answers)), "DX"), findings=said, failed=failed)
    derived = derive(facts)
    assert (derived["priority"], derived["double_priority"]) == (priority, priority)
    facts.opinion, facts.seen_image_key = Opinion.UNCERTAIN, len(answers)
    assert derive(facts)["priority"] == priority + READ_LATER


@pytest.mark.parametrize(
    ("sides", "told"),
    [([], ""), ([""], ""), (["L"], "L"), (["L", ""], "L"), (["L", "R"], "B"), (["B", "L"], "B"), (["R", "R"], "R")],
)
def test_the_side_is_the_one_all_images_agree_on(sides: list[str], told: str) -> None:
    facts = Facts(received_at=NOON, lateralities=dict(enumerate(sides)))
    assert derive(facts)["laterality"] == told


@pytest.mark.parametrize(
    ("opinion", "answer", "disagrees"),
    [
        (Opinion.FRACTURE, Answer.NONE, True),
        (Opinion.NO_FRACTURE, Answer.FRACTURE, True),
        (Opinion.FRACTURE, Answer.FRACTURE, False),
        (Opinion.NO_FRACTURE, Answer.NONE, False),
        (Opinion.FRACTURE, Answer.DOUBT, False),
        (Opinion.NO_FRACTURE, Answer.DOUBT, False),
        (Opinion.UNCERTAIN, Answer.FRACTURE, False),
        (Opinion.NOT_DIAGNOSTIC, Answer.NONE, False),
        (None, Answer.FRACTURE, False),
    ],
)
def test_only_yes_and_no_disagree(opinion: Opinion | None, answer: Answer, disagrees: bool) -> None:
    facts = Facts(received_at=NOON, modalities={1: "DX"}, findings={1: (answer, 0.5, "")}, opinion=opinion)
    assert derive(facts)["disagrees"] is disagrees


def test_the_probability_is_the_most_urgent_findings() -> None:
    said = {
        1: (Answer.DOUBT, 0.6, ""),
        2: (Answer.FRACTURE, 0.5, ""),
        3: (Answer.FRACTURE, 0.55, ""),
        4: (Answer.NONE, 0.9, ""),
    }
    facts = Facts(received_at=NOON, modalities=dict.fromkeys(said, "DX"), findings=said)
    assert derive(facts)["probability"] == 0.55


@pytest.mark.parametrize(
    ("others", "probability"),
    [({}, None), ({2: (Answer.NONE, 0.01, "")}, None), ({2: (Answer.DOUBT, 0.2, "")}, 0.2)],
)
def test_an_answer_that_rests_on_an_image_from_outside_has_no_probability(
    others: dict[int, tuple[Answer, float, str]], probability: float | None
) -> None:
    said = {1: (Answer.DOUBT, 0.9, "unlike"), **others}
    derived = derive(Facts(received_at=NOON, modalities=dict.fromkeys(said, "DX"), findings=said))
    assert (derived["answer"], derived["outside"], derived["probability"]) == ("doubt", "unlike", probability)


def test_the_newest_bundles_answer_counts(session: Session) -> None:
    study = add_study(session)
    image = add_image(session, study.key)
    for bundle, answer in (("net-3", Answer.FRACTURE), ("net-1", Answer.DOUBT), ("net-2", Answer.NONE)):
        add_finding(session, image.key, answer, bundle=bundle)
        assert summary(session, study.key)["answer"] == answer


def test_an_image_of_nothing_refreshes_nothing(session: Session) -> None:
    summaries.refresh_image(session, 99)
    assert session.scalars(select(SummaryRow)).all() == []
