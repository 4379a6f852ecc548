"""Images: each frame once, recognised by its bytes and by its SOP instance UID."""

from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.arrivals import NewImage
from core.errors import NotFound
from core.records import Answer, Opinion
from core.store import failures, images
from core.store.column_types import storable
from core.store.database import Database
from tests.core.store.entries import (
    NOON,
    add_case,
    add_finding,
    add_image,
    add_study,
    add_verdict,
    new_image,
    sha256,
)

SIZES = st.integers(min_value=1, max_value=2**31 - 1)
MILLIMETRES = st.floats(min_value=0, exclude_min=True, allow_infinity=False)


@pytest.fixture
def study_key(session: Session) -> int:
    return add_study(session).key


def test_an_image_comes_back_as_it_was_given(session: Session, study_key: int) -> None:
    given_image = new_image("a", frame_number=3, warnings=("truncated", "Zeichensatz unbekannt"), source_name="Ö.dcm")
    stored = images.add(session, study_key, given_image, at=NOON)
    assert (stored.known, stored.conflict) == (False, False)
    expected = asdict(given_image) | {"key": stored.image.key, "study_key": study_key, "received_at": NOON}
    assert asdict(stored.image) == expected
    assert images.get(session, stored.image.key) == stored.image


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=30),
    size=st.tuples(SIZES, SIZES),
    spacing=st.none() | st.tuples(MILLIMETRES, MILLIMETRES),
    warnings=st.lists(st.text(max_size=30), max_size=3).map(tuple),
)
def test_any_image_comes_back(
    database: Database,
    name: str,
    size: tuple[int, int],
    spacing: tuple[float, float] | None,
    warnings: tuple[str, ...],
) -> None:
    given_image = NewImage(
        "2.25.1", "2.25.2", sha256("x"), *size, source_name=name, pixel_spacing=spacing, warnings=warnings
    )
    with database.session() as session:
        image = images.add(session, add_study(session).key, given_image, at=NOON).image
        session.expire_all()
        image = images.get(session, image.key)
        assert (image.rows, image.columns) == size
        assert image.source_name == storable(name)
        assert image.pixel_spacing == spacing
        assert image.warnings == warnings
        session.rollback()


def test_the_same_bytes_are_known(session: Session, study_key: int) -> None:
    first = add_image(session, study_key, "a")
    again = images.add(session, study_key, new_image("a", source_name="copy.dcm"), at=NOON)
    assert (again.image, again.known, again.conflict) == (first, True, False)


def test_the_same_bytes_under_another_uid_are_known(session: Session, study_key: int) -> None:
    first = add_image(session, study_key, "a")
    again = images.add(session, study_key, new_image("a", sop_instance_uid="2.25.999"), at=NOON)
    assert (again.image, again.known, again.conflict) == (first, True, False)


def test_other_bytes_under_the_same_uid_are_a_conflict_and_not_stored(session: Session, study_key: int) -> None:
    first = add_image(session, study_key, "a")
    other = images.add(session, study_key, new_image("a", sha256=sha256("forged")), at=NOON)
    assert (other.image, other.known, other.conflict) == (first, True, True)
    assert images.of_study(session, study_key) == (first,)


def test_the_same_bytes_win_over_the_same_uid(session: Session, study_key: int) -> None:
    first, second = add_image(session, study_key, "a"), add_image(session, study_key, "b")
    both = new_image("a", sha256=sha256("b"))
    assert images.add(session, study_key, both, at=NOON).image == second
    assert images.find_instance(session, first.sop_instance_uid, 1) == first


def test_an_image_of_another_study_is_told_with_that_study(session: Session, study_key: int) -> None:
    first = add_image(session, study_key, "a")
    elsewhere = add_study(session, "2").key
    assert images.add(session, elsewhere, new_image("a"), at=NOON).image.study_key == first.study_key
    assert images.of_study(session, elsewhere) == ()


def test_frames_of_a_file_are_images_of_their_own(session: Session, study_key: int) -> None:
    frames = tuple(add_image(session, study_key, "a", frame_number=number) for number in (1, 2, 3))
    assert images.of_study(session, study_key) == frames
    assert images.find(session, frames[1].sop_instance_uid, frames[1].sha256, 2) == frames[1]
    assert images.find(session, frames[1].sop_instance_uid, frames[1].sha256, 4) is None


def test_a_files_frames_are_found_by_its_bytes(session: Session, study_key: int) -> None:
    second, first = (add_image(session, study_key, "a", frame_number=number) for number in (2, 1))
    add_image(session, study_key, "b")
    assert images.of_bytes(session, sha256("a")) == (first, second)
    assert images.of_bytes(session, sha256("never seen")) == ()


def test_series_are_kept_apart(session: Session, study_key: int) -> None:
    uids = ["2.25.10", "2.25.11", "2.25.10"]
    for number, uid in enumerate(uids):
        add_image(session, study_key, str(number), series_instance_uid=uid)
    assert [image.series_instance_uid for image in images.of_study(session, study_key)] == uids


def test_a_network_is_asked_about_what_it_has_not_answered_and_nobody_has_read(
    session: Session, study_key: int
) -> None:
    first, second, third = (add_image(session, study_key, name).key for name in "abc")
    add_finding(session, second, Answer.NONE, bundle="net-1")
    assert images.pending(session, "net-1") == (first, third)
    assert images.pending(session, "net-2") == (first, third, second), "first what nobody has answered"
    assert images.pending(session, "net-2", among=[second, third]) == (third, second)
    add_verdict(session, study_key, Opinion.NO_FRACTURE)
    assert images.pending(session, "net-2") == (first, third), "a read case is asked about where it has no answer"
    last = add_image(session, study_key, "d").key
    assert images.pending(session, "net-2") == (first, third, last, second), "unread again"


def test_a_network_is_asked_about_the_most_urgent_first(session: Session) -> None:
    answers = (Answer.NONE, Answer.FRACTURE, None, Answer.DOUBT, Answer.FRACTURE)
    for number, answer in enumerate(answers):
        add_case(session, str(number), answer, minutes=number)
    waiting = [images.get(session, key).study_key - 1 for key in images.pending(session, "net-2")]
    assert waiting == [2, 1, 4, 3, 0]


def test_failed_images_are_not_retried_for_ever(session: Session, study_key: int) -> None:
    key = add_image(session, study_key).key
    assert images.pending(session, "net-1") == (key,)
    failures.add(session, key, bundle="net-1", error_class="CorruptFile", message="damaged", at=NOON)
    assert images.pending(session, "net-1") == ()
    assert images.pending(session, "net-1", failed=True) == (key,), "but when somebody brings them again"
    assert images.pending(session, "net-2") == (key,)


def test_a_key_of_nothing_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        images.get(session, 1)
