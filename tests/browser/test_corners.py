"""Corners: what is written around a picture, and the same told to a screen reader, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from core.services.site import open_site
from core.settings import Settings
from tests.browser.hand import press, settle
from tests.browser.serving import Server, serving
from tests.core.services.films import film, stored
from tests.factories import bone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("corners")]

PAGE = Path(__file__).parent / "viewer_page" / "app.py"
RAW = "Raw detector image (For Processing): it looks different from the image meant for reading."
SLOPE = "Rescale Slope is zero; it is ignored."
ODD: dict[str, Any] = {
    "PresentationIntentType": "FOR PROCESSING",
    "RescaleSlope": "0",
    "RescaleIntercept": "0",
    "PixelAspectRatio": [9, 1],
    "WindowCenter": 100,
    "WindowWidth": 0,
    "VOILUTFunction": "SPLINE",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[int]]]:
    """The viewer alone, and three films: with no note, with two, and with more than are printed."""
    folder = tmp_path_factory.mktemp("corners")
    few = {name: ODD[name] for name in ("PresentationIntentType", "RescaleSlope", "RescaleIntercept")}
    told: dict[str, Any] = {"BodyPartExamined": "WRIST", "ViewPosition": "PA", "ImageLaterality": "L"}
    films = [film(view, pixels=bone(700, 500 + view), **told, **odd) for view, odd in enumerate(({}, few, ODD), 1)]
    with open_site(Settings(data_dir=folder / "data")) as site:
        keys = stored(site, *films)
    with serving(PAGE, folder=folder) as server:
        yield server, keys


def opened(page: Page, room: tuple[Server, list[int]], *places: int) -> list[str]:
    """These films on the screen; the lines of the first one's notes."""
    server, keys = room
    page.goto(f"{server.url}/?images={','.join(str(keys[place]) for place in places)}")
    expect(page.locator(".lucency-viewer")).to_have_attribute("data-state", "ready", timeout=60_000)
    settle(page)
    return lines(page)


def lines(page: Page) -> list[str]:
    """The notes in the corner of the first stage, as they are printed."""
    return (page.locator("[data-text=warnings]").first.text_content() or "").splitlines()


def test_notes_are_printed_and_all_of_them_told(page: Page, room: tuple[Server, list[int]]) -> None:
    assert opened(page, room, 0) == []
    assert opened(page, room, 1) == [f"⚠ {RAW}", f"⚠ {SLOPE}"]
    corner, stage = page.locator("[data-text=warnings]"), page.locator(".lucency-stage")
    printed, whole = corner.bounding_box(), stage.bounding_box()
    assert printed is not None
    assert whole is not None
    assert printed["width"] <= whole["width"] / 3 + 1
    assert printed["height"] > 45, "the longer one is wrapped"
    first, second, third, more = opened(page, room, 2)
    told = (corner.get_attribute("title") or "").splitlines()
    assert [first, second, third] == [f"⚠ {note}" for note in told[:3]]
    assert (len(told), more) == (5, "+2")
    expect(stage).to_have_attribute("aria-label", f"Radiograph, WRIST · PA, left. 5 notes: {' '.join(told)}")


def test_on_narrow_stages_side_by_side_notes_are_only_counted(page: Page, room: tuple[Server, list[int]]) -> None:
    opened(page, room, 1, 2)
    press(page, "d")
    page.set_viewport_size(ViewportSize(width=1000, height=800))
    notes, stage = page.locator("[data-text=warnings]"), page.locator(".lucency-stage").first
    expect(notes.nth(0)).to_have_text("⚠ 2 notes")
    expect(notes.nth(1)).to_have_text("⚠ 5 notes")
    expect(notes.nth(0)).to_have_attribute("title", f"{RAW}\n{SLOPE}")
    expect(stage).to_have_attribute("aria-label", f"Radiograph, WRIST · PA, left. 2 notes: {RAW} {SLOPE}")
    page.set_viewport_size(ViewportSize(width=2200, height=800))
    expect(notes.nth(0)).to_contain_text(RAW)


def test_the_stage_says_how_the_picture_is_shown(page: Page, room: tuple[Server, list[int]]) -> None:
    opened(page, room, 0)
    stage = page.locator(".lucency-stage")
    expect(stage).to_have_attribute("aria-label", "Radiograph, WRIST · PA, left")
    press(page, "i", "h", "r")
    expect(stage).to_have_attribute("aria-label", "Radiograph, WRIST · PA, left, inverted, flipped, rotated 270°")
    press(page, "0")
    expect(stage).to_have_attribute("aria-label", "Radiograph, WRIST · PA, left")
