"""Viewer: in headless Chromium, against our own rendering of the same pixels and against what a reader notices."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, Position, Route, ViewportSize, expect

from core.intake.grayscale import default_voi, render
from core.intake.radiograph import Radiograph, Window
from core.intake.reader import read
from core.services.site import open_site
from core.settings import Settings
from tests import factories
from tests.browser.conftest import SCREEN
from tests.browser.hand import listen, press, screen, settle, stage_box, state
from tests.browser.serving import Server, serving
from tests.core.services.films import answered, stored

pytestmark = [pytest.mark.browser, pytest.mark.shared, pytest.mark.xdist_group("viewer")]

PAGE = Path(__file__).parent / "viewer_page" / "app.py"
REAL = {"MONOCHROME1": "6d63f282_RG3_RLE", "MONOCHROME2": "d80dab6c_RG2_RLE"}
BONE = factories.bone(700, 520)
CURVE = [int(65535 * (n / 1023) ** 0.5) for n in range(1024)]
MADE: dict[str, dict[str, object]] = {
    "window": {"WindowCenter": 1800, "WindowWidth": 2500},
    "exact": {"WindowCenter": 1800.5, "WindowWidth": 2500, "VOILUTFunction": "LINEAR_EXACT"},
    "step": {"WindowCenter": 1500, "WindowWidth": 1},
    "sigmoid": {"WindowCenter": 1800, "WindowWidth": 1500, "VOILUTFunction": "SIGMOID"},
    "table": {"VOILUTSequence": [factories.lut_item(CURVE, first=1000, explanation="BONE")]},
    "rescaled": {"RescaleSlope": "0.5", "RescaleIntercept": "-300", "WindowCenter": 500, "WindowWidth": 900},
}
PAINTERS = ["webgl", "canvas"]
SPACINGS: dict[str, tuple[dict[str, object], str]] = {
    "calibrated": ({"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}, ""),
    "unstated": ({"PixelSpacing": [0.2, 0.2]}, ", plane not stated"),
    "detector": ({"ImagerPixelSpacing": [0.2, 0.2]}, " at the detector"),
    "estimated": (
        {"ImagerPixelSpacing": [0.25, 0.25], "EstimatedRadiographicMagnificationFactor": "1.25"},
        ", magnification estimated",
    ),
    "scanned": ({"NominalScannedPixelSpacing": [0.2, 0.2]}, " as scanned"),
}
TALL: dict[str, object] = {"PixelSpacing": [0.3, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}
LINES = np.zeros(BONE.shape, bool)
LINES[60:64, 20:120] = LINES[40:200, 9] = LINES[650, 300:500] = True
"""What a file draws over its picture: a bar, and two lines as thin as a pixel."""
"""What the file says of its pixels, and what the viewer adds to a length of them."""
WITHOUT_WEBGL = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
};
"""


@dataclass(frozen=True)
class Gallery:
    """The server, and what it holds: image keys by name, and the radiographs whose rendering is compared."""

    server: Server
    keys: Mapping[str, int]
    radiographs: Mapping[str, Radiograph]

    def open(self, page: Page, *names: str, **wishes: int) -> Locator:
        """The viewer with these images, once the first is there at full depth."""
        keys = ",".join(str(self.keys[name]) for name in names)
        extra = "".join(f"&{name}={value}" for name, value in wishes.items())
        page.goto(f"{self.server.url}/?images={keys}{extra}")
        return ready(page)


def ready(page: Page) -> Locator:
    viewer = page.locator(".lucency-viewer")
    expect(viewer).to_have_attribute("data-state", "ready", timeout=60_000)
    return viewer


def sources(shared_data: Path) -> dict[str, bytes]:
    made = {name: factories.dicom(BONE, elements=elements) for name, elements in MADE.items()}
    real = {name: (shared_data / "dicom" / file).read_bytes() for name, file in REAL.items()}
    signed = (BONE.astype(np.int16) - 2000).astype(np.int16)
    made["signed"] = factories.dicom(signed, photometric="MONOCHROME1")
    made["tall"] = factories.dicom(BONE, elements=MADE["window"] | TALL)
    made["ratio"] = factories.dicom(BONE, elements=MADE["window"] | {"PixelAspectRatio": ["3", "2"]})
    made["drawn"] = factories.with_overlay(factories.dicom(BONE, elements=MADE["window"]), LINES)
    return made | real


@pytest.fixture(scope="module")
def gallery(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    folder = tmp_path_factory.mktemp("viewer")
    files = sources(shared_data)
    spaced = {name: factories.dicom(BONE, elements=elements) for name, (elements, _) in SPACINGS.items()}
    with open_site(Settings(data_dir=folder / "data")) as site:
        keys = dict(zip(files | spaced, stored(site, *files.values(), *spaced.values()), strict=True))
        for key in keys.values():
            answered(site, key)
    with serving(PAGE, folder=folder) as server:
        yield Gallery(server, keys, {name: read(data) for name, data in files.items()})


# --- what is on the screen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("painter", PAINTERS)
def test_actual_size_is_our_own_rendering(gallery: Gallery, page: Page, painter: str) -> None:
    if painter == "canvas":
        page.add_init_script(WITHOUT_WEBGL)
    page.set_viewport_size(ViewportSize(width=960, height=760))
    square = {name: radiograph for name, radiograph in gallery.radiographs.items() if radiograph.aspect == 1}
    viewer = gallery.open(page, *square)
    for name, radiograph in square.items():
        expect(viewer).to_have_attribute("data-image", str(gallery.keys[name]))
        ready(page)
        press(page, "z", ";")
        assert_shows(page, render(radiograph), name)
        drag(page, 60, -35)
        if name != "table":
            assert_shows(page, render(radiograph, window_of(viewer, radiograph)), name)
        press(page, "PageDown")


def test_an_inverted_picture_is_the_negative(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "sigmoid")
    press(page, "z", "i")
    assert_shows(page, 255 - render(gallery.radiographs["sigmoid"]))
    press(page, "i")
    assert_shows(page, render(gallery.radiographs["sigmoid"]))


def test_rotate_and_flip_act_on_what_is_seen(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "window")
    straight = render(gallery.radiographs["window"])
    press(page, "z", "r")
    assert_shows(page, np.rot90(straight, -1))
    press(page, "h")
    assert_shows(page, np.fliplr(np.rot90(straight, -1)))
    press(page, "r")
    assert_shows(page, np.rot90(np.fliplr(np.rot90(straight, -1)), -1))
    expect(page.locator("[data-text=changes]")).to_have_text("Flipped")
    press(page, "0", "z")
    assert_shows(page, straight)


@pytest.mark.parametrize("name", ["tall", "ratio"])
def test_pixels_that_are_not_square_are_drawn_and_measured_true(gallery: Gallery, page: Page, name: str) -> None:
    viewer = gallery.open(page, name)
    press(page, "z")
    radiograph = gallery.radiographs[name]
    true = cv2.resize(radiograph.pixels.astype(np.float32), (520, 1050), interpolation=cv2.INTER_LINEAR)
    seen = render(replace(radiograph, pixels=true))
    assert_shows(page, seen)
    press(page, "l")
    drag(page, 30, 40)
    told = "10.0 mm" if name == "tall" else "50 px (not calibrated)"
    assert viewer.get_attribute("data-measures") == told
    press(page, "Delete", "k")
    box = stage_box(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy in ((80, 0), (0, 0), (60, -60)):
        page.mouse.move(x + dx, y + dy)
        page.mouse.click(x + dx, y + dy)
    settle(page)
    assert viewer.get_attribute("data-measures") == "45.0°"
    press(page, "r")
    assert viewer.get_attribute("data-measures") == "45.0°"
    if name == "tall":
        assert pixels_a_millimetre(page) == pytest.approx(5, rel=0.02)
        press(page, "r")
        assert pixels_a_millimetre(page) == pytest.approx(5, rel=0.02)
    press(page, "0", "z")
    assert_shows(page, seen)


def test_a_preview_of_pixels_that_are_not_square_lies_where_the_picture_does(gallery: Gallery, page: Page) -> None:
    held: list[Route] = []
    page.route("**/lucency/pixels/*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin has no signature
    page.goto(f"{gallery.server.url}/?images={gallery.keys['tall']}")
    expect(page.locator(".lucency-viewer")).to_have_attribute("data-state", "preview", timeout=60_000)
    settle(page)
    quick = screen(page).astype(int)
    held[0].continue_()
    ready(page)
    settle(page)
    whole = screen(page)
    assert np.abs(quick - whole).mean() < 3
    rows, columns = (np.flatnonzero(whole.max(axis=axis) > 40) for axis in (1, 0))
    assert np.ptp(rows) > 1.7 * np.ptp(columns), "a leg of 700 rows, half as high again"


def test_a_stretched_table_keeps_its_curve(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "table")
    press(page, "z")
    drag(page, 80, 0)
    center, width = window_numbers(viewer)
    assert width > 1024
    values = gallery.radiographs["table"].pixels.astype(float)
    place = np.floor((values - center) * 1024 / width + 1511.5 + 0.5) - 1000
    looked_up = np.asarray(CURVE)[np.clip(place, 0, 1023).astype(int)]
    assert_shows(page, np.rint(looked_up / 65535 * 255).astype(np.uint8))


def test_the_preview_comes_before_the_full_depth(gallery: Gallery, page: Page) -> None:
    held: list[Route] = []
    page.route("**/lucency/pixels/*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin has no signature
    page.goto(f"{gallery.server.url}/?images={gallery.keys['MONOCHROME2']}")
    viewer = page.locator(".lucency-viewer")
    expect(viewer).to_have_attribute("data-state", "preview", timeout=60_000)
    assert screen(page).max() > 200
    with page.expect_response("**/lucency/pixels/*") as full:
        held[0].continue_()
    assert full.value.status == 200
    expect(viewer).to_have_attribute("data-state", "ready")


def test_a_dense_screen_shows_every_pixel(gallery: Gallery, browser: Browser) -> None:
    with browser.new_context(viewport=SCREEN, device_scale_factor=2) as context:
        page = context.new_page()
        gallery.open(page, "MONOCHROME1")
        press(page, "z")
        assert_shows(page, render(gallery.radiographs["MONOCHROME1"]))


def test_a_window_moved_to_a_dense_screen_is_laid_anew(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "MONOCHROME2")
    press(page, "z")
    canvas, before = page.locator(".lucency-picture canvas"), pixels_a_millimetre(page)
    rows, columns = (canvas.evaluate(f"(it) => it.{side}") for side in ("height", "width"))
    devtools = page.context.new_cdp_session(page)
    moved = {**SCREEN, "deviceScaleFactor": 2, "mobile": False}
    devtools.send("Emulation.setDeviceMetricsOverride", moved)
    devtools.send("Emulation.setEmulatedMedia", {"media": "screen"})  # has the queries compared, as a move does
    for name, length in (("width", columns), ("height", rows)):
        expect(canvas).to_have_js_property(name, 2 * length)
    settle(page)
    assert pixels_a_millimetre(page) == pytest.approx(before / 2, rel=0.02), "1:1 is half the size on this screen"


# --- what the server hears ---------------------------------------------------------------------------------------


def test_window_zoom_and_pan_send_nothing(gallery: Gallery, page: Page) -> None:
    sent: list[str | bytes] = []
    listen(page, sent)
    viewer = gallery.open(page, "MONOCHROME2")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before, heard = dict(state(viewer)), len(sent)
    assert heard > 0, "the page did talk to the server before"
    drag(page, 120, 50)
    page.mouse.wheel(0, -700)
    drag(page, 70, 30, button="middle")
    press(page, "f", "+", "i", "r", "h", "a", "ArrowLeft")
    page.wait_for_timeout(500)
    assert (len(sent) - heard, asked) == (0, [])
    changed = {name for name, value in state(viewer).items() if value != before[name]}
    assert changed == {"data-zoom", "data-center", "data-width", "data-fit"}


def test_zoom_and_window_survive_a_rerun(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "MONOCHROME2", revealed=1)
    drag(page, 90, 20)
    page.mouse.wheel(0, -500)
    press(page, "o")
    before = state(viewer)
    assert before["data-overlay"] == "on"
    assert before["data-fit"] == "false"
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Run 2")).to_be_visible()
    assert state(viewer) == before
    page.get_by_role("button", name="Show overlay").click()
    settle(page)
    assert state(viewer) == before | {"data-overlay": "off"}


def test_a_stale_ticket_is_renewed_without_a_word(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", stale=1)
    expect(page.get_by_text("Run 2")).to_be_visible()
    expect(viewer.get_by_role("alert")).to_be_hidden()


def test_the_heat_map_is_not_asked_for_before_it_may_be_seen(gallery: Gallery, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    viewer = gallery.open(page, "window")
    press(page, "o")
    expect(viewer.get_by_role("button", name="Show overlay")).to_be_disabled()
    assert state(viewer)["data-overlay"] == "off"
    assert not [url for url in asked if "/heat/" in url]


# --- what the reader does ----------------------------------------------------------------------------------------


def test_the_overlay_lies_over_the_picture_and_goes(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", revealed=1)
    bare = screen(page)
    with page.expect_response("**/lucency/heat/*"):
        viewer.get_by_role("button", name="Show overlay").click()
    settle(page)
    covered = screen(page)
    assert (covered != bare).mean() > 0.2
    page.get_by_label("Overlay opacity").fill("0")
    settle(page)
    outlined = screen(page)
    assert 0 < (outlined != bare).mean() < 0.02, "only the regions remain"
    press(page, "o")
    np.testing.assert_array_equal(screen(page), bare)


def test_the_graphics_of_a_file_lie_over_the_picture_and_go(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "drawn", "window")
    button, changed = viewer.get_by_role("button", name="Show the file's graphics"), page.locator("[data-text=changes]")
    press(page, "z")
    covered = screen(page)
    expect(button).to_have_attribute("aria-pressed", "true")
    press(page, ";")
    assert_shows(page, render(gallery.radiographs["drawn"]))
    expect(changed).to_have_text("Graphics hidden")
    expect(page.locator(".lucency-stage")).to_have_accessible_name(re.compile("graphics hidden"))
    over = centred(LINES.astype(np.uint8), *covered.shape).astype(bool)
    near = cv2.dilate(over.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool)
    bare = screen(page)
    assert (covered[over] == 255).all(), "every pixel that is drawn on"
    np.testing.assert_array_equal(covered[~near], bare[~near])
    assert (covered[near & ~over] <= bare[near & ~over]).all(), "with a dark edge"
    press(page, "i", "r", "h")
    expect(changed).to_have_text("Inverted · Flipped · Rotated 90° · Graphics hidden")
    button.click()
    settle(page)
    turned = np.fliplr(np.rot90(LINES, -1)).astype(np.uint8)
    assert (screen(page)[centred(turned, *covered.shape).astype(bool)] == 255).all(), (
        "turned with the picture, not inverted"
    )
    press(page, "PageDown")
    expect(viewer).to_have_attribute("data-graphics", "off")
    expect(button).to_be_hidden()
    press(page, ";")
    press(page, "PageUp")
    expect(viewer).to_have_attribute("data-graphics", "on")


def test_a_thin_line_of_the_graphics_stays_when_the_picture_is_small(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "drawn")
    for _ in range(8):
        press(page, "-")
    small = screen(page)
    press(page, ";")
    gone = small.astype(int) - screen(page)
    assert (gone.max(axis=1) > 90).sum() > 20, "the upright line, over its whole height"
    assert (gone.max(axis=0) > 90).sum() > 25, "the lying line, over its whole width"


def test_the_magnifier_shows_the_graphics(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "drawn")
    press(page, "z")
    box = stage_box(page)
    x, y = box["x"] + box["width"] / 2 - 260 + 60, box["y"] + box["height"] / 2 - 350 + 80
    page.mouse.move(x, y)
    page.keyboard.down("m")
    settle(page)
    with_lines = (screen(page) == 255).sum()
    page.keyboard.press(";")
    settle(page)
    assert with_lines - (screen(page) == 255).sum() > 1000
    page.keyboard.up("m")


def test_the_opacity_keeps_the_focus_only_for_the_keyboard(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", revealed=1)
    opacity, stage = page.get_by_label("Overlay opacity"), viewer.locator(".lucency-stage")
    opacity.click(position=Position(x=80, y=5))
    expect(stage).to_be_focused()
    opacity.focus()
    page.keyboard.press("ArrowLeft")
    expect(opacity).to_be_focused()


def test_a_heat_map_that_does_not_come_is_told_and_asked_for_again(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", revealed=1)
    bare, status = screen(page), viewer.locator(".lucency-status")
    page.route("**/lucency/heat/*", lambda route: route.fulfill(status=503))
    press(page, "o")
    expect(status).to_contain_text("The heat map could not be loaded.")
    assert state(viewer)["data-overlay"] == "on"
    page.unroute("**/lucency/heat/*")
    press(page, "o")
    expect(status).to_have_text("")
    with page.expect_response("**/lucency/heat/*") as answer:
        press(page, "o")
    assert answer.value.status == 200
    settle(page)
    assert (screen(page) != bare).mean() > 0.2
    expect(status).to_have_text("")


def test_a_heat_map_whose_ticket_has_run_out_comes_without_a_word(gallery: Gallery, page: Page) -> None:
    refused: list[Route] = []

    def refuse_first(route: Route) -> None:
        refused.append(route)
        if len(refused) > 1:
            return route.continue_()
        return route.fulfill(status=401, json={"error": {"class": "TicketExpired", "message": "expired"}})

    page.route("**/lucency/heat/*", refuse_first)
    viewer = gallery.open(page, "sigmoid", revealed=1)
    bare = screen(page)
    with page.expect_response(lambda answer: "/heat/" in answer.url and answer.ok):
        press(page, "o")
    expect(page.get_by_text("Run 2")).to_be_visible()
    settle(page)
    assert (screen(page) != bare).mean() > 0.2
    expect(viewer.locator(".lucency-status")).to_have_text("")


def test_a_length_is_told_in_millimetres_and_stays_on_the_bone(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "MONOCHROME2")
    spacing = gallery.radiographs["MONOCHROME2"].spacing
    assert spacing is not None
    press(page, "z", "l")
    expect(viewer.get_by_role("button", name="Measure a length")).to_have_attribute("aria-pressed", "true")
    before = state(viewer)
    drag(page, 120, 90)
    told = viewer.get_attribute("data-measures") or ""
    assert float(told.split(" mm")[0]) == pytest.approx(math.hypot(120 * spacing.column, 90 * spacing.row), abs=0.1)
    assert state(viewer) == before, "the window stays as it was"
    press(page, "r", "h", "+")
    assert viewer.get_attribute("data-measures") == told
    press(page, "Delete")
    assert viewer.get_attribute("data-measures") == ""
    drag(page, 200, 10)
    assert state(viewer)["data-width"] != before["data-width"], "the tool is put away after one measure"


def test_a_length_says_where_its_millimetres_hold(gallery: Gallery, page: Page) -> None:
    for name, (_, note) in SPACINGS.items():
        viewer = gallery.open(page, name)
        expect(page.locator("[data-text=calibration]")).to_have_text(f"0.2 mm/px{note}")
        press(page, "z", "l")
        drag(page, 30, 40)
        assert viewer.get_attribute("data-measures") == f"10.0 mm{note}"


def test_without_calibration_a_length_is_told_in_pixels(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window")
    press(page, "z", "l")
    drag(page, 30, 40)
    assert viewer.get_attribute("data-measures") == "50 px (not calibrated)"
    box = stage_box(page)
    page.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2 + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 80, steps=4)
    page.mouse.up()
    settle(page)
    assert viewer.get_attribute("data-measures") == "100 px (not calibrated)", "its end was moved"


def test_an_angle_takes_three_clicks(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window")
    box = stage_box(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    press(page, "k")
    for dx, dy in ((80, 0), (0, 0), (60, -60)):
        page.mouse.move(x + dx, y + dy)
        page.mouse.click(x + dx, y + dy)
    settle(page)
    assert viewer.get_attribute("data-measures") == "45.0°"
    press(page, "k")
    page.mouse.click(x, y)
    press(page, "Escape")
    assert viewer.get_attribute("data-measures") == "45.0°", "an unfinished angle goes with the tool"


def test_a_failure_outlasts_a_late_preview_and_can_be_tried_again(gallery: Gallery, page: Page) -> None:
    held: list[Route] = []
    page.route("**/lucency/preview/*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin has no signature
    page.route("**/lucency/pixels/*", lambda route: route.abort())
    page.goto(f"{gallery.server.url}/?images={gallery.keys['window']}")
    alert = page.get_by_role("alert").filter(has_text="Check the connection")
    expect(alert).to_be_visible(timeout=60_000)
    with page.expect_response("**/lucency/preview/*") as preview:
        held.pop().continue_()
    preview.value.finished()
    settle(page)
    expect(page.locator(".lucency-viewer")).to_have_attribute("data-state", "failed")
    expect(page.locator(".lucency-status")).to_have_text("")
    page.unroute("**/lucency/pixels/*")
    page.get_by_role("button", name="Try again").click()
    ready(page)
    expect(alert).to_be_hidden()


def test_the_views_of_a_study(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", "sigmoid")
    first, second = (str(gallery.keys[name]) for name in ("window", "sigmoid"))
    press(page, "z")
    press(page, "PageDown")
    expect(viewer).to_have_attribute("data-image", second)
    expect(viewer).to_have_attribute("data-fit", "true")
    press(page, "PageDown")
    expect(viewer).to_have_attribute("data-image", first)
    expect(viewer).to_have_attribute("data-zoom", "100")
    viewer.get_by_role("button", name="View 2 of 2").click()
    expect(viewer).to_have_attribute("data-image", second)


def test_the_page_can_turn_to_another_view(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window", "sigmoid")
    page.get_by_text("The other image").click()
    expect(viewer).to_have_attribute("data-image", str(gallery.keys["sigmoid"]))


def test_zoom_keeps_the_point_under_the_pointer(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "MONOCHROME1")
    box = stage_box(page)
    x, y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6
    before = screen(page)[int(box["height"] * 0.6), int(box["width"] * 0.4)]
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -150)
    settle(page)
    after = screen(page)[int(box["height"] * 0.6), int(box["width"] * 0.4)]
    assert abs(int(after) - int(before)) <= 12


def test_presets_by_name(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window")
    own = state(viewer)
    choice = page.get_by_label("Window preset")
    for name in ("Bone", "Soft tissue", "Auto", "Full range"):
        choice.select_option(name)
        settle(page)
        assert state(viewer)["data-width"] != own["data-width"], name
    choice.select_option(index=0)
    settle(page)
    assert state(viewer) == own


def test_the_window_is_set_with_keys(gallery: Gallery, page: Page) -> None:
    viewer = gallery.open(page, "window")
    before, (center, width) = state(viewer), window_numbers(viewer)
    press(page, "Shift+ArrowRight", "Shift+ArrowUp")
    brighter, wider = window_numbers(viewer)
    assert wider > width
    assert brighter < center, "MONOCHROME2: a lower level is brighter"
    press(page, "Shift+ArrowDown", "Shift+ArrowLeft")
    assert window_numbers(viewer) == pytest.approx((center, width))
    assert state(viewer)["data-fit"] == before["data-fit"] == "true", "the picture stays where it is"


def test_keys_stay_in_the_viewer(gallery: Gallery, page: Page) -> None:
    gallery.open(page, "window")
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => window.heard.push(event.key))")
    press(page, "r", "1")
    assert page.evaluate("window.heard") == ["1"], "the verdict's keys go through"


# --- tools -------------------------------------------------------------------------------------------------------


def drag(page: Page, dx: int, dy: int, *, button: Literal["left", "middle"] = "left") -> None:
    box = stage_box(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up(button=button)
    settle(page)


def pixels_a_millimetre(page: Page) -> float:
    """By the scale bar, in CSS pixels."""
    length, unit = page.locator(".lucency-bar span").inner_text().split()
    width = float(page.locator(".lucency-bar i").evaluate("(it) => it.getBoundingClientRect().width"))
    return width / (float(length) * {"mm": 1, "cm": 10}[unit])


def window_numbers(viewer: Locator) -> tuple[float, float]:
    return float(viewer.get_attribute("data-center") or "nan"), float(viewer.get_attribute("data-width") or "nan")


def window_of(viewer: Locator, radiograph: Radiograph) -> Window:
    """The window the reader has set, of the file's own function."""
    first = default_voi(radiograph)
    assert isinstance(first, Window)
    center, width = window_numbers(viewer)
    assert (center, width) != (first.center, first.width)
    return Window(center, width, first.function)


def assert_shows(page: Page, image: NDArray[np.uint8], name: str = "") -> None:
    """Every pixel of the picture area is within one grey level of the image at 1:1, centred, on black."""
    shown = screen(page).astype(int)
    expected = centred(image, shown.shape[0], shown.shape[1])
    assert expected.std() > 10, "a picture with something on it"
    assert np.abs(shown - expected).max() <= 1, name


def centred(image: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.int64]:
    canvas = np.zeros((rows, columns), np.int64)
    top, left = (math.floor((room - size) / 2 + 0.5) for room, size in zip((rows, columns), image.shape, strict=True))
    y, x = max(top, 0), max(left, 0)
    part = image[max(-top, 0) :, max(-left, 0) :][: rows - y, : columns - x]
    canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    return canvas
