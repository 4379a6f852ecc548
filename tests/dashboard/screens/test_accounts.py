"""The accounts screen: where each account comes from, and what can be changed of it here."""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InvalidAccount
from core.rights import Role
from core.services.accounts import add_account, every_account
from core.services.sign_in import checked_name
from core.services.site import Site
from core.store import accounts
from tests.dashboard.conftest import Screen, press, texts
from tests.people import person

ISSUER = "https://login.hospital.example/realms/main"


def federate(site: Site, name: str) -> int:
    """An account that the hospital's provider knows; its key."""
    with site.database.session() as rows:
        return accounts.add(
            rows, name=name, password_hash="", roles=[Role.READER], must_change=False, at=site.clock(),
            issuer=ISSUER, subject="1001",
        ).key  # fmt: skip


def buttons(test: AppTest) -> set[str]:
    """The keys of the buttons on the page."""
    return {str(button.key) for button in test.button}


def test_it_is_shown_where_an_account_comes_from(site: Site, screen: Screen) -> None:
    federate(site, "Dr. Federate")
    table = screen("accounts", site).dataframe[0].value.set_index("Name")
    assert table.loc["Dr. Federate", "Signs in with"] == "login.hospital.example"
    assert table.loc["Dr. Test", "Signs in with"] == "a password"


def test_roles_and_password_of_the_hospitals_account_are_not_changed_here(site: Site, screen: Screen) -> None:
    key = federate(site, "Dr. Federate")
    test = screen("accounts", site)
    local = next(each for each in test.selectbox if each.key == "account-chosen").set_value(key + 1).run()
    assert {"save-roles", "reset-password", "close-account"} <= buttons(local)
    hers = next(each for each in test.selectbox if each.key == "account-chosen").set_value(key).run()
    assert "close-account" in buttons(hers)
    assert not {"save-roles", "reset-password"} & buttons(hers)
    assert "Roles come from the groups there" in texts(hers)


def test_a_name_may_be_as_long_as_an_account_takes_it(site: Site, screen: Screen) -> None:
    test = screen("accounts", site)
    longest = "N" * (test.text_input(key="account-name-0").max_chars or 0)
    test.text_input(key="account-name-0").input(longest)
    next(button for button in test.button if button.label == "Add").click()
    test.run()
    assert not test.error
    assert longest in list(test.dataframe[0].value["Name"])
    with pytest.raises(InvalidAccount):
        checked_name(longest + "N")


def add(test: AppTest, name: str) -> AppTest:
    """Fill in the form for a new account and press Add."""
    next(each for each in test.text_input if str(each.key).startswith("account-name")).input(name)
    next(button for button in test.button if button.label == "Add").click()
    return test.run()


def test_a_password_stays_on_the_screen_until_it_is_put_away(site: Site, screen: Screen) -> None:
    test = add(screen("accounts", site), " Dr.  Young ")
    [made] = [block.value for block in test.code]
    assert "Dr\\. Young" in texts(test)
    key = next(each.key for each in every_account(site, actor=person()) if each.name == "Dr. Young")
    next(each for each in test.selectbox if each.key == "account-chosen").set_value(key).run()
    assert next(button for button in test.button if button.key == "reset-password").disabled
    assert [block.value for block in press(test, "save-roles").code] == [made]
    assert made in [block.value for block in add(test, "Dr. Other").code]
    press(test, "put-away")
    assert not test.code
    [reset] = [block.value for block in press(test, "reset-password").code]
    assert reset != made


def test_who_is_a_moment_too_late_with_a_name_is_told_and_keeps_what_she_typed(site: Site, screen: Screen) -> None:
    test = screen("accounts", site)
    add_account(site, "Dr. Young", [Role.READER], actor=person())
    late = add(test, "dr. young")
    told = "Somebody has this name already"
    assert told in texts(late)
    assert late.text_input(key="account-name-0").value == "dr. young"
    assert told in texts(late.run()), "it stays until the next change"
    assert told not in texts(add(late, "Dr. Late"))
