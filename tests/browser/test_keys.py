"""Keys: the sheet at `?`, a reader's own keys after a reload, and fields that keys lead to, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from core.services.site import Site, open_site
from core.settings import Settings
from dashboard import key_wording, wording
from dashboard.parts.case_table import COLUMNS
from tests.browser.desk import WORDS, Desk
from tests.browser.hand import listen, settle, strike
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import film, stored
from tests.factories import bone
from tests.people import member

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("keys")]

CASES = 16
"""Each reader of these tests opens one or two, and has them to herself."""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Site]]:
    """A few studies and no network."""
    folder = tmp_path_factory.mktemp("keys")
    with open_site(Settings(data_dir=folder / "data", bundle=folder / "none")) as site:
        for number in range(1, CASES + 1):
            stored(site, film(study=number, pixels=bone(700, 500 + number), BodyPartExamined="WRIST"))
        with serving(DASHBOARD, folder=folder, environment={"LUCENCY_BUNDLE": str(folder / "none")}) as server:
            yield server, site


def sheet(page: Page) -> Locator:
    """The open sheet."""
    return page.get_by_role("dialog", name="Keys")


def caps(page: Page, words: str) -> str:
    """The keys that the sheet prints for an action."""
    return sheet(page).locator("dl > div", has=page.get_by_text(words, exact=True)).locator("dd").inner_text().strip()


def give(desk: Desk, name: str, key: str) -> None:
    """Another key for an action, on the keys page."""
    chooser = desk.page.get_by_role("combobox", name="Action")
    chooser.fill(key_wording.WORDS[name])
    chooser.press("Enter")
    desk.page.get_by_role("textbox", name="New key").fill(key)
    desk.page.get_by_role("button", name="Change", exact=True).click()


def test_the_sheet_opens_over_a_case_and_nothing_behind_it_hears_a_key(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Sheet", WORDS)
    sent: list[str | bytes] = []
    listen(page, sent)
    desk = Desk(page, server.url, "Dr. Sheet")
    desk.settled()
    desk.press("?")
    expect(sheet(page)).to_be_visible()
    desk.press("Escape")
    expect(sheet(page)).to_be_hidden()
    desk.open_next()
    expect(page.locator(".lucency-stage")).to_be_focused()
    page.wait_for_load_state("networkidle")
    desk.settled()
    heard, viewer = len(sent), desk.picture()
    before = viewer.get_attribute("data-zoom")
    desk.press("?")
    expect(sheet(page).get_by_role("button", name="Close")).to_be_focused()
    assert caps(page, "Sign the verdict") == "S"
    assert caps(page, "Larger").split() == ["+", "="]
    for key in ("2", "s", "n", "z", "w"):
        desk.press(key)
    expect(sheet(page)).to_be_visible()
    desk.press("?")
    expect(sheet(page)).to_be_hidden()
    expect(page.locator(".lucency-stage")).to_be_focused()
    settle(page)
    assert (viewer.get_attribute("data-zoom"), len(sent)) == (before, heard)


def test_a_question_mark_in_the_comment_is_a_question_mark(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Comment", WORDS)
    desk = Desk(page, server.url, "Dr. Comment")
    desk.open_next()
    comment = page.get_by_placeholder("Comment (optional)")
    expect(comment).to_be_visible()
    desk.settled()
    desk.press("t")
    expect(comment).to_be_focused()
    page.keyboard.type("old? s2n")
    expect(comment).to_have_value("old? s2n")
    expect(sheet(page)).to_be_hidden()
    desk.press("Escape")
    expect(page.locator(".lucency-stage")).to_be_focused()
    desk.settled()
    desk.press("?")
    expect(sheet(page)).to_be_visible()
    desk.press("?")
    desk.press("2")
    desk.shortcut("s", "sign-")
    expect(page.locator('[class*="st-key-change-"]')).to_be_visible()
    expect(page.get_by_text("old? s2n")).to_be_visible()


def reading(page: Page, room: tuple[Server, Site], name: str) -> Desk:
    """A reader of this name with her first case open."""
    server, site = room
    member(site, name, WORDS)
    desk = Desk(page, server.url, name)
    desk.open_next()
    desk.settled()
    return desk


def test_keys_of_the_picture_work_after_a_click_on_the_page(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Click")
    page.locator('[class*="st-key-opinion-fracture-"] button').click()
    desk.settled()
    invert = page.get_by_role("button", name="Invert")
    desk.press("i")
    expect(invert).to_have_attribute("aria-pressed", "true")
    desk.press("7")
    expect(page.get_by_label("Window preset")).to_have_value("Soft tissue")
    desk.press("5")
    expect(page.get_by_label("Window preset")).not_to_have_value("Soft tissue")


def held(desk: Desk, key: str) -> None:
    """A key that stays down: the keyboard repeats it."""
    for _ in range(4):
        desk.page.keyboard.down(key)
    desk.page.keyboard.up(key)
    settle(desk.page)
    desk.settled()


def test_a_key_that_stays_down_acts_once(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Held")
    head, viewer, comment = page.locator(".st-key-title-line"), desk.picture(), page.get_by_placeholder("Comment")
    case, fitted = head.inner_text(), int(viewer.get_attribute("data-zoom") or 0)
    for pressed in ("true", "false"):
        held(desk, "i")
        expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", pressed)
    held(desk, "+")
    assert int(viewer.get_attribute("data-zoom") or 0) > 2 * fitted, "a step is taken again and again"
    held(desk, "g")
    expect(page.locator('[class*="st-key-unflag-"]')).to_be_visible()
    held(desk, "t")
    expect(comment).to_be_focused()
    expect(comment).to_have_value("")
    desk.press("Escape")
    told = page.get_by_text("Not signed:")
    for opinion, key in (("2", "n"), ("1", "Enter")):
        desk.shortcut(opinion, "sign-")
        expect(told).to_have_count(0)
        desk.settled()
        if key == "Enter":
            page.locator('[class*="st-key-next-"] button').focus()
        held(desk, key)
        expect(told).to_be_visible()
        assert head.inner_text() == case


def test_a_digit_in_the_confidence_is_a_confidence(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Sure")
    preset = page.get_by_label("Window preset")
    desk.press("7")
    expect(preset).to_have_value("Soft tissue")
    chosen = page.locator('[class*="st-key-opinion-"] button[kind="primary"]')
    desk.shortcut("2", "sign-")
    expect(chosen).to_contain_text("▲ Fracture")
    confidence = page.get_by_role("radiogroup", name="Confidence").get_by_role("radio")
    for place, digit in ((0, "4"), (3, "5"), (4, "5")):
        desk.settled()
        desk.press("F2")
        expect(confidence.nth(place)).to_be_focused()
        desk.press(digit)
        expect(confidence.nth(int(digit) - 1)).to_be_checked()
        expect(confidence.nth(int(digit) - 1)).to_be_focused()
    expect(chosen).to_contain_text("▲ Fracture")
    expect(preset).to_have_value("Soft tissue")
    desk.press("r")
    expect(page.locator("[data-text=changes]")).to_have_text("Rotated 90°")
    desk.press("Escape")
    expect(page.locator(".lucency-stage")).to_be_focused()
    desk.shortcut("1", "sign-")
    expect(chosen).to_contain_text("No fracture")


def test_escape_leaves_a_field_and_what_was_chosen_stands(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Escape")
    kind, stage = page.locator('[class*="st-key-type-"] input'), page.locator(".lucency-stage")
    desk.shortcut("2", "sign-")
    expect(kind).to_be_visible()
    for keys in (("S", "p", "i", "r", "a", "l", "Enter"), ("ArrowDown", "ArrowDown"), ("O", "b")):
        desk.settled()
        desk.press("F8")
        expect(kind).to_be_focused()
        for key in keys:
            desk.press(key)
        desk.press("Escape")
        expect(stage).to_be_focused()
        expect(page.get_by_role("listbox")).to_have_count(0)
        expect(kind).to_have_value("Spiral")
    desk.press("F4")
    page.keyboard.type("low")
    desk.press("Enter")
    expect(page.locator('[class*="st-key-region-"] input')).to_have_value("Lower leg")
    desk.press("Escape")
    desk.shortcut("s", "sign-")
    expect(page.locator(".st-key-panel-top").get_by_text("Fracture, spiral, Lower leg")).to_be_visible()
    desk.shortcut("w", "back")
    search = page.get_by_placeholder("Search patient")
    expect(search).to_be_visible()
    desk.settled()
    desk.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("wrist")
    desk.press("Escape")
    expect(search).not_to_be_focused()
    expect(search).to_have_value("wrist")


def comments_at_once(desk: Desk, key: str, name: str) -> None:
    """A key that brings another form, and T and a comment right after it: they reach the new form, or nothing."""
    comment = desk.page.get_by_placeholder("Comment (optional)")
    desk.shortcut(key, name)
    desk.press("t")
    desk.page.keyboard.type("quick n6")
    desk.page.wait_for_timeout(300)
    desk.settled()
    expect(comment).to_be_focused()
    desk.page.keyboard.type(" seen")
    expect(comment).to_have_value(re.compile(" seen$"))
    desk.press("Escape")


def test_what_is_typed_before_the_field_is_there_is_no_command(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Quick")
    head, preset = page.locator(".st-key-title-line"), page.get_by_label("Window preset")
    first, own = head.inner_text(), preset.input_value()
    comments_at_once(desk, "n", "next-")
    second = head.inner_text()
    assert second != first
    desk.sign("1")
    comments_at_once(desk, "e", "change-")
    assert head.inner_text() == second
    expect(page.get_by_role("button", name="Key image")).to_have_attribute("aria-pressed", "false")
    expect(preset).to_have_value(own)


def test_what_stands_against_leaving_or_signing_is_seen(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Small", WORDS)
    page.set_viewport_size(ViewportSize(width=1366, height=700))
    desk = Desk(page, server.url, "Dr. Small")
    desk.open_next()
    foot = page.locator(":has(> .st-key-sign-foot)")
    desk.shortcut("s", "sign-")
    expect(foot.get_by_text(wording.SIGN_HELP)).to_be_in_viewport(ratio=1)
    desk.shortcut("2", "sign-")
    desk.shortcut("n", "next-")
    for shown in (foot.get_by_text("Not signed:"), foot.get_by_role("button", name="Sign verdict")):
        expect(shown).to_be_in_viewport(ratio=1)
    backs = [place.evaluate("(it) => getComputedStyle(it).backgroundColor") for place in (foot, page.locator(".stApp"))]
    assert backs[0] == backs[1], "the fields pass behind it unseen"


def test_a_control_reached_with_the_mouse_gives_the_focus_back(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Mouse")
    stage, preset = page.locator(".lucency-stage"), page.get_by_label("Window preset")
    preset.focus()
    desk.press("ArrowUp")
    desk.press("ArrowUp")
    expect(preset).to_be_focused()
    preset.dispatch_event("pointerdown")  # a headless browser opens no list
    preset.select_option("Bone")
    expect(stage).to_be_focused()
    desk.press("2")
    expect(page.locator('[class*="st-key-opinion-fracture-"] button')).to_have_attribute("kind", "primary")
    expect(preset).to_have_value("Bone")


def test_keys_of_her_own_work_after_a_reload_and_are_printed(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Own", WORDS)
    desk = Desk(page, server.url, "Dr. Own")
    page.get_by_role("button", name="Dr. Own").click()
    page.get_by_role("button", name="Keys").click()
    give(desk, "negative", "s")
    expect(page.get_by_role("alert").filter(has_text="already the key of “Sign the verdict”")).to_be_visible()
    for name, key in (("sign", "j"), ("negative", "s")):
        give(desk, name, key)
        desk.says(f"now {key.upper()}")
        desk.settled()
    page.goto(server.url)
    desk.hears()
    desk.open_next()
    invert = page.get_by_role("button", name="Invert")
    expect(invert).to_have_attribute("title", "Invert (S)")
    desk.press("s")
    expect(invert).to_have_attribute("aria-pressed", "true")
    desk.press("i")
    expect(invert).to_have_attribute("aria-pressed", "true")
    desk.press("?")
    assert (caps(page, "Sign the verdict"), caps(page, "Invert")) == ("J", "S")
    desk.press("Escape")
    desk.shortcut("2", "sign-")
    desk.shortcut("j", "sign-")
    expect(page.locator('[class*="st-key-change-"]')).to_be_visible()


def test_keys_work_on_a_keyboard_of_another_script(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Layout", WORDS)
    desk = Desk(page, server.url, "Dr. Layout")
    desk.open_next()
    comment, invert = page.get_by_placeholder("Comment (optional)"), page.get_by_role("button", name="Invert")
    expect(comment).to_be_visible()
    desk.settled()
    strike(page, "е", "KeyT")
    expect(comment).to_be_focused()
    strike(page, "ш", "KeyI")
    strike(page, "؟", "Slash", shiftKey=True)
    expect(invert).to_have_attribute("aria-pressed", "false")
    expect(sheet(page)).to_be_hidden()
    desk.press("Escape")
    expect(page.locator(".lucency-stage")).to_be_focused()
    for number, key in enumerate("шΙןهİ"):
        strike(page, key, "KeyI")
        expect(invert).to_have_attribute("aria-pressed", str(number % 2 == 0).lower())
    page.evaluate("document.activeElement.blur()")
    strike(page, "ш", "KeyI")
    expect(invert).to_have_attribute("aria-pressed", "false")
    strike(page, "لا", "KeyB")
    expect(page.get_by_role("button", name="Mark with a box")).to_have_attribute("aria-pressed", "true")
    strike(page, "؟", "Slash", shiftKey=True)
    expect(sheet(page)).to_be_visible()


def test_what_a_key_writes_counts_before_its_place(page: Page, room: tuple[Server, Site]) -> None:
    desk = reading(page, room, "Dr. Azerty")
    viewer, preset = desk.picture(), page.get_by_label("Window preset")
    own = preset.input_value()
    strike(page, "è", "Digit7")
    expect(preset).to_have_value("Soft tissue")
    strike(page, "-", "Digit6")
    expect(viewer).to_have_attribute("data-fit", "false")
    expect(preset).to_have_value("Soft tissue")
    strike(page, "z", "KeyW")
    expect(viewer).to_have_attribute("data-zoom", "100")
    invert = page.get_by_role("button", name="Invert")
    for key, held in (("ı", "ctrlKey"), ("ı", "modifierAltGraph"), ("Dead", "shiftKey"), ("Process", "shiftKey")):
        strike(page, key, "KeyI", **{held: True})
        expect(invert).to_have_attribute("aria-pressed", "false")
    strike(page, "%", "Digit5", shiftKey=True)
    expect(preset).to_have_value("Soft tissue")
    strike(page, "(", "Digit5")
    expect(preset).to_have_value(own)


def test_the_list_is_entered_with_an_arrow_and_stands_as_it_was_left(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Back", WORDS)
    page.set_viewport_size(ViewportSize(width=1440, height=400))
    desk = Desk(page, server.url, "Dr. Back")
    expect(desk.rows()).to_have_count(CASES)
    desk.settled()
    desk.press("ArrowDown")
    expect(desk.rows().first).to_be_focused()
    desk.press("End")
    desk.press("ArrowUp")
    last_but_one = desk.rows().nth(CASES - 2)
    expect(last_but_one).to_be_focused()
    scrolled = "grid => grid.scrollTop"
    top = page.locator(".case-table").evaluate(scrolled)
    assert top > 0
    desk.press("Enter")
    desk.picture()
    desk.shortcut("w", "back")
    expect(last_but_one).to_have_attribute("tabindex", "0")
    assert page.locator(".case-table").evaluate(scrolled) == top
    desk.settled()
    desk.press("ArrowUp")
    expect(desk.rows().nth(CASES - 3)).to_be_focused()


def test_the_list_fits_its_window_and_the_search_leads_to_what_it_found(page: Page, room: tuple[Server, Site]) -> None:
    server, site = room
    member(site, "Dr. Search", WORDS)
    desk = Desk(page, server.url, "Dr. Search")
    expect(desk.rows()).to_have_count(CASES)
    table = page.locator(".case-table")
    for width, gone in ((960, 5), (1440, 0)):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        expect(table.get_by_role("columnheader")).to_have_count(len(COLUMNS) - gone)
        for name in ("Patient", "AI", "Marks"):
            expect(table.get_by_role("columnheader", name=name, exact=True)).to_be_in_viewport(ratio=1)
    expect(desk.rows().first.get_by_role("gridcell")).to_have_count(len(COLUMNS))
    desk.settled()
    desk.press("/")
    page.keyboard.type("TEST-0007")
    desk.press("ArrowDown")
    desk.press("Enter")
    desk.picture()
    expect(page.locator(".st-key-title-line")).to_contain_text("TEST-0007")
