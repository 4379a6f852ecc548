"""Flags: raised and cleared as events, all of them kept."""

import pytest
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.records import Flag, WorklistFilter
from core.store import flags, worklist
from tests.core.store.entries import NOON, add_case, later


@pytest.fixture
def study_key(session: Session) -> int:
    return add_case(session, "1").key


def is_listed(session: Session) -> bool:
    return worklist.page(session, WorklistFilter(flagged=True)).total == 1


def test_a_flag_is_raised_and_cleared(session: Session, study_key: int) -> None:
    raised = flags.raise_flag(session, study_key, reader="Dr Reader", reason="scaphoid? 骨折", at=NOON)
    assert raised == Flag(raised.key, study_key, "Dr Reader", "scaphoid? 骨折", NOON, None)
    assert flags.open_flag(session, study_key) == raised
    assert is_listed(session)
    cleared = flags.clear(session, study_key, reader="Dr Other", at=later(5))
    assert cleared == Flag(raised.key, study_key, "Dr Reader", "scaphoid? 骨折", NOON, later(5))
    assert flags.open_flag(session, study_key) is None
    assert flags.of_study(session, study_key) == (cleared,)
    assert not is_listed(session)


def test_a_cleared_flag_can_be_raised_again(session: Session, study_key: int) -> None:
    flags.raise_flag(session, study_key, reader="a", reason="first", at=NOON)
    flags.clear(session, study_key, reader="a", at=later(1))
    flags.raise_flag(session, study_key, reader="b", reason="second", at=later(2))
    told = [(flag.reason, flag.cleared_at) for flag in flags.of_study(session, study_key)]
    assert told == [("first", later(1)), ("second", None)]
    assert is_listed(session)


def test_a_flag_raised_twice_has_the_newer_reason_and_is_cleared_once(session: Session, study_key: int) -> None:
    flags.raise_flag(session, study_key, reader="a", reason="first", at=NOON)
    second = flags.raise_flag(session, study_key, reader="b", reason="second", at=later(1))
    assert flags.open_flag(session, study_key) == second
    flags.clear(session, study_key, reader="a", at=later(2))
    assert [flag.cleared_at for flag in flags.of_study(session, study_key)] == [later(2)] * 2
    assert not is_listed(session)


def test_clearing_nothing_leaves_no_event(session: Session, study_key: int) -> None:
    assert flags.clear(session, study_key, reader="a", at=NOON) is None
    flags.raise_flag(session, study_key, reader="a", reason="first", at=NOON)
    flags.clear(session, study_key, reader="a", at=later(1))
    assert flags.clear(session, study_key, reader="a", at=later(2)) is None
    assert [flag.cleared_at for flag in flags.of_study(session, study_key)] == [later(1)]


def test_studies_are_kept_apart(session: Session, study_key: int) -> None:
    other = add_case(session, "2").key
    flags.raise_flag(session, other, reader="a", reason="x", at=NOON)
    assert flags.open_flag(session, study_key) is None


def test_a_study_that_is_not_there_is_not_flagged(session: Session) -> None:
    with pytest.raises(NotFound):
        flags.raise_flag(session, 99, reader="a", reason="x", at=NOON)
    with pytest.raises(NotFound):
        flags.clear(session, 99, reader="a", at=NOON)
