"""Connection, in a real browser: the server goes away under a reader, and comes back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.rights import Role
from core.services.site import open_site
from core.settings import Settings
from dashboard.office_wording import CONNECTION_LOST
from tests.browser.desk import WORDS, Desk
from tests.browser.serving import DASHBOARD, free_port, serving
from tests.core.services.films import film, stored
from tests.people import member

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("sign_in")]

PINGS = 8
"""So often Streamlit asks for a lost server before it would show a dialog of its own, and once or twice more."""


def test_a_reader_whose_server_was_started_anew_goes_on_where_she_was(page: Page, tmp_path: Path) -> None:
    with open_site(Settings(data_dir=tmp_path / "data", bundle=tmp_path / "none")) as site:
        stored(site, film())
        member(site, "Dr. Lost", WORDS, Role.READER)
    variables, port = {"LUCENCY_BUNDLE": str(tmp_path / "none")}, free_port()
    page.clock.install()
    with serving(DASHBOARD, folder=tmp_path, environment=variables, port=port) as server:
        desk = Desk(page, server.url, "Dr. Lost")
        desk.open_next()
        desk.shortcut("2", "sign-")
        expect(page.get_by_label("Type", exact=True)).to_be_visible()
        desk.settled()
    for _ in range(PINGS):
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(30_000)
    told, film_at = desk.says(CONNECTION_LOST).bounding_box(), page.locator(".lucency-viewer").bounding_box()
    assert told
    assert film_at
    assert told["y"] + told["height"] <= film_at["y"]
    expect(page.get_by_role("dialog")).to_have_count(0)
    with serving(DASHBOARD, folder=tmp_path, environment=variables, port=port):
        page.clock.fast_forward(30_000)
        expect(page.get_by_text(CONNECTION_LOST)).to_be_hidden()
        desk.says("and not signed")
        desk.shortcut("s", "sign-")
        expect(page.locator(".st-key-ai-card")).to_be_visible()
