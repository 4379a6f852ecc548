"""Reveals: who was shown the AI's answer of what."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.records import Answer
from core.store import reveals
from core.store.tables import RevealRow
from tests.core.store.entries import NOON, add_case, add_finding, add_image, later


def test_a_reveal_is_one_readers_on_one_study(session: Session) -> None:
    one, other = add_case(session, "1", Answer.FRACTURE).key, add_case(session, "2", Answer.NONE).key
    reveals.add(session, one, reader="Dr Reader", at=NOON)
    assert reveals.has_revealed(session, one, "Dr Reader")
    assert not reveals.has_revealed(session, one, "Dr Other")
    assert not reveals.has_revealed(session, other, "Dr Reader")


def test_a_reveal_holds_when_more_comes_later(session: Session) -> None:
    study_key = add_case(session, "1", Answer.NONE).key
    reveals.add(session, study_key, reader="Dr Reader", at=NOON)
    add_finding(session, add_image(session, study_key, "late").key, Answer.FRACTURE)
    assert reveals.has_revealed(session, study_key, "Dr Reader")


def test_a_reveal_of_nothing_shows_nothing(session: Session) -> None:
    study = add_case(session, "1")
    reveals.add(session, study.key, reader="Dr Reader", at=NOON)
    assert not reveals.has_revealed(session, study.key, "Dr Reader")
    add_finding(session, 1, Answer.FRACTURE)
    assert not reveals.has_revealed(session, study.key, "Dr Reader")
    reveals.add(session, study.key, reader="Dr Reader", at=later(1))
    assert reveals.has_revealed(session, study.key, "Dr Reader")


def test_every_reveal_is_kept_with_what_was_shown(session: Session) -> None:
    study_key = add_case(session, "1", Answer.NONE).key
    reveals.add(session, study_key, reader="Dr Reader", at=NOON)
    newer = add_finding(session, 1, Answer.FRACTURE, bundle="net-2")
    reveals.add(session, study_key, reader="Dr Reader", at=later(1))
    shown = session.scalars(select(RevealRow.finding_key).order_by(RevealRow.key)).all()
    assert shown == [newer.key - 1, newer.key]


def test_a_study_that_is_not_there_is_not_revealed(session: Session) -> None:
    with pytest.raises(NotFound):
        reveals.add(session, 1, reader="Dr Reader", at=NOON)
