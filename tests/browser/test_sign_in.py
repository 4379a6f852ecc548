"""Signing in, in a real browser: the first account, another role's screens, a change of password, and the idle lock."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.rights import Role
from core.services.audit_trail import AuditQuery, search
from core.services.site import Site, open_site
from core.settings import Settings
from dashboard.gate import COOKIE
from dashboard.pages import SCREENS, screens_for
from tests.browser.desk import WORDS, Desk
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import film, stored
from tests.people import left_alone, member, person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("sign_in")]

LIMIT, WARNED = timedelta(minutes=10), timedelta(seconds=60)
"""The idle lock, and how long before it she is warned."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An empty dashboard."""
    folder = tmp_path_factory.mktemp("sign_in")
    variables = {"LUCENCY_BUNDLE": str(folder / "none"), "LUCENCY_IDLE_MINUTES": str(LIMIT.total_seconds() / 60)}
    with serving(DASHBOARD, folder=folder, environment=variables) as started:
        yield started


@pytest.fixture(scope="module")
def site(server: Server) -> Iterator[Site]:
    """The same store, opened beside the server."""
    with open_site(Settings(data_dir=server.data_dir, bundle=Path("none"))) as opened:
        yield opened


def titles(page: Page) -> list[str]:
    """The entries of the menu."""
    links = page.locator('[data-testid="stTopNavLink"]')
    expect(links.first).to_be_visible()
    return [text.rpartition("\n")[2].strip() for text in links.all_inner_texts()]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_screens_and_no_address_opens_another(
    page: Page, server: Server, site: Site, role: Role
) -> None:
    name = f"Dr. {role.title()}"
    member(site, name, WORDS, role)
    desk = Desk(page, server.url, name)
    hers = screens_for(person(name, role))
    assert titles(page) == [screen.title for screen in hers if screen.listed]
    for screen in SCREENS:
        page.goto(f"{server.url}/{screen.name}")
        desk.settled()
        heading = page.locator(".st-key-title-line h5")
        if screen in hers:
            expect(heading).to_have_text(screen.title)
        else:
            expect(heading).to_have_text(hers[0].title)
            expect(page.locator(f'[class*="st-key-{screen.name}-"]')).to_have_count(0)
        expect(page.get_by_text("Page not found")).to_have_count(0)


def test_an_admin_makes_an_account_whose_holder_chooses_her_own_password(
    page: Page, browser: Browser, server: Server, site: Site
) -> None:
    member(site, "Dr. Keeper", WORDS, Role.ADMIN)
    desk = Desk(page, server.url, "Dr. Keeper")
    desk.go("Accounts")
    page.get_by_role("textbox", name="Name").fill("Dr. Young")
    page.get_by_role("button", name="Add").click()
    given = page.locator('[data-testid="stCode"] code').inner_text().strip()
    context = browser.new_context()
    young = context.new_page()
    young.goto(server.url)
    young.get_by_label("Name").fill("dr. young")
    young.get_by_label("Password").fill(given)
    young.keyboard.press("Enter")
    expect(young.get_by_role("heading", name="Choose a password, Dr. Young")).to_be_visible()
    for label, text in (("Present password", given), ("New password", WORDS), ("The same again", WORDS)):
        young.get_by_label(label).fill(text)
    young.keyboard.press("Enter")
    expect(young.get_by_role("button", name="Dr. Young")).to_be_visible()
    context.close()


def test_a_click_too_many_neither_hides_a_password_nor_makes_another(page: Page, server: Server, site: Site) -> None:
    member(site, "Dr. Twice", WORDS, Role.ADMIN)
    desk = Desk(page, server.url, "Dr. Twice")
    desk.go("Accounts")
    shown = page.locator('[data-testid="stCode"] code')
    for number in range(3):
        page.get_by_role("textbox", name="Name").fill(f"Dr. Double {number}")
        page.get_by_role("button", name="Add").dblclick()
        expect(shown).to_have_count(number + 1)
        desk.settled()
    expect(page.get_by_text("This was not changed")).to_have_count(0)
    page.get_by_role("button", name="Put away").click()
    expect(shown).to_have_count(0)
    page.get_by_placeholder("Choose a name").fill("Dr. Double 1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="New password").dblclick()
    expect(shown).to_have_count(1)
    desk.settled()
    found = search(site, AuditQuery("Dr. Twice", "password"), actor=person(), zone=UTC)
    assert [entry.outcome for entry in found.entries] == ["reset", "changed"], "the second is her own, as she came"
    expect(shown).to_have_count(1)


def untouched(page: Page, time: timedelta) -> None:
    """Nobody touches the workstation for so long, by the clock of its page."""
    page.clock.fast_forward(int(time.total_seconds() * 1000))


def test_what_she_touches_in_one_window_keeps_her_in_in_the_other(page: Page, server: Server, site: Site) -> None:
    member(site, "Dr. Screens", WORDS, Role.READER)
    page.clock.install()
    Desk(page, server.url, "Dr. Screens").go("Upload")
    other = page.context.new_page()
    other.goto(f"{server.url}/export")
    expect(other.locator(".st-key-title-line h5")).to_have_text("Export")
    page.evaluate("globalThis.sameDocument = true")  # whoever is sent away, even if she is sent back, gets another
    page.mouse.move(300, 300)
    untouched(page, LIMIT - WARNED * 0.9)
    warning = page.get_by_text("What you have begun and not signed is kept")
    expect(warning).to_be_visible()
    other.mouse.move(300, 300)
    expect(warning).to_be_hidden()
    untouched(page, LIMIT - WARNED * 2)
    page.clock.run_for(2000)
    expect(page.locator(".st-key-title-line h5")).to_have_text("Upload")
    assert page.evaluate("globalThis.sameDocument")


def test_an_untouched_workstation_signs_out_by_itself_and_says_why(page: Page, server: Server, site: Site) -> None:
    page.clock.install()
    member(site, "Dr. Away", WORDS, Role.READER)
    Desk(page, server.url, "Dr. Away").go("Upload")
    heading = page.locator(".st-key-title-line h5")
    expect(heading).to_have_text("Upload")
    page.mouse.move(300, 300)
    with page.expect_response("**/lucency/sign-in/seen"):
        untouched(page, timedelta(minutes=1))
    [token] = [each["value"] for each in page.context.cookies() if each["name"] == COOKIE]
    left_alone(site, token, minutes=LIMIT.total_seconds() / 60)
    untouched(page, LIMIT)
    expect(page.get_by_text("nobody touched this workstation")).to_be_visible()
    page.get_by_label("Name").fill("Dr. Away")
    page.get_by_label("Password").fill(WORDS)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/upload$"))
    expect(heading).to_have_text("Upload")


def test_the_lock_warns_first_and_a_key_keeps_her_in_and_does_nothing_else(
    page: Page, server: Server, site: Site
) -> None:
    page.clock.install()
    stored(site, film())
    member(site, "Dr. Slow", WORDS, Role.READER)
    desk = Desk(page, server.url, "Dr. Slow")
    desk.open_next()
    desk.settled()
    warning = page.get_by_text("What you have begun and not signed is kept")
    untouched(page, LIMIT / 2)
    expect(warning).to_be_hidden()
    untouched(page, LIMIT / 2 - WARNED * 0.9)
    expect(warning).to_be_visible()
    with page.expect_response("**/lucency/sign-in/seen") as seen:
        desk.press("i")
    assert seen.value.status == 204
    expect(warning).to_be_hidden()
    invert = page.get_by_role("button", name="Invert")
    expect(invert).to_have_attribute("aria-pressed", "false")
    desk.press("i")
    expect(invert).to_have_attribute("aria-pressed", "true")
    untouched(page, LIMIT - WARNED * 0.9)
    expect(warning).to_be_visible()
    expect(invert).to_be_visible()
