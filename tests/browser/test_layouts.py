"""Layouts: one, two or four views of a study side by side, with linked or free zoom, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

from core.services.site import Site, open_site
from core.settings import Settings
from tests.browser.conftest import SCREEN
from tests.browser.desk import WORDS, Desk
from tests.browser.hand import listen, settle
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import film, stored
from tests.factories import bone, with_overlay
from tests.people import member

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("layouts")]

LEFT: dict[str, Any] = {"ImageLaterality": "L", "PixelSpacing": [0.2, 0.2]}
SAME: dict[str, Any] = LEFT | {"PatientID": "P-1", "BodyPartExamined": "WRIST"}
LONG: dict[str, Any] = LEFT | {"BodyPartExamined": "CLAVICLE", "ViewPosition": "RLO"}
"""More than a thumbnail has room for."""
PRIOR = '.lucency-viewer[data-beside="second"]'
DAYS = {50: "20250301", 51: "20240301", 52: "20250302", 53: "20250303", 54: "20250304", 55: "20240304"}


CUT = "(text) => text.scrollWidth > text.clientWidth"


def box_of(part: Locator) -> FloatRect:
    """Where it lies in the window, in CSS pixels."""
    box = part.bounding_box()
    assert box is not None
    return box


def views(study: int, count: int, **elements: Any) -> list[bytes]:
    """So many views of one study, each of a size of its own."""
    return [
        film(number, study=study, StudyDate=DAYS[study], pixels=bone(900, 10 * study + number), **elements)
        for number in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Site]]:
    """A study of four images with a prior, one of two images, one of a single one, and a pair with graphics."""
    folder = tmp_path_factory.mktemp("layouts")
    with open_site(Settings(data_dir=folder / "data", bundle=folder / "none")) as site:
        stored(site, *views(51, 1, **SAME), *views(50, 4, **SAME), *views(52, 2, **LONG), *views(53, 1))
        other = SAME | {"PatientID": "P-2"}
        stored(site, *(with_overlay(film, np.eye(300)) for study in (55, 54) for film in views(study, 1, **other)))
        with serving(DASHBOARD, folder=folder, environment={"LUCENCY_BUNDLE": str(folder / "none")}) as server:
            yield server, site


def opened(page: Page, server: Server, site: Site, reader: str, day: str) -> tuple[Desk, Locator]:
    """The study of this day on the screen, and the places of its pictures."""
    member(site, reader, WORDS)
    desk = Desk(page, server.url, reader)
    page.locator(".case", has_text=day).click()
    desk.picture()
    desk.settled()
    return desk, page.locator(".lucency-cell")


def close_prior(desk: Desk) -> None:
    """By its key; return when only the case is left on the screen and has the focus again."""
    desk.shortcut("v", "prior-switch")
    expect(desk.page.locator(PRIOR)).to_have_count(0)
    desk.settled()
    expect(desk.page.locator(".lucency-stage")).to_be_focused()


def shown(cells: Locator, count: int) -> list[str | None]:
    """Which pictures lie side by side, once all so many are there at full depth."""
    expect(cells).to_have_count(count)
    for place in range(count):
        expect(cells.nth(place)).to_have_attribute("data-state", "ready")
    settle(cells.page)
    return [cells.nth(place).get_attribute("data-image") for place in range(count)]


def test_four_views_are_shown_once_each_and_zoom_together_without_a_word(page: Page, room: tuple[Server, Site]) -> None:
    sent: list[str | bytes] = []
    listen(page, sent)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    desk, cells = opened(page, *room, "Dr. Four", "2025-03-01")
    close_prior(desk)
    only = shown(cells, 1)
    page.wait_for_load_state("networkidle")
    heard = len(sent)
    desk.press("d")
    assert shown(cells, 2)[0] == only[0]
    desk.press("d")
    four = shown(cells, 4)
    assert len(set(four)) == 4
    fitted = cells.nth(3).get_attribute("data-zoom")
    desk.press("+")
    settle(page)
    assert cells.nth(0).get_attribute("data-fit") == "false"
    assert cells.nth(3).get_attribute("data-zoom") == fitted, "free zoom"
    desk.press("x")
    desk.press("+")
    for place in range(4):
        expect(cells.nth(place)).to_have_attribute("data-fit", "false")
    settle(page)
    assert len(sent) == heard
    pixels = [url for url in loaded if "/pixels/" in url]
    assert len(pixels) == len(set(pixels)) >= 4, "each picture is fetched once, however many places it had"
    desk.press("d")
    assert shown(cells, 1) == only


def test_the_place_she_works_at_is_told_and_takes_another_picture(page: Page, room: tuple[Server, Site]) -> None:
    desk, cells = opened(page, *room, "Dr. Place", "2025-03-01")
    close_prior(desk)
    desk.press("d")
    desk.press("d")
    first, second, third, fourth = shown(cells, 4)
    viewer = page.locator(".lucency-viewer")
    expect(cells.nth(0)).to_have_attribute("data-active", "true")
    cells.nth(2).locator(".lucency-stage").click()
    expect(cells.nth(2)).to_have_attribute("data-active", "true")
    expect(cells.nth(0)).to_have_attribute("data-active", "false")
    expect(viewer).to_have_attribute("data-image", third or "")
    desk.press("9")
    expect(cells.nth(3).locator(".lucency-stage")).to_be_focused()
    desk.press("i")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    desk.press("9")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="View 4 of 4").click()
    assert shown(cells, 4) == [fourth, second, third, first], "the two have changed places"
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")


def test_escape_leads_from_a_field_to_the_picture_she_works_at(page: Page, room: tuple[Server, Site]) -> None:
    desk, cells = opened(page, *room, "Dr. Back", "2025-03-01")
    close_prior(desk)
    desk.press("d")
    shown(cells, 2)
    desk.press("9")
    expect(cells.nth(1).locator(".lucency-stage")).to_be_focused()
    desk.press("t")
    expect(page.get_by_placeholder("Comment (optional)")).to_be_focused()
    desk.press("Escape")
    expect(cells.nth(1).locator(".lucency-stage")).to_be_focused()


def test_marks_of_several_pictures_are_of_one_sheet(page: Page, room: tuple[Server, Site]) -> None:
    desk, cells = opened(page, *room, "Dr. Marks", "2025-03-02")
    desk.press("d")
    shown(cells, 2)
    for place in (0, 1):
        stage = cells.nth(place).locator(".lucency-stage")
        stage.focus()
        desk.press("p")
        stage.click()
        expect(cells.nth(place)).not_to_have_attribute("data-marks", "[]")
        desk.settled()
    desk.shortcut("2", "sign-")
    desk.shortcut("s", "sign-")
    expect(page.get_by_text("2 marks")).to_be_visible()


def test_marks_are_selected_and_deleted_with_keys(page: Page, room: tuple[Server, Site]) -> None:
    desk, cells = opened(page, *room, "Dr. Select", "2025-03-01")
    close_prior(desk)
    [first], stage = shown(cells, 1), page.locator(".lucency-stage")
    for turn in ("]", "["):
        desk.press("p")
        stage.click()
        expect(cells).not_to_have_attribute("data-marks", "[]")
        desk.press(turn)
        desk.settled()
    desk.picture()
    desk.press("/")
    expect(cells).to_have_attribute("data-image", first or "")
    desk.press("/")
    expect(cells).not_to_have_attribute("data-image", first or "")
    expect(cells).not_to_have_attribute("data-marks", "[]")
    desk.press("Delete")
    expect(cells).to_have_attribute("data-marks", "[]")
    desk.press("/")
    expect(cells).to_have_attribute("data-image", first or "")
    desk.press("Delete")
    expect(cells).to_have_attribute("data-marks", "[]")


def test_a_prior_stands_beside_and_the_layout_stays_for_the_next_case(page: Page, room: tuple[Server, Site]) -> None:
    desk, cells = opened(page, *room, "Dr. Prior", "2025-03-01")
    prior = page.locator(PRIOR)
    expect(prior.get_by_text("PRIOR 2024-03-01")).to_be_visible()
    told = re.compile(r"^Radiograph, WRIST, left, PRIOR 2024-03-01(\.|$)")
    expect(prior.locator(".lucency-stage")).to_have_attribute("aria-label", told)
    for width in (1440, 1000):
        page.set_viewport_size(ViewportSize(width=width, height=SCREEN["height"]))
        shown(cells, 2)
        mine, its = (box_of(cells.nth(place)) for place in range(2))
        assert (mine["y"], mine["height"]) == (its["y"], its["height"]), "case and prior stand level"
        bar, calibration = box_of(prior.locator(".lucency-bar")), box_of(prior.locator("[data-text=calibration]"))
        assert bar["y"] + bar["height"] < calibration["y"]
    page.set_viewport_size(SCREEN)
    desk.press("d")
    desk.press("d")
    shown(cells, 5)
    case, earlier = page.locator(".lucency-viewer").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert 1.7 < case / earlier < 2.3
    desk.press("x")
    desk.press("+")
    expect(prior).to_have_attribute("data-fit", "false")
    desk.shortcut("w", "back")
    page.locator(".case", has_text="2025-03-03").click()
    shown(cells, 1)
    expect(page.get_by_role("button", name="One, two or four views")).to_have_count(0)
    expect(page.locator(".lucency-stage")).to_be_focused()
    desk.settled()
    desk.shortcut("w", "back")
    page.locator(".case", has_text="2025-03-02").click()
    pair = shown(cells, 2)
    cut, view = (page.locator(f".lucency-thumbnails {part}").first for part in ("i", "b"))
    assert cut.evaluate(CUT)
    assert (view.inner_text(), view.evaluate(CUT)) == ("RLO", False)
    page.reload()
    desk.picture()
    desk.shortcut("w", "back")
    page.locator(".case", has_text="2025-03-02").click()
    assert shown(cells, 2) == pair, "the layout stays with the tab"
    expect(cells.first.locator(".lucency-stage")).to_be_focused()


def test_one_key_hides_what_the_files_draw_on_every_picture_until_the_next_case(
    page: Page, room: tuple[Server, Site]
) -> None:
    desk, cells = opened(page, *room, "Dr. Graphics", "2025-03-04")
    shown(cells, 2)
    button = page.get_by_role("button", name="Show the file's graphics").first
    expect(button).to_have_attribute("aria-pressed", "true")
    desk.press(";")
    for place in range(2):
        expect(cells.nth(place)).to_have_attribute("data-graphics", "off")
        expect(cells.nth(place).locator("[data-text=changes]")).to_have_text("Graphics hidden")
    desk.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    line = sheet.locator("dl > div", has=page.get_by_text("Show the file's graphics", exact=True))
    expect(line.locator("dd")).to_have_text(";")
    desk.press("?")
    desk.press("w")
    page.locator(".case", has_text="2025-03-03").click()
    desk.picture()
    desk.settled()
    expect(button).to_be_hidden()
    desk.press("w")
    page.locator(".case", has_text="2025-03-04").click()
    shown(cells, 2)
    for place in range(2):
        expect(cells.nth(place)).to_have_attribute("data-graphics", "on")
