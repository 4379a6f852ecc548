"""Main: the frame of every page, who is reading, and the way from the worklist to a case and back."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.services.review import open_case
from core.services.site import Site
from dashboard import pages, wording
from tests.conftest import PROJECT_ROOT
from tests.dashboard.conftest import READER, Screen, keys, texts


def name_reader(test: AppTest, name: str = READER) -> AppTest:
    """Answer the question who is reading."""
    test.text_input(key="reader-name-title").input(name)
    next(button for button in test.button if button.label == "Start").click()
    return test.run()


def test_the_worklist_is_the_first_page_and_says_what_this_is_not(
    dashboard: Callable[[Site], AppTest], site: Site
) -> None:
    test = dashboard(site)
    assert not test.exception
    assert "##### Worklist" in [element.value for element in test.markdown]
    assert wording.STANDING_LINE in texts(test)


@pytest.mark.parametrize("name", [each.name for each in pages.SCREENS])
def test_every_screen_says_what_this_is_not(screen: Screen, site: Site, name: str) -> None:
    test = screen(name, site)
    assert not test.exception
    assert not test.error
    assert wording.STANDING_LINE in [element.value for element in test.caption]


def test_every_screen_of_the_folder_has_its_place_in_the_navigation() -> None:
    folder = PROJECT_ROOT / "dashboard" / "screens"
    assert {each.name for each in pages.SCREENS} == {path.stem for path in folder.glob("[a-z]*.py")}


def test_the_name_is_asked_once_and_shown_from_then_on(dashboard: Callable[[Site], AppTest], site: Site) -> None:
    test = name_reader(dashboard(site))
    assert test.session_state["reader"] == READER
    assert not [field for field in test.text_input if field.key == "reader-name-title"]


def test_a_blank_name_is_no_reader(dashboard: Callable[[Site], AppTest], site: Site) -> None:
    test = name_reader(dashboard(site), "   ")
    assert "reader" not in test.session_state


def test_the_name_is_prefilled_from_the_settings(dashboard: Callable[[Site], AppTest], site: Site) -> None:
    site.settings = site.settings.model_copy(update={"reader": "Dr. Fixed"})
    assert dashboard(site).text_input(key="reader-name-title").value == "Dr. Fixed"


def test_one_key_leads_from_the_worklist_to_the_most_urgent_case(
    dashboard: Callable[[Site], AppTest], site: Site
) -> None:
    test = name_reader(dashboard(site)).button(key="read-next").click().run()
    assert not test.exception
    assert test.session_state["study"] == keys(site)[0]
    assert any(str(button.key).startswith("sign-") for button in test.button)


def test_a_broken_store_is_told_in_words(dashboard: Callable[[Site], AppTest], site: Site) -> None:
    test = name_reader(dashboard(site))
    test.session_state["study"] = 999
    test.button(key="read-next").click()
    site.database.close()
    (site.settings.data_dir / "lucency.sqlite3").write_bytes(b"not a database")
    test.run()
    assert not test.exception
    assert test.error
    assert "Marsh" not in texts(test)


def test_handing_over_closes_the_case(dashboard: Callable[[Site], AppTest], site: Site) -> None:
    test = name_reader(dashboard(site)).button(key="read-next").click().run()
    test.text_input(key="reader-name-hand-over").input("Dr. Other")
    next(button for button in test.button if button.label == "Start").click()
    test.run()
    assert test.session_state["reader"] == "Dr. Other"
    assert open_case(site, keys(site)[0], reader="Dr. Other").verdicts == ()
