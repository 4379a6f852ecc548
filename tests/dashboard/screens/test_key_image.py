"""Key images on the reading page: what the viewer is handed, and what comes of what it asks for."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import streamlit as st

from core.records import Opinion
from core.services import review
from core.services.key_image import choose_key_image
from core.services.site import Site
from dashboard.parts.viewer import ViewerImage
from dashboard.screens import reading
from tests.dashboard.conftest import READER, Screen, keys, press
from tests.people import person

Shown = dict[int, tuple[bool, str]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """By image, whether it is the reader's key image and what stands on it; `wish` asks as the browser would."""
    handed: Shown = {}

    def viewer(
        images: Sequence[ViewerImage], *, choose: Callable[[int, bool], None] | None = None, **rest: Any
    ) -> None:
        handed.update({image.image_key: (image.chosen, image.key_image) for image in images})
        if choose and (wish := st.session_state.pop("wish", None)):
            choose(*wish)

    monkeypatch.setattr(reading, "viewer", viewer)
    return handed


def chosen(site: Site, study: int) -> list[tuple[int, str]]:
    """What is stored."""
    found = review.open_case(site, study, actor=person(READER)).key_images
    return [(key_image.image_key, key_image.reader) for key_image in found]


def test_what_the_viewer_asks_for_is_stored_and_shown(screen: Screen, site: Site, shown: Shown) -> None:
    study = keys(site)[0]
    image = review.open_case(site, study, actor=person(READER)).images[0].key
    test = screen("reading", site, wish=(image, True))
    assert chosen(site, study) == [(image, READER)]
    test.run()
    assert shown[image] == (True, "★ Key image")
    test.session_state["wish"] = (image, False)
    test.run().run()
    assert (chosen(site, study), shown[image]) == ([], (False, ""))


def test_an_image_of_another_case_is_not_asked_for_from_this_one(screen: Screen, site: Site, shown: Shown) -> None:
    first, other = keys(site)[:2]
    image = review.open_case(site, other, actor=person(READER)).images[0].key
    test = screen("reading", site, study=first, wish=(image, True))
    assert not test.exception
    assert chosen(site, other) == []


def test_a_colleagues_choice_is_shown_once_she_has_signed(screen: Screen, site: Site, shown: Shown) -> None:
    study = keys(site)[0]
    image = review.open_case(site, study, actor=person(READER)).images[0].key
    choose_key_image(site, image, chosen=True, actor=person("Dr. Before"))
    test = screen("reading", site)
    assert shown[image] == (False, "")
    press(press(test, f"opinion-{Opinion.FRACTURE}-"), "sign-")
    assert shown[image] == (False, "★ Key image: Dr. Before")
    test.session_state["wish"] = (image, True)
    test.run().run()
    assert shown[image] == (True, "★ Key image: you, Dr. Before")
