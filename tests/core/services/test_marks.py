"""Marks: which may be signed, and what the reader is told of the others."""

import pytest

from core.errors import InvalidVerdict
from core.records import Mark, Opinion, Statement
from core.services.marks import MOST_MARKS
from core.services.review import give_verdict, open_case
from core.services.site import Site
from tests.core.services.films import film, take_in
from tests.people import person

NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture
def place(empty_site: Site) -> tuple[int, int]:
    """Study and image of 121 rows and 90 columns."""
    receipt = take_in(empty_site, film())
    return receipt.study_key or 0, receipt.image_key or 0


@pytest.mark.parametrize("opinion", [each for each in Opinion if each is not Opinion.NO_FRACTURE])
def test_marks_are_signed_with_the_verdict(empty_site: Site, place: tuple[int, int], opinion: Opinion) -> None:
    study, image = place
    marks = (Mark(image, 0, 0, 90, 121), Mark(image, 12.5, 13.5, 12.5, 13.5))
    given = give_verdict(empty_site, study, Statement(opinion, marks=marks), actor=person("Dr. A"))
    assert given.marks == marks
    assert open_case(empty_site, study, actor=person("Dr. A")).verdicts == (given,)


def test_a_second_verdict_leaves_the_marks_of_the_first(empty_site: Site, place: tuple[int, int]) -> None:
    study, image = place
    first = (Mark(image, 1, 2, 3, 4),)
    give_verdict(empty_site, study, Statement(Opinion.FRACTURE, marks=first), actor=person("Dr. A"))
    give_verdict(empty_site, study, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    assert [each.marks for each in open_case(empty_site, study, actor=person("Dr. A")).verdicts] == [first, ()]


@pytest.mark.parametrize(
    "corners",
    [
        (-0.1, 0, 5, 5),
        (0, -1, 5, 5),
        (0, 0, 90.1, 5),
        (0, 0, 5, 121.1),
        (6, 0, 5, 5),
        (0, 6, 5, 5),
        (NAN, 0, 5, 5),
        (0, 0, 5, INFINITE),
        (0, -INFINITE, 5, 5),
    ],
)
def test_a_mark_outside_of_its_image_is_refused(
    empty_site: Site, place: tuple[int, int], corners: tuple[float, float, float, float]
) -> None:
    study, image = place
    with pytest.raises(InvalidVerdict, match="Delete it and draw it again"):
        give_verdict(
            empty_site, study, Statement(Opinion.FRACTURE, marks=(Mark(image, *corners),)), actor=person("Dr. A")
        )
    assert open_case(empty_site, study, actor=person("Dr. A")).verdicts == ()


def test_a_mark_on_an_image_of_another_study_is_refused(empty_site: Site, place: tuple[int, int]) -> None:
    other = take_in(empty_site, film(2, study=2)).image_key or 0
    for image in (other, 999):
        with pytest.raises(InvalidVerdict, match="draw it anew"):
            give_verdict(
                empty_site,
                place[0],
                Statement(Opinion.FRACTURE, marks=(Mark(image, 1, 1, 2, 2),)),
                actor=person("Dr. A"),
            )


def test_no_fracture_leaves_nothing_to_mark(empty_site: Site, place: tuple[int, int]) -> None:
    study, image = place
    marks = (Mark(image, 1, 1, 2, 2),)
    with pytest.raises(InvalidVerdict, match="Delete them, or choose another verdict"):
        give_verdict(empty_site, study, Statement(Opinion.NO_FRACTURE, marks=marks), actor=person("Dr. A"))


def test_there_is_a_limit_to_the_marks(empty_site: Site, place: tuple[int, int]) -> None:
    study, image = place
    most = (Mark(image, 1, 1, 2, 2),) * MOST_MARKS
    with pytest.raises(InvalidVerdict, match="Delete some"):
        give_verdict(empty_site, study, Statement(Opinion.FRACTURE, marks=(*most, *most[:1])), actor=person("Dr. A"))
    signed = give_verdict(empty_site, study, Statement(Opinion.FRACTURE, marks=most), actor=person("Dr. A"))
    assert len(signed.marks) == 50
