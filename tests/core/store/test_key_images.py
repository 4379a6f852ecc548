"""Key images: each reader her own, the newest event counts, and the worklist finds them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.records import Image, KeyImage, WorklistFilter
from core.store import cases, key_images, worklist
from core.store.tables import KeyImageEventRow
from tests.core.store.entries import NOON, add_case, add_image, later


def two_images(session: Session) -> tuple[int, Image, Image]:
    """A study, and its images."""
    study = add_case(session, "1").key
    return study, cases.get(session, study).images[0], add_image(session, study, "other")


def entries(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(KeyImageEventRow)) or 0


def test_an_image_is_pointed_out_and_no_longer(session: Session) -> None:
    study, first, second = two_images(session)
    for place, image in enumerate((second, first)):
        assert key_images.add(session, image, reader="a", chosen=True, at=later(place))
    both = (KeyImage(second.key, "a", NOON), KeyImage(first.key, "a", later(1)))
    assert key_images.of_study(session, study) == cases.get(session, study).key_images == both
    assert key_images.add(session, second, reader="a", chosen=False, at=later(2))
    assert key_images.of_study(session, study) == both[1:]
    assert entries(session) == 3, "nothing is overwritten"


def test_what_is_so_already_is_not_entered_again(session: Session) -> None:
    _, image, _ = two_images(session)
    assert not key_images.add(session, image, reader="a", chosen=False, at=NOON)
    key_images.add(session, image, reader="a", chosen=True, at=NOON)
    assert not key_images.add(session, image, reader="a", chosen=True, at=later(1))
    assert entries(session) == 1


def test_a_readers_choice_is_her_own(session: Session) -> None:
    study, image, _ = two_images(session)
    for reader in "ab":
        key_images.add(session, image, reader=reader, chosen=True, at=NOON)
    key_images.add(session, image, reader="a", chosen=False, at=later(1))
    assert key_images.of_study(session, study) == (KeyImage(image.key, "b", NOON),)


def test_the_worklist_tells_and_finds_studies_with_a_key_image(session: Session) -> None:
    study, image, _ = two_images(session)
    other = add_case(session, "2").key
    key_images.add(session, image, reader="a", chosen=True, at=NOON)
    found = {wanted: worklist.page(session, WorklistFilter(has_key_image=wanted)).rows for wanted in (True, False)}
    assert [(row.study_key, row.has_key_image) for row in found[True]] == [(study, True)]
    assert [(row.study_key, row.has_key_image) for row in found[False]] == [(other, False)]
    assert [len(case.key_images) for case in cases.find(session, WorklistFilter())] == [1, 0]
