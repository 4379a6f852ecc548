"""Desk: what a reader does at the dashboard, as the browser tests and the screenshots do it."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

READER = "Dr. Browser"
WORDS = "a line through the bone"
"""The password of every account in these tests."""
PATIENCE = 90_000
"""Milliseconds to wait for anything: a shared machine may be busy."""
IMPORT_PATIENCE = 240_000
"""Milliseconds to wait for an import, which may include loading the network."""


class Desk:
    """One visitor's window. Keys where the dashboard has them, the mouse where it has not."""

    def __init__(self, page: Page, url: str, name: str = READER) -> None:
        """Open the dashboard and sign in, with the site's first account when there is none yet."""
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page = page
        page.goto(url, wait_until="domcontentloaded")
        self.says("Research use only. Not a medical device.")
        self.sign_in(name)
        self.says("Research use only. Not a medical device.")
        self.hears()

    def hears(self) -> None:
        """Return once the page hears keys of its own (`?`, and those that lead to a field): earlier ones are lost."""
        expect(self.page.locator("dialog dl").first).to_be_attached()

    def says(self, text: str | re.Pattern[str]) -> Locator:
        """The place that shows this text, once it is there."""
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible()
        return found

    def settled(self) -> None:
        """Return when no script runs any more."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def sign_in(self, name: str) -> None:
        """Fill in the form with the keyboard alone, as it comes."""
        expect(self.page.get_by_label("Name")).to_be_focused()
        first = self.page.get_by_role("heading", name="Create the first account").is_visible()
        for text in (name, WORDS, WORDS) if first else (name, WORDS):
            self.page.keyboard.type(text)
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("button", name=name)).to_be_visible()

    def go(self, title: str) -> None:
        """Open a screen from the navigation."""
        self.page.get_by_role("link", name=title).first.click()
        self.settled()

    def press(self, key: str) -> None:
        """One key, with nothing in particular in focus."""
        self.page.keyboard.press(key)

    def shortcut(self, key: str, name: str) -> None:
        """Press a button, or a link that looks like one, by its key, once it is there and nothing runs any more."""
        expect(self.page.locator(f'[class*="st-key-{name}"] :is(button, a)').first).to_be_enabled()
        self.settled()
        self.press(key)

    def upload(self, files: Sequence[Path]) -> None:
        """Hand over files and wait until each is answered for."""
        self.go("Upload")
        self.page.locator("input[type=file]").first.set_input_files([str(file) for file in files])
        button = self.page.get_by_role("button", name=re.compile(f"Take in {len(files)} file"))
        expect(button).to_be_enabled()
        self.settled()
        button.click()
        expect(self.page.locator(".st-key-upload-result")).to_be_visible(timeout=IMPORT_PATIENCE)

    def rows(self) -> Locator:
        """The worklist's rows."""
        return self.page.locator(".case-table .case")

    def open_next(self) -> None:
        """From the worklist to the most urgent unread case, by its key."""
        self.shortcut("n", "read-next")
        self.picture()

    def picture(self) -> Locator:
        """The viewer, once the full picture is on the screen."""
        viewer = self.page.locator(".lucency-viewer").first
        expect(viewer).to_have_attribute("data-state", "ready")
        return viewer

    def sign(self, key: str) -> None:
        """Choose one of the four opinions by its key and sign; the AI's answer appears."""
        self.shortcut(key, "sign-")
        self.press("s")
        expect(self.page.locator(".st-key-ai-card")).to_be_visible()
        expect(self.page.locator('[class*="st-key-change-"]')).to_be_visible()

    def flag(self, reason: str) -> None:
        """Flag the case for this reason."""
        self.page.locator(".st-key-flag-line input").fill(reason)
        self.page.keyboard.press("Enter")
        self.settled()
        self.page.locator('[class*="st-key-flag-"] button').first.click()
        expect(self.page.locator('[class*="st-key-unflag-"]')).to_be_visible()
