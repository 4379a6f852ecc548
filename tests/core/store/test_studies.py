"""Studies: added once, completed later, never mixed with another patient's."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.arrivals import NewStudy
from core.errors import NotFound
from core.store import studies
from core.store.column_types import storable
from core.store.database import Database
from tests.core.store.entries import NOON, add_case, later

FULL = NewStudy(
    study_instance_uid="2.25.3",
    patient_id="4711",
    patient_name="Yamada^Tarou=山田^太郎=やまだ^たろう",
    patient_birth_date=date(1950, 1, 31),
    patient_sex="M",
    accession_number="A-1",
    study_date=datetime(2026, 2, 28, 23, 30, tzinfo=timezone(timedelta(hours=-8))),
    description="Handgelenk, links",
    body_part="WRIST",
    patient_id_issuer="Hospital A",
    patient_id_issuer_uid="1.2.3",
)
EMPTY = NewStudy(study_instance_uid="2.25.3")
TEXTS = st.text(max_size=40)


def test_a_study_comes_back_as_it_was_given(session: Session) -> None:
    stored = studies.upsert(session, FULL, at=NOON)
    assert stored.conflicts == ()
    assert studies.get(session, stored.study.key) == stored.study
    assert asdict(stored.study) == asdict(FULL) | {"key": stored.study.key, "received_at": NOON}
    assert stored.study.study_date is not None
    assert stored.study.study_date.tzinfo is UTC


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
    born=st.none() | st.dates(),
    number=st.integers(min_value=0),
)
def test_any_study_comes_back(database: Database, texts: tuple[str, ...], born: date | None, number: int) -> None:
    names = ("patient_id", "patient_name", "patient_sex", "accession_number", "description", "body_part")
    facts: dict[str, Any] = dict(zip(names, texts, strict=True))
    given_study = NewStudy(study_instance_uid=f"2.25.{number}", patient_birth_date=born, **facts)
    with database.session() as session:
        key = studies.upsert(session, given_study, at=NOON).study.key
        session.expire_all()
        stored = studies.get(session, key)
        assert [getattr(stored, name) for name in names] == [storable(value) for value in texts]
        assert stored.patient_birth_date == born
        session.rollback()


def test_the_same_study_keeps_its_key_and_its_arrival(session: Session) -> None:
    first = studies.upsert(session, FULL, at=NOON)
    again = studies.upsert(session, FULL, at=later(5))
    assert (again.conflicts, again.study) == ((), first.study)


def test_looking_for_a_study_tells_what_contradicts_it_and_changes_nothing(session: Session) -> None:
    assert studies.find(session, FULL) is None
    stored = studies.upsert(session, replace(FULL, description=""), at=NOON)
    told = studies.find(session, replace(FULL, patient_id="4712"))
    assert told is not None
    assert (told.conflicts, told.study) == (("patient_id",), stored.study)


def test_a_later_file_fills_in_what_was_empty(session: Session) -> None:
    studies.upsert(session, EMPTY, at=NOON)
    filled = studies.upsert(session, FULL, at=later(5))
    assert filled.conflicts == ()
    assert asdict(filled.study) == asdict(FULL) | {"key": filled.study.key, "received_at": NOON}


def test_a_later_file_empties_nothing(session: Session) -> None:
    full = studies.upsert(session, FULL, at=NOON)
    assert studies.upsert(session, EMPTY, at=later(5)).study == full.study


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patient_id", "4712"),
        ("patient_name", "Yamada^Jirou"),
        ("patient_birth_date", date(1950, 1, 30)),
        ("patient_sex", "F"),
        ("accession_number", "A-2"),
        ("patient_id_issuer_uid", "1.2.4"),
        ("synthetic", True),
    ],
)
def test_another_patient_changes_nothing_and_is_told(session: Session, field: str, value: object) -> None:
    stored = studies.upsert(session, replace(FULL, description=""), at=NOON)
    intruder = replace(FULL, **{field: value})  # type: ignore[arg-type]
    told = studies.upsert(session, intruder, at=later(5))
    assert told.conflicts == (field.removesuffix("_uid"),)
    assert told.study == stored.study


def test_a_name_written_otherwise_is_the_same_name(session: Session) -> None:
    studies.upsert(session, NewStudy("2.25.3", patient_name="Müller^Hans"), at=NOON)
    # PS3.5 6.2: empty trailing components and spaces may be left out.
    assert studies.upsert(session, NewStudy("2.25.3", patient_name="MÜLLER^HANS^^ "), at=NOON).conflicts == ()


@pytest.mark.parametrize(
    ("stored", "given", "differ"),
    [
        (("Hospital A", ""), ("HOSPITAL A ", ""), False),
        (("Hospital A", ""), ("Hospital B", ""), True),
        (("Hospital A", ""), ("", ""), False),
        (("Hospital A", ""), ("", "1.2.3"), False),
        (("Hospital A", "1.2.3"), ("Hospital A", "1.2.4"), True),
        (("Hospital A", "1.2.3"), ("Radiology", "1.2.3"), False),
        (("Hospital A", "1.2.3"), ("Radiology", ""), True),
    ],
)
def test_an_issuer_contradicts_by_its_universal_id_before_its_name(
    session: Session, stored: tuple[str, str], given: tuple[str, str], differ: bool
) -> None:
    one, other = (
        NewStudy("2.25.3", patient_id="4711", patient_id_issuer=name, patient_id_issuer_uid=uid)
        for name, uid in (stored, given)
    )
    studies.upsert(session, one, at=NOON)
    assert studies.upsert(session, other, at=NOON).conflicts == (("patient_id_issuer",) if differ else ())


def test_a_key_of_nothing_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        studies.get(session, 1)


def test_body_parts_are_told_once_and_sorted(session: Session) -> None:
    for number, part in enumerate(["WRIST", "", "HAND", "WRIST"]):
        add_case(session, str(number), body_part=part)
    assert studies.body_parts(session) == ("HAND", "WRIST")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller^Hans", "muller hans"),
        ("Straße", "strasse"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Yamada^Tarou=山田^太郎", "yamada tarou 山田 太郎"),
        ("  A \t B\n", "a b"),
        ("ﬁ ㎆ ＾", "fi mb"),
        ("", ""),
    ],
)
def test_text_is_folded_for_searching(text: str, folded: str) -> None:
    assert studies.fold(text) == folded


@settings(deadline=None)
@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert studies.fold(studies.fold(text)) == studies.fold(text)
