"""Findings: one per image and bundle, the newest of an image counts while no network is in use (test_answers.py)."""

import math
from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.errors import RuleBroken
from core.records import Answer, Finding, Region
from core.store import findings
from core.store.database import Database
from tests.core.store.entries import NOON, add_finding, add_image, add_study, later, new_finding

PIXELS = st.integers(min_value=0, max_value=100_000)
REGIONS = st.builds(Region, PIXELS, PIXELS, PIXELS, PIXELS, st.floats(min_value=0, max_value=1))


@pytest.fixture
def study_key(session: Session) -> int:
    return add_study(session).key


def test_a_finding_comes_back_as_it_was_given(session: Session, study_key: int) -> None:
    given_finding = new_finding(add_image(session, study_key).key, Answer.FRACTURE)
    stored = findings.add(session, given_finding, at=NOON)
    assert asdict(stored) == asdict(given_finding) | {"key": stored.key, "created_at": NOON}
    assert findings.find(session, stored.image_key, stored.bundle) == stored
    assert isinstance(stored.regions[0].x, int)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    probability=st.floats(min_value=0, max_value=1),
    answer=st.sampled_from(Answer),
    peak=st.tuples(PIXELS, PIXELS),
    regions=st.lists(REGIONS, max_size=4).map(tuple),
)
def test_any_finding_comes_back(
    database: Database, probability: float, answer: Answer, peak: tuple[int, int], regions: tuple[Region, ...]
) -> None:
    with database.session() as session:
        image = add_image(session, add_study(session).key)
        given_finding = replace(new_finding(image.key, answer, probability=probability), peak=peak, regions=regions)
        findings.add(session, given_finding, at=NOON)
        session.expire_all()
        (stored,) = findings.of_study(session, image.study_key)
        assert asdict(stored) == asdict(given_finding) | {"key": stored.key, "created_at": NOON}
        session.rollback()


def test_a_bundle_answers_an_image_once(session: Session, study_key: int) -> None:
    image = add_image(session, study_key)
    first = add_finding(session, image.key, Answer.DOUBT)
    assert findings.add(session, new_finding(image.key, Answer.FRACTURE), at=later(1)) == first


def test_the_newest_of_each_image_counts(session: Session, study_key: int) -> None:
    one, two = add_image(session, study_key, "a"), add_image(session, study_key, "b")
    add_finding(session, two.key, Answer.NONE, bundle="net-1")
    old = add_finding(session, one.key, Answer.NONE, bundle="net-1")
    new = add_finding(session, two.key, Answer.FRACTURE, bundle="net-2")
    assert findings.of_study(session, study_key) == (old, new)
    assert findings.of_image(session, two.key) == new


def test_studies_are_kept_apart(session: Session, study_key: int) -> None:
    add_finding(session, add_image(session, study_key, "a").key, Answer.NONE)
    other = add_study(session, "2").key
    assert findings.of_study(session, other) == ()
    assert findings.find(session, add_image(session, other, "b").key, "net-1") is None
    assert findings.of_image(session, 99) is None


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.nan, math.inf])
def test_a_probability_out_of_range_is_refused(database: Database, probability: float) -> None:
    def add() -> Finding:
        with database.session() as session:
            image = add_image(session, add_study(session).key)
            return add_finding(session, image.key, Answer.NONE, probability=probability)

    with pytest.raises(RuleBroken):
        add()


def test_a_region_without_a_number_is_refused(database: Database) -> None:
    def add() -> Finding:
        with database.session() as session:
            image = add_image(session, add_study(session).key)
            region = Region(0, 0, 1, 1, math.nan)
            return findings.add(session, replace(new_finding(image.key, Answer.DOUBT), regions=(region,)), at=NOON)

    with pytest.raises(RuleBroken):
        add()
