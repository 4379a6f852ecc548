"""Failures: kept per image and bundle, told in the worklist."""

from sqlalchemy.orm import Session

from core.records import Answer, Failure, Status, WorklistFilter
from core.store import failures, worklist
from tests.core.store.entries import NOON, add_finding, add_image, add_study, later


def fail(session: Session, image_key: int, *, minutes: float = 0) -> Failure:
    return failures.add(
        session, image_key, bundle="net-1", error_class="DecodingStopped", message="too slow", at=later(minutes)
    )


def test_failures_come_back_oldest_first(session: Session) -> None:
    study_key = add_study(session).key
    image = add_image(session, study_key)
    first, second = fail(session, image.key), fail(session, image.key, minutes=1)
    assert failures.of_study(session, study_key) == (first, second)
    assert first == Failure(first.key, image.key, "net-1", "DecodingStopped", "too slow", NOON)


def test_the_worklist_says_that_an_image_failed(session: Session) -> None:
    study_key = add_study(session).key
    good, bad = add_image(session, study_key, "a"), add_image(session, study_key, "b")
    add_finding(session, good.key, Answer.NONE)
    fail(session, bad.key)
    (row,) = worklist.page(session, WorklistFilter()).rows
    assert (row.status, row.failed_count, row.answer) == (Status.UNREAD, 1, None)


def test_an_answer_after_a_failure_counts(session: Session) -> None:
    image = add_image(session, add_study(session).key)
    fail(session, image.key)
    add_finding(session, image.key, Answer.DOUBT)
    (row,) = worklist.page(session, WorklistFilter()).rows
    assert (row.status, row.failed_count, row.answer) == (Status.UNREAD, 0, Answer.DOUBT)
