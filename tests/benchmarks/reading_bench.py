"""How quickly the next case stands on the screen, and how smoothly window, zoom and pan follow the hand.

`python -m tests.benchmarks.reading_bench`: the real dashboard on this machine, headless Chromium drawing in software,
20 cases of 2500 x 2048 pixels at 12 bits. Times depend on the machine; they are printed, never tested.
"""

import statistics
import tempfile
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, ViewportSize, sync_playwright

from core.services.ingest import ingest_bytes
from core.services.site import open_site
from core.settings import Settings
from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.desk import Desk
from tests.browser.serving import DASHBOARD, serving
from tests.factories import bone, dicom

CASES = 20
ROWS, COLUMNS = 2500, 2048
SIZE = ViewportSize(width=1440, height=900)
WATCH = """
() => {
  const viewer = document.querySelector(".lucency-viewer");
  const seen = { image: viewer.dataset.image, start: null, preview: null, ready: null };
  window.watched = seen;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "n") return;
    Object.assign(seen, { image: viewer.dataset.image, start: performance.now(), preview: null, ready: null });
  }, true);
  const look = () => {
    const other = viewer.dataset.image !== seen.image;
    const state = viewer.dataset.state;
    if (other && seen.preview === null && state !== "loading") seen.preview = performance.now() - seen.start;
    if (other && seen.ready === null && state === "ready") seen.ready = performance.now() - seen.start;
  };
  new MutationObserver(look).observe(viewer, { attributes: true });
}
"""
FRAMES = """
() => { window.frames_seen = []; const tick = (now) => { window.frames_seen.push(now); requestAnimationFrame(tick); };
  requestAnimationFrame(tick); }
"""


def film(number: int) -> bytes:
    """One drawn radiograph at full size, a study of its own."""
    pixels: NDArray[np.uint16] = np.asarray(cv2.resize(bone(700, 520), (COLUMNS, ROWS)), np.uint16)
    pixels = np.clip(pixels + np.random.default_rng(number).integers(0, 40, pixels.shape), 0, 4095).astype(np.uint16)
    uid = f"2.25.77.{number}"
    return dicom(
        pixels, elements={"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}.1", "SOPInstanceUID": f"{uid}.2"}
    )


def fill(data_dir: Path) -> None:
    """A store of unread cases; the network is not asked: a reader does not wait for it."""
    with open_site(Settings(data_dir=data_dir)) as site:
        for number in range(CASES + 1):
            list(ingest_bytes(site, f"film-{number}.dcm", film(number), actor="bench"))


def next_cases(desk: Desk, page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from the key to the preview, and to the full depth, of each next case."""
    page.evaluate(WATCH)
    previews, full = [], []
    for _ in range(CASES):
        page.wait_for_timeout(1500)  # she looks at the case: meanwhile the next one is loaded
        desk.shortcut("n", "next-")
        page.wait_for_function("window.watched.ready !== null")
        seen = page.evaluate("window.watched")
        previews.append(float(seen["preview"]))
        full.append(float(seen["ready"]))
    return previews, full


def frame_rate(page: Page, kind: str) -> float:
    """Frames a second, by the median, while the pointer drags the window or the wheel zooms."""
    box = page.locator(".lucency-picture canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.evaluate(FRAMES)
    if kind == "window":
        page.mouse.down()
    for step in range(90):
        if kind == "window":
            page.mouse.move(x + step, y + step / 2)
        else:
            page.mouse.wheel(0, -30 if step % 30 < 15 else 30)
    page.mouse.up()
    times = sorted({float(time) for time in page.evaluate("window.frames_seen")})
    return 1000 / statistics.median(after - before for before, after in pairwise(times))


def main() -> None:
    """Print medians."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        fill(Path(folder) / "data")
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        environment = {"LUCENCY_BUNDLE": str(Path(folder) / "none")}
        with serving(DASHBOARD, folder=Path(folder), environment=environment) as server:
            page = browser.new_page(viewport=SIZE)
            desk = Desk(page, server.url)
            desk.open_next()
            rates = {kind: frame_rate(page, kind) for kind in ("window", "zoom")}
            previews, full = next_cases(desk, page)
        browser.close()
    print(f"{CASES} cases of {ROWS} x {COLUMNS} pixels, 12 bits, {SIZE['width']} x {SIZE['height']}, medians")
    print(f"next case, preview    {statistics.median(previews):7.0f} ms")
    print(f"next case, full depth {statistics.median(full):7.0f} ms")
    for kind, rate in rates.items():
        print(f"frames while {kind:<8} {rate:7.0f} /s")


if __name__ == "__main__":
    main()
