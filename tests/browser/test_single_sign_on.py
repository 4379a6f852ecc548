"""Single sign-on in a real browser, the provider on another site: in, to work, not into what is not hers, and out."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import PATIENCE
from tests.browser.serving import DASHBOARD, free_port, serving
from tests.oidc_provider import providing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("sign_in")]


def test_a_reader_comes_in_through_the_hospital_and_leaves(page: Page, tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE)
    page.set_default_timeout(PATIENCE)
    port = free_port()
    with providing(time.time) as provider:
        variables = provider.environment(f"http://localhost:{port}") | {"LUCENCY_BUNDLE": str(tmp_path / "none")}
        with serving(DASHBOARD, folder=tmp_path, environment=variables, port=port) as server:
            page.goto(server.url)
            page.get_by_role("link", name="Sign in with St. Elsewhere").click()
            expect(page).to_have_url(f"{server.url}/")
            expect(page.get_by_role("button", name="Dr. Ada Federate")).to_be_visible()
            expect(page.locator(".st-key-title-line h5")).to_have_text("Worklist")
            page.goto(f"{server.url}/accounts")
            expect(page.get_by_role("button", name="Dr. Ada Federate")).to_be_visible()
            expect(page.locator(".st-key-title-line h5")).not_to_have_text("Accounts")
            page.goto(server.url)
            page.get_by_role("button", name="Dr. Ada Federate").click()
            expect(page.get_by_role("link", name="Sign out")).to_be_visible()
            expect(page.get_by_role("link", name="Change password")).to_have_count(0)
            page.get_by_role("link", name="Sign out").click()
            expect(page.get_by_role("link", name="Sign in with St. Elsewhere")).to_be_visible()
            assert "/logout" in [path for path, _ in provider.asked]
            page.goto(f"{server.url}/worklist")
            expect(page).to_have_url(re.compile("/lucency/sign-in"))
            assert {cookie["name"] for cookie in page.context.cookies(server.url)} & {"lucency_session"} == set()
