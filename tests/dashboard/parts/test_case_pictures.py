"""Key images on the pictures: her own, a colleague's once she may know of it, and what the browser may ask for."""

from datetime import UTC, datetime

import pytest

from core.records import KeyImage
from dashboard.parts.case_pictures import starred
from dashboard.parts.viewer import ViewerImage, read_choice

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IMAGES = [ViewerImage(key, "ticket", 10, 10) for key in (1, 2, 3)]
CHOSEN = [KeyImage(1, "Dr. A", NOON), KeyImage(2, "Dr. B", NOON), KeyImage(1, "Dr. B", NOON)]


def shown(*, others: bool) -> list[tuple[bool, str]]:
    """Whether each picture is Dr. A's choice, and what stands on it."""
    pictures = starred(IMAGES, CHOSEN, reader="Dr. A", others=others)
    return [(picture.chosen, picture.key_image) for picture in pictures]


def test_a_colleagues_choice_is_hidden_until_she_may_know_of_it() -> None:
    assert shown(others=False) == [(True, "★ Key image"), (False, ""), (False, "")]


def test_afterwards_it_is_told_by_name() -> None:
    assert shown(others=True) == [(True, "★ Key image: you, Dr. B"), (False, "★ Key image: Dr. B"), (False, "")]


def test_what_the_browser_asks_for_is_read_when_it_makes_sense() -> None:
    assert read_choice({"image": 12, "chosen": False}) == (12, False)


@pytest.mark.parametrize(
    "wish", [None, 12, [12, True], {}, {"image": 12}, {"image": "12", "chosen": True}, {"image": True, "chosen": True},
             {"image": 12, "chosen": 1}],
)  # fmt: skip
def test_anything_else_is_not(wish: object) -> None:
    assert read_choice(wish) is None
