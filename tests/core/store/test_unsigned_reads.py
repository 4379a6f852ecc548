"""Unsigned reads: any statement comes back, each reader has her own, and a newer one takes the place of the older."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.errors import NotFound, RuleBroken
from core.records import Mark, Opinion, Statement, UnsignedRead
from core.store import unsigned_reads
from core.store.column_types import storable
from core.store.database import Database
from tests.core.store.entries import NOON, add_case

READER, OTHER = "Dr Reader", "Dr Other"
coordinate = st.floats(min_value=0, max_value=4096, allow_nan=False)
statements = st.builds(
    Statement,
    opinion=st.none() | st.sampled_from(Opinion),
    body_region=st.text(max_size=30),
    fracture_type=st.text(max_size=30),
    confidence=st.none() | st.integers(min_value=1, max_value=5),
    comment=st.text(max_size=200),
    marks=st.lists(st.builds(Mark, st.integers(1, 9), *4 * (coordinate,)), max_size=3).map(tuple),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=statements)
def test_any_statement_comes_back(database: Database, said: Statement) -> None:
    with database.session() as session:
        key = add_case(session, "1").key
        unsigned_reads.put(session, key, READER, said, at=NOON)
        session.expire_all()
        assert unsigned_reads.get(session, key, READER) == UnsignedRead(
            said.opinion, storable(said.body_region), storable(said.fracture_type), said.confidence,
            storable(said.comment), said.marks, saved_at=NOON,
        )  # fmt: skip
        session.rollback()


def test_a_newer_one_takes_the_place_of_the_older_and_each_reader_has_her_own(session: Session) -> None:
    one, two = (add_case(session, name).key for name in "12")
    for reader, said in ((READER, "first"), (OTHER, "hers"), (READER, "second")):
        unsigned_reads.put(session, one, reader, Statement(comment=said), at=NOON)
    later = NOON + timedelta(minutes=5)
    unsigned_reads.put(session, one, READER, Statement(Opinion.UNCERTAIN), at=later)
    assert unsigned_reads.get(session, one, READER) == UnsignedRead(Opinion.UNCERTAIN, saved_at=later)
    assert unsigned_reads.get(session, one, OTHER) == UnsignedRead(comment="hers", saved_at=NOON)
    assert unsigned_reads.get(session, two, READER) is None
    assert unsigned_reads.among(session, [one, two], READER) == {one}
    unsigned_reads.remove(session, one, READER)
    assert unsigned_reads.among(session, [one, two], READER) == set()
    assert unsigned_reads.among(session, [one, two], OTHER) == {one}


def test_a_study_that_is_not_there_is_told(session: Session) -> None:
    with pytest.raises(NotFound):
        unsigned_reads.get(session, 99, READER)
    with pytest.raises(NotFound):
        unsigned_reads.put(session, 99, READER, Statement(), at=NOON)


@pytest.mark.parametrize(("reader", "confidence"), [("", None), (READER, 6)])
def test_what_no_reader_can_have_said_is_refused(database: Database, reader: str, confidence: int | None) -> None:
    with database.session() as session:
        key = add_case(session, "1").key
    with pytest.raises(RuleBroken), database.session() as session:
        unsigned_reads.put(session, key, reader, Statement(confidence=confidence), at=NOON)
