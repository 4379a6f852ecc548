"""Second reads in a real browser: two readers and a lead at one case, each in a window of her own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.records import Opinion, Status, WorklistFilter
from core.rights import Role
from core.services import review
from core.services.audit_trail import check_chain
from core.services.site import Site, open_site
from core.services.triage import worklist
from core.settings import Settings
from tests.browser.conftest import SCREEN
from tests.browser.desk import WORDS, Desk
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import answered, film, stored
from tests.factories import bone
from tests.people import member, person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("second_read")]

PEOPLE = {"Dr. One": Role.READER, "Dr. Two": Role.READER, "Dr. Lead": Role.LEAD}


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[tuple[Server, Site]]:
    """One answered case at a site where two readers read each, and three people."""
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "none", reads=2)
    with open_site(settings) as site:
        (image,) = stored(site, film(pixels=bone(900, 700), BodyPartExamined="WRIST"))
        answered(site, image)
        for name, role in PEOPLE.items():
            member(site, name, WORDS, role)
        environment = {"LUCENCY_BUNDLE": str(settings.bundle), "LUCENCY_READS": "2"}
        with serving(DASHBOARD, folder=tmp_path, environment=environment) as server:
            yield server, site


@contextmanager
def desk_of(name: str, browser: Browser, server: Server) -> Iterator[Desk]:
    """A window of her own, closed at the end; an error in one of the page's scripts fails the test."""
    context, errors = browser.new_context(viewport=SCREEN), list[str]()
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Desk(page, server.url, name)
    context.close()
    assert not errors, errors


def test_two_readers_differ_and_a_lead_decides(browser: Browser, twice: tuple[Server, Site]) -> None:
    server, site = twice
    with desk_of("Dr. One", browser, server) as first, desk_of("Dr. Two", browser, server) as second:
        first.open_next()
        first.sign("2")
        expect(second.rows().first).to_contain_text("Second read")
        expect(second.rows().first).not_to_contain_text("Fracture")
        second.open_next()
        panel = second.page.locator(".st-key-panel")
        expect(panel).not_to_contain_text("Dr. One")
        expect(panel).not_to_contain_text("earlier read")
        expect(second.page.locator(".st-key-ai-card")).to_have_count(0)
        second.sign("1")
        expect(panel).to_contain_text("Dr. One")
        for desk in (first, second):
            desk.shortcut("n", "next-")
            desk.says("What is not read yet waits for a colleague.")
    with desk_of("Dr. Lead", browser, server) as lead:
        expect(lead.rows().first).to_contain_text("Adjudication")
        lead.open_next()
        panel = lead.page.locator(".st-key-panel")
        for text in ("Your adjudication", "Reader 1", "Reader 2", "Fracture suspected"):
            expect(panel).to_contain_text(text)
        expect(panel).not_to_contain_text("Dr. One")
        lead.sign("2")
        expect(panel).to_contain_text("Dr. One")
        expect(panel).to_contain_text("adjudication")
        lead.go("Worklist")
        expect(lead.rows().first).to_contain_text("✓ Read")
        expect(lead.rows().first).to_contain_text("▲ Fracture")
    (row,) = worklist(site, WorklistFilter(), actor=person()).rows
    assert (row.status, row.opinion) == (Status.READ, Opinion.FRACTURE)
    given = review.open_case(site, row.study_key, actor=person("Dr. Lead")).verdicts
    assert [(each.reader, each.opinion, each.adjudicates, each.after_ai) for each in given] == [
        ("Dr. One", Opinion.FRACTURE, False, False),
        ("Dr. Two", Opinion.NO_FRACTURE, False, False),
        ("Dr. Lead", Opinion.FRACTURE, True, True),
    ]
    assert check_chain(site, actor=person()).broken_at is None
