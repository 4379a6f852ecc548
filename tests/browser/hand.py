"""Hand: what a reader does at the viewer with keys and mouse, and what she and the server notice of it."""

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import FloatRect, Locator, Page, WebSocket

BARE = """
:is(.lucency-corner, .lucency-bar, .lucency-status) { visibility: hidden }
.lucency-stage { outline: 0 !important }
"""


def press(page: Page, *keys: str) -> None:
    """Keys, one after another, with the viewer in focus."""
    page.locator(".lucency-stage").focus()
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def strike(page: Page, key: str, code: str, **held: bool) -> None:
    """A key of another layout, which Playwright cannot press: what it writes, and its place; where the focus is."""
    page.evaluate(
        "(told) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', told))",
        {"key": key, "code": code, "bubbles": True, "cancelable": True, "composed": True, **held},
    )
    settle(page)


def settle(page: Page) -> None:
    """Until the next two frames are drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def stage_box(page: Page) -> FloatRect:
    """Where the picture area lies in the window, in CSS pixels."""
    box = page.locator(".lucency-picture canvas").bounding_box()
    assert box is not None
    return box


def state(viewer: Locator) -> dict[str, str | None]:
    """How the picture is shown: zoom, window, overlay, graphics, and which one it is."""
    names = ("zoom", "center", "width", "fit", "overlay", "graphics", "image")
    return {f"data-{name}": viewer.get_attribute(f"data-{name}") for name in names}


def listen(page: Page, sent: list[str | bytes]) -> None:
    """Note from now on every message that the page sends to the server."""

    def heard(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))  # noqa: PLW0108  (a built-in cannot be a listener)

    page.on("websocket", heard)


def screen(page: Page) -> NDArray[np.uint8]:
    """The picture area as the reader sees it, grey, without texts and focus ring; `(rows, columns)` of the screen."""
    ratio = page.evaluate("devicePixelRatio")
    x, y, width, height = (round(length * ratio) for length in stage_box(page).values())
    png = np.frombuffer(page.screenshot(style=BARE), np.uint8)
    colours = np.asarray(cv2.imdecode(png, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(colours[y : y + height, x : x + width].max(axis=2), np.uint8)
