"""What a column takes in and gives back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from core.store.column_types import Text, UtcTime, storable

KEPT = Table("kept", MetaData(), Column("at", UtcTime()), Column("text", Text()))
OFFSETS = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def kept(**values: object) -> tuple[object, ...]:
    """What comes back of a row."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        KEPT.create(connection)
        connection.execute(insert(KEPT).values(**values))
        row = tuple(connection.execute(select(KEPT)).one())
    engine.dispose()
    return row


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=OFFSETS))  # noqa: DTZ001
def test_a_moment_comes_back_as_itself_in_utc(at: datetime) -> None:
    back, _ = kept(at=at)
    assert back == at
    assert isinstance(back, datetime)
    assert back.tzinfo is UTC


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        kept(at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_none_stays_none() -> None:
    assert kept(at=None, text=None) == (None, None)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_text_of_any_script_comes_back_as_itself(text: str) -> None:
    assert kept(text=text) == (None, text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_any_text_at_all_is_stored(text: str) -> None:
    assert kept(text=text) == (None, storable(text))


def test_nul_and_lone_surrogates_are_replaced() -> None:
    assert storable("a\0b\udcffc\N{BONE}") == "a\ufffdb\ufffdc\N{BONE}"
