"""Marks: drawn with the mouse on a real case page, signed with the verdict, and found again in the database."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.records import Answer, Mark, Opinion, Region, Statement, Verdict
from core.services import review
from core.services.site import Site, open_site
from core.settings import Settings
from core.store import images
from dashboard import wording
from tests.browser.desk import PATIENCE, WORDS, Desk
from tests.browser.hand import listen, press, screen, settle, stage_box, state
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import answered, film, stored
from tests.factories import bone
from tests.people import member, person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("marks")]

ROWS, COLUMNS = 700, 520
NEAR = 2.0
"""Image pixels by which a mark may differ from where the mouse was."""

Corners = tuple[float, float, float, float]


def add_study(site: Site, number: int) -> None:
    """Two images; the network answers on both, in doubt."""
    films = (film(view, study=number, pixels=bone(ROWS, COLUMNS + 2 * number + view)) for view in (1, 2))
    for key in stored(site, *films):
        answered(site, key, Answer.DOUBT, 0.5, Region(200, 300, 80, 90, 0.6))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard with a few studies and no network of its own."""
    folder = tmp_path_factory.mktemp("marks")
    with open_site(Settings(data_dir=folder / "data")) as site:
        for number in range(1, 8):
            add_study(site, number)
        stored(site, film(1, study=8, pixels=bone(ROWS // 2, COLUMNS), ImagerPixelSpacing=[0.4, 0.2]))
    with serving(DASHBOARD, folder=folder, environment={"LUCENCY_BUNDLE": str(folder / "nothing")}) as server:
        yield server


@pytest.fixture
def store(fresh: Server) -> Iterator[Site]:
    """The same store, opened beside the server."""
    with open_site(Settings(data_dir=fresh.data_dir)) as site:
        yield site


@dataclass
class Easel:
    """A case on the screen at 1:1, and every message that the page has sent."""

    desk: Desk
    viewer: Locator
    sent: list[str | bytes] = field(default_factory=list)
    aspect: float = 1.0
    """Height of a pixel by its width."""

    @property
    def page(self) -> Page:
        """The window."""
        return self.desk.page

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place on the image stands in the window, at 1:1 and in the middle."""
        box = stage_box(self.page)
        rows, columns = self.size()
        down = (y - rows / 2) * self.aspect
        return box["x"] + box["width"] / 2 + x - columns / 2, box["y"] + box["height"] / 2 + down

    def size(self) -> tuple[int, int]:
        """Rows and columns of the image on the screen."""
        told = self.page.locator("[data-text=size]").inner_text()
        columns, rows = told.removesuffix(" px").split(" × ")
        return int(rows), int(columns)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one place on the image to another; the page is silent until the button is let go."""
        before = len(self.sent)
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=6)
        settle(self.page)
        assert len(self.sent) == before, "nothing is sent while the hand moves"
        self.page.mouse.up()

    def click(self, x: float, y: float) -> None:
        """On one place of the image."""
        self.page.mouse.click(*self.at(x, y))
        settle(self.page)

    def told(self, messages: int) -> None:
        """The page has sent exactly so many messages by now, and waits for no answer."""
        end = time.monotonic() + PATIENCE / 1000
        while len(self.sent) < messages and time.monotonic() < end:
            self.page.wait_for_timeout(20)
        self.desk.settled()
        assert len(self.sent) == messages

    def silent(self, messages: int) -> None:
        """The page has sent exactly so many messages, also after a while."""
        self.told(messages)
        self.page.wait_for_timeout(400)
        self.told(messages)

    def shows(self, *marks: Corners) -> None:
        """These marks are on the image, and no others."""
        settle(self.page)
        drawn = json.loads(self.viewer.get_attribute("data-marks") or "null")
        assert len(drawn) == len(marks), drawn
        for one, other in zip(drawn, marks, strict=True):
            assert one == pytest.approx(other, abs=NEAR)

    def study(self, store: Site) -> int:
        """The case that is shown."""
        with store.database.reading() as session:
            return images.get(session, int(self.viewer.get_attribute("data-image") or 0)).study_key

    def signed(self, store: Site) -> tuple[Verdict, ...]:
        """The verdicts on it."""
        return review.open_case(store, self.study(store), actor=person("test")).verdicts


def opened(page: Page, fresh: Server, store: Site, reader: str) -> Easel:
    """A case that nobody has open, at 1:1."""
    sent: list[str | bytes] = []
    listen(page, sent)
    member(store, reader, WORDS)
    desk = Desk(page, fresh.url, reader)
    desk.open_next()
    easel = Easel(desk, desk.picture(), sent)
    page.wait_for_load_state("networkidle")
    press(page, "z")
    return easel


WRITTEN = """
window.written = new Set();
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.add(text);
  return draw.call(this, text, ...rest);
};
"""


def written(page: Page) -> list[str]:
    """What is written over the picture when it is drawn anew."""
    page.evaluate("window.written.clear()")
    press(page, "i", "i")
    return sorted(page.evaluate("[...window.written]"))


def corners(mark: Mark) -> Corners:
    """Without the image."""
    return mark.x0, mark.y0, mark.x1, mark.y1


def test_a_box_is_drawn_moved_and_signed(page: Page, fresh: Server, store: Site) -> None:
    easel = opened(page, fresh, store, "Dr. Box")
    image = int(easel.viewer.get_attribute("data-image") or 0)
    press(page, "b")
    before, sent = state(easel.viewer), len(easel.sent)
    easel.drag((100, 150), (220, 260))
    easel.told(sent + 1)
    easel.shows((100, 150, 220, 260))
    assert state(easel.viewer) == before, "zoom, place, window and overlay stay"

    easel.drag((160, 205), (200, 235))
    easel.told(sent + 2)
    easel.shows((140, 180, 260, 290))
    easel.drag((260, 290), (300, 310))
    easel.told(sent + 3)
    easel.shows((140, 180, 300, 310))

    page.mouse.wheel(0, -600)
    press(page, "r", "h", "+", "ArrowLeft", "i", "i", "PageDown")
    easel.shows()
    press(page, "PageUp", "0", "z", "p")
    easel.shows((140, 180, 300, 310))
    easel.click(50, 60)
    easel.silent(sent + 4)
    easel.shows((140, 180, 300, 310), (50, 60, 50, 60))

    easel.desk.shortcut("1", "sign-")
    easel.desk.says(wording.MARKS_CONTRADICT.partition(" Delete")[0])
    easel.desk.press("s")
    easel.desk.settled()
    assert easel.signed(store) == ()
    easel.desk.sign("2")
    (verdict,) = easel.signed(store)
    assert [mark.image_key for mark in verdict.marks] == [image, image]
    assert corners(verdict.marks[0]) == pytest.approx((140, 180, 300, 310), abs=NEAR)
    assert corners(verdict.marks[1]) == pytest.approx((50, 60, 50, 60), abs=NEAR)


def test_marks_on_pixels_that_are_not_square_are_kept_in_pixels_of_the_file(
    page: Page, fresh: Server, store: Site
) -> None:
    sent: list[str | bytes] = []
    listen(page, sent)
    member(store, "Dr. Tall", WORDS)
    desk = Desk(page, fresh.url, "Dr. Tall")
    page.locator(".case", has_text="TEST-0008").click()
    easel = Easel(desk, desk.picture(), sent, aspect=2.0)
    page.wait_for_load_state("networkidle")
    press(page, "z", "b")
    before = len(easel.sent)
    easel.drag((200, 100), (320, 200))
    easel.told(before + 1)
    easel.shows((200, 100, 320, 200))
    easel.drag((260, 150), (280, 170))
    easel.told(before + 2)
    easel.shows((220, 120, 340, 220))
    press(page, "r", "+", "h", "0", "z", "l")
    easel.drag((100, 50), (100, 150))
    expect(easel.viewer).to_have_attribute("data-measures", "40.0 mm at the detector")
    easel.desk.sign("2")
    (verdict,) = easel.signed(store)
    assert corners(verdict.marks[0]) == pytest.approx((220, 120, 340, 220), abs=NEAR)


def test_what_is_signed_is_only_shown_until_she_changes_her_mind(page: Page, fresh: Server, store: Site) -> None:
    easel = opened(page, fresh, store, "Dr. Change")
    box = easel.viewer.get_by_role("button", name="Mark with a box")
    box.click()
    easel.drag((100, 150), (220, 260))
    easel.desk.sign("2")
    easel.shows((100, 150, 220, 260))
    expect(box).to_be_disabled()
    easel.drag((160, 205), (200, 235))
    press(page, "o", "z", "Delete")
    easel.shows((100, 150, 220, 260))

    easel.desk.shortcut("e", "change-")
    expect(box).to_be_enabled()
    easel.shows((100, 150, 220, 260))
    press(page, "p")
    easel.click(60, 70)
    easel.desk.sign("3")
    first, second = easel.signed(store)
    assert (second.opinion, second.marks[0]) == (Opinion.UNCERTAIN, first.marks[0])
    assert corners(second.marks[1]) == pytest.approx((60, 70, 60, 70), abs=NEAR)
    easel.desk.says("2 marks")
    image = easel.viewer.get_attribute("data-image") or ""
    easel.desk.shortcut("n", "next-")
    expect(easel.viewer).not_to_have_attribute("data-image", image)
    easel.shows()


def test_what_is_not_signed_outlives_a_reload_until_it_is_discarded(page: Page, fresh: Server, store: Site) -> None:
    easel = opened(page, fresh, store, "Dr. Reload")
    image, sent = easel.viewer.get_attribute("data-image") or "", len(easel.sent)
    press(page, "b")
    easel.drag((100, 150), (220, 260))
    easel.told(sent + 1)
    easel.desk.shortcut("2", "opinion-fracture")
    easel.desk.settled()
    press(page, "t")
    page.keyboard.type("Cortical step")
    press(page, "Escape")
    easel.desk.settled()

    page.reload()
    easel.desk.hears()
    easel.desk.says("and not signed.")
    easel.viewer = easel.desk.picture()
    expect(easel.viewer).to_have_attribute("data-image", image)
    easel.shows((100, 150, 220, 260))
    expect(page.locator(".st-key-opinions button[kind=primary]")).to_contain_text("Fracture")
    expect(page.get_by_label("Comment")).to_have_value("Cortical step")
    assert easel.signed(store) == ()

    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("button", name="Discard")).to_have_count(0)
    easel.desk.settled()  # until then the form of before stands beside the new one
    expect(page.get_by_label("Comment")).to_have_value("")
    easel.shows()
    page.reload()
    easel.viewer = easel.desk.picture()
    easel.shows()


def test_a_mark_is_selected_deleted_or_given_up(page: Page, fresh: Server, store: Site) -> None:
    easel = opened(page, fresh, store, "Dr. Delete")
    sent = len(easel.sent)
    for start, end in (((100, 150), (220, 260)), ((300, 400), (420, 500))):
        press(page, "b")
        easel.drag(start, end)
        easel.told(sent := sent + 1)
    press(page, "Escape")
    window = state(easel.viewer)
    easel.drag((160, 205), (200, 225))
    assert state(easel.viewer) != window, "inside of a box that is not selected a drag sets the window"
    easel.shows((100, 150, 220, 260), (300, 400, 420, 500))
    easel.silent(sent)

    easel.click(160, 205)
    press(page, "Delete")
    easel.told(sent + 1)
    easel.shows((300, 400, 420, 500))
    press(page, "Backspace")
    easel.shows((300, 400, 420, 500))
    easel.drag((300 - 8, 450), (280 - 8, 450))
    easel.shows((280, 400, 420, 500))
    press(page, "Backspace", "b")
    easel.click(160, 205)
    press(page, "Escape")
    easel.silent(sent + 3)
    easel.shows()


def test_marks_are_numbered_in_the_order_drawn(page: Page, fresh: Server, store: Site) -> None:
    page.add_init_script(WRITTEN)
    easel = opened(page, fresh, store, "Dr. Number")
    stage, sent = page.locator(".lucency-stage"), len(easel.sent)
    for place in (100, 200):
        press(page, "p")
        easel.click(place, 150)
        easel.told(sent := sent + 1)
    easel.silent(sent)
    assert written(page) == ["1", "2"], "never R or L, which are sides"
    expect(stage).to_have_attribute("aria-label", re.compile(r"^Radiograph, .*, 2 marks(\.|$)"))
    press(page, "PageDown", "z", "b")
    easel.drag((100, 150), (220, 260))
    assert written(page) == ["3"], "one number a case"
    press(page, "PageUp")
    easel.click(100, 150)
    press(page, "Delete")
    assert written(page) == ["1"]
    press(page, "l")
    easel.drag((100, 300), (200, 300))
    expect(stage).to_have_attribute("aria-label", re.compile(r", 1 mark, 1 measure(\.|$)"))

    image = int(easel.viewer.get_attribute("data-image") or 0)
    said = Statement(Opinion.UNCERTAIN, marks=(Mark(image, 300, 400, 300, 400),))
    review.give_verdict(store, easel.study(store), said, actor=person("Dr. Earlier"))
    assert "Dr. Earlier" not in written(page)
    easel.desk.sign("2")
    expect(stage).to_have_attribute("aria-label", re.compile(r", 1 mark, 1 measure, 1 mark by others(\.|$)"))
    assert [text for text in written(page) if text in ("1", "Dr. Earlier")] == ["1", "Dr. Earlier"]


def test_the_loupe_doubles_what_is_under_the_pointer(page: Page, fresh: Server, store: Site) -> None:
    easel = opened(page, fresh, store, "Dr. Loupe")
    x, y = easel.at(260, 350)
    page.mouse.move(x, y)
    settle(page)
    plain, sent = screen(page).astype(int), len(easel.sent)
    loupe = page.locator(".lucency-loupe")
    expect(loupe).to_be_hidden()
    page.keyboard.down("m")
    expect(loupe).to_be_visible()
    settle(page)
    seen = screen(page).astype(int)
    box = stage_box(page)
    row, column = round(y - box["y"]), round(x - box["x"])
    small = plain[row - 30 : row + 30, column - 30 : column + 30]
    large = seen[row - 60 : row + 60, column - 60 : column + 60]
    halved = large.reshape(60, 2, 60, 2).mean(axis=(1, 3))
    assert small.std() > 4, "a place with something to see"
    assert np.abs(halved - small).mean() < small.std() / 4
    outside = np.ones(seen.shape, bool)
    outside[row - 140 : row + 140, column - 140 : column + 140] = False
    np.testing.assert_array_equal(seen[outside], plain[outside])
    page.keyboard.up("m")
    expect(loupe).to_be_hidden()
    settle(page)
    np.testing.assert_array_equal(screen(page), plain)

    easel.viewer.get_by_role("button", name="Magnifier").click()
    page.mouse.move(x, y)
    expect(loupe).to_be_visible()
    press(page, "Escape")
    expect(loupe).to_be_hidden()
    assert len(easel.sent) == sent
