"""Fixtures of the browser tests: headless Chromium, and a page."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.conftest import missing

ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # the page is put together without the software GPU; WebGL still draws with it
    "--force-color-profile=srgb",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SCREEN = ViewportSize(width=1440, height=900)


def chromium_path() -> str:
    """Chromium on this machine: $LUCENCY_CHROMIUM, or the first that the path knows."""
    found = os.environ.get("LUCENCY_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        missing("no Chromium or Chrome on this machine; install one, or set LUCENCY_CHROMIUM to its path")
    return str(found)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium, drawing WebGL in software."""
    path = chromium_path()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of a fresh visitor; an error in one of the page's scripts fails the test."""
    context = browser.new_context(viewport=SCREEN)
    errors: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors, errors
