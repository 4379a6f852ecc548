"""Keys: a reader changes a key, is told why she cannot have another, and goes back to the defaults."""

from streamlit.testing.v1 import AppTest

from core.rights import Role
from core.services.key_bindings import bind, bindings
from core.services.site import Site
from dashboard import key_wording
from tests.dashboard.conftest import READER, Screen, signed_in, texts
from tests.people import person


def give(test: AppTest, name: str, key: str) -> AppTest:
    """Choose the action, enter the key, and press the button."""
    test.selectbox(key="key-action").set_value(name)
    test.text_input(key="key-new").input(key)
    next(button for button in test.button if button.label == "Change").click()
    return test.run()


def shortcuts(test: AppTest) -> dict[str, str]:
    """The shortcut of every button that has one, by the first word of its key."""
    return {str(button.key).split("-")[0]: button.proto.shortcut for button in test.button if button.proto.shortcut}


def test_a_changed_key_is_kept_and_the_buttons_have_it(screen: Screen, site: Site) -> None:
    test = give(screen("keys", site), "sign", "J")
    assert not test.exception
    assert bindings(site, actor=person(READER)) == {"sign": "j"}
    assert test.session_state["keys"]["sign"] == "j"
    reading = shortcuts(screen("reading", site))
    assert (reading["sign"], reading["next"]) == ("j", "n")


def test_a_refused_key_is_told_why_and_not_kept(screen: Screen, site: Site) -> None:
    test = give(screen("keys", site), "sign", "i")
    assert key_wording.TAKEN.format(key="I", words="Invert") in texts(test)
    assert bindings(site, actor=person(READER)) == {}


def test_back_to_the_defaults(screen: Screen, site: Site) -> None:
    bind(site, "sign", "j", actor=person(READER))
    test = screen("keys", site)
    assert test.session_state["keys"]["sign"] == "j"
    test.button(key="key-defaults").click().run()
    assert bindings(site, actor=person(READER)) == {}
    assert test.session_state["keys"]["sign"] == "s"


def test_every_reader_has_her_own(screen: Screen, site: Site) -> None:
    bind(site, "sign", "j", actor=person("Dr. Other"))
    test = screen("reading", site)
    assert shortcuts(test)["sign"] == "s"
    signed_in(site, name="Dr. Other")
    test.session_state["known_actor"] = type(test.session_state["known_actor"])(
        test.session_state["known_actor"].held, float("-inf")
    )
    assert shortcuts(test.run())["sign"] == "j", "somebody else signed in in the same window"


def test_without_cases_there_are_no_keys_of_ones_own(screen: Screen, site: Site) -> None:
    assert "not open to your account" in texts(give(screen("keys", site, Role.ADMIN), "sign", "j"))
