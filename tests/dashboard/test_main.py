"""Main: the frame of every page, who is reading, and the way from the worklist to a case and back."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.rights import EVERYTHING, Role
from core.services.sign_in import sign_out
from core.services.site import Site
from core.store import accounts
from dashboard import pages, session, wording
from tests.conftest import PROJECT_ROOT
from tests.dashboard.conftest import READER, SESSION, Screen, keys, texts
from tests.people import person


def test_the_worklist_is_the_first_page_and_says_what_this_is_not(
    dashboard: Callable[..., AppTest], site: Site
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


@pytest.mark.parametrize("name", [each.name for each in pages.SCREENS])
def test_the_key_to_the_worklist_is_on_every_screen_and_stands_for_one_thing(
    screen: Screen, site: Site, name: str
) -> None:
    shortcuts = [button.proto.shortcut for button in screen(name, site).button if button.proto.shortcut]
    assert ("w" in shortcuts) is (name != "worklist")
    assert len(shortcuts) == len(set(shortcuts))


def test_who_reads_no_case_is_led_to_no_worklist(screen: Screen, site: Site) -> None:
    assert "back" not in [button.key for button in screen("about", site, Role.ADMIN).button]


def test_every_screen_of_the_folder_has_its_place_in_the_navigation() -> None:
    folder = PROJECT_ROOT / "dashboard" / "screens"
    assert {each.name for each in pages.SCREENS} == {path.stem for path in folder.glob("[a-z]*.py")}


def test_the_name_that_signs_is_on_every_page(dashboard: Callable[..., AppTest], site: Site) -> None:
    assert READER in [block.proto.popover.label for block in dashboard(site).get("popover")]


@pytest.mark.parametrize("issuer", [None, "https://login.hospital.example"])
def test_a_password_is_changed_only_where_it_is_kept(
    dashboard: Callable[..., AppTest], site: Site, issuer: str | None
) -> None:
    with site.database.session() as rows:
        accounts.add(
            rows, name=READER, password_hash="", roles=EVERYTHING, must_change=False, at=site.clock(),
            issuer=issuer, subject=issuer and "1001",
        )  # fmt: skip
    links = "".join(element.proto.body for element in dashboard(site).get("html"))
    assert "Sign out" in links
    assert ("Change password" in links) is (issuer is None)


def test_one_key_leads_from_the_worklist_to_the_most_urgent_case(dashboard: Callable[..., AppTest], site: Site) -> None:
    test = dashboard(site).button(key="read-next").click().run()
    assert not test.exception
    assert test.session_state["study"] == keys(site)[0]
    assert any(str(button.key).startswith("sign-") for button in test.button)


def test_a_broken_store_is_told_in_words(dashboard: Callable[..., AppTest], site: Site) -> None:
    test = dashboard(site)
    test.session_state["study"] = 999
    test.button(key="read-next").click()
    site.database.close()
    (site.settings.data_dir / "lucency.sqlite3").write_bytes(b"not a database")
    test.run()
    assert not test.exception
    assert test.error
    assert "Marsh" not in texts(test)


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        ([Role.READER], {"agreement", "audit", "accounts"}),
        ([Role.LEAD], {"accounts"}),
        ([Role.ADMIN], {"worklist", "reading", "upload", "export", "agreement", "keys"}),
        ([Role.READER, Role.ADMIN], {"agreement"}),
    ],
)
def test_the_menu_holds_what_the_roles_open(roles: list[Role], missing: set[str]) -> None:
    shown = {each.name for each in pages.screens_for(person("Dr. A", *roles))}
    assert shown == {each.name for each in pages.SCREENS} - missing


def test_a_session_that_ended_shows_no_case(
    dashboard: Callable[..., AppTest], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = dashboard(site).button(key="read-next").click().run()
    monkeypatch.setattr(session, "TRUSTED_SECONDS", -1.0)
    sign_out(site, SESSION)
    test.run()
    assert not test.exception
    assert "You are not signed in" in texts(test) or "session has ended" in texts(test)
    assert not [button for button in test.button if str(button.key).startswith("sign-")]


def test_another_role_counts_at_once(
    dashboard: Callable[..., AppTest], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = dashboard(site)
    monkeypatch.setattr(session, "TRUSTED_SECONDS", -1.0)
    with site.database.session() as rows:
        accounts.set_roles(rows, 1, [Role.ADMIN])
    test.run()
    assert not [button for button in test.button if button.key == "read-next"]
