"""A reading day: ten real radiographs with the keyboard alone, and two readers who meet at the same case."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.records import Answer, Opinion
from core.rights import Role
from core.services import review
from core.services.audit_trail import check_chain
from core.services.export import ExportOptions, export_csv
from core.services.ingest import ingest_paths
from core.services.site import Site, open_site
from core.settings import Settings
from tests.browser.conftest import SCREEN
from tests.browser.desk import WORDS, Desk
from tests.browser.hand import press, screen, settle, state
from tests.browser.serving import DASHBOARD, Server, serving
from tests.core.services.films import answered, film, stored
from tests.factories import bone
from tests.people import member, person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.shared,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("reading_day"),
]

CASES = 10
MOST_KEYS = 3
"""Keys a case may cost: the verdict, the signature, the next case."""
ANSWERS = ((Answer.FRACTURE, 0.9), (Answer.DOUBT, 0.2), (Answer.NONE, 0.01))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[tuple[Server, Site]]:
    """Real radiographs with an answer each, and no network: the answers are there before she comes."""
    folder = tmp_path_factory.mktemp("day")
    images = sorted((shared_data / "fracatlas" / "images").iterdir())[: 2 * CASES]
    with open_site(Settings(data_dir=folder / "data", bundle=folder / "none")) as site:
        for place, receipt in enumerate(list(ingest_paths(site, images, actor="test"))[: CASES + 2]):
            answer, probability = ANSWERS[place % len(ANSWERS)]
            answered(site, receipt.image_key or 0, answer, probability)
        with serving(DASHBOARD, folder=folder, environment={"LUCENCY_BUNDLE": str(folder / "none")}) as server:
            yield server, site


class Counted(Desk):
    """Counts the keys."""

    keys = 0

    def press(self, key: str) -> None:
        """One key."""
        self.keys += 1
        super().press(key)


def study_of(desk: Desk) -> int:
    """The case on the screen, by its number."""
    shown = desk.page.locator(".st-key-title-line").get_by_text("Case ").first.inner_text()
    return int(shown.split("Case ")[1].split()[0])


def test_ten_cases_with_the_keyboard_alone(page: Page, day: tuple[Server, Site]) -> None:
    server, site = day
    member(site, "Dr. Keys", WORDS, Role.LEAD)
    desk = Counted(page, server.url, "Dr. Keys")
    desk.open_next()
    read: dict[int, Opinion] = {}
    for place in range(CASES):
        desk.picture()
        expect(page.locator(".lucency-stage")).to_be_focused()  # her keys reach the picture, and pass on to the page
        study, desk.keys = study_of(desk), 0
        desk.sign("21"[place % 2])
        desk.shortcut("n", "next-")
        expect(page.locator(".st-key-title-line")).not_to_contain_text(f"Case {study} ")
        assert desk.keys <= MOST_KEYS
        read[study] = (Opinion.FRACTURE, Opinion.NO_FRACTURE)[place % 2]
    assert len(read) == CASES
    desk.picture()  # the next one is there
    options = ExportOptions(flagged_only=False)
    table = export_csv(site, options, actor=person("Dr. Keys", Role.LEAD)).decode("utf-8-sig")
    rows = {int(row["study_key"]): row for row in csv.DictReader(table.splitlines())}
    for study, opinion in read.items():
        case = review.open_case(site, study, actor=person("test"))
        assert [(v.reader, v.opinion, v.after_ai) for v in case.verdicts] == [("Dr. Keys", opinion, False)]
        assert case.finding
        assert review.has_seen_ai(site, study, actor=person("Dr. Keys"))
        assert (rows[study]["reader_opinion"], rows[study]["ai_answer"]) == (opinion, case.finding.answer)
    assert check_chain(site, actor=person()).broken_at is None


def test_the_second_reader_at_a_case_is_told_who_has_it(page: Page, browser: Browser, day: tuple[Server, Site]) -> None:
    server, site = day
    for name in ("Dr. One", "Dr. Two"):
        member(site, name, WORDS, Role.READER)
    first = Desk(page, server.url, "Dr. One")
    first.open_next()
    study = study_of(first)
    context = browser.new_context(viewport=SCREEN)
    second = Desk(context.new_page(), server.url, "Dr. Two")
    row = second.page.locator(f'.case[data-key="{study}"]')
    expect(row).to_contain_text("Dr. One")
    row.click()
    expect(second.page.locator(".st-key-claimed")).to_contain_text("Dr. One has had this case open")
    second.picture()
    for part in (".lucency-viewer", ".st-key-move-on"):
        box = second.page.locator(part).bounding_box()
        assert box
        assert SCREEN["height"] - 20 < box["y"] + box["height"] <= SCREEN["height"], part
    second.page.get_by_role("button", name="Take over").click()
    expect(second.page.locator(".st-key-claimed")).to_have_count(0)
    context.close()


def test_a_verdict_signed_by_mistake_is_taken_back_from_the_next_case(page: Page, day: tuple[Server, Site]) -> None:
    server, site = day
    member(site, "Dr. Undo", WORDS, Role.READER)
    desk = Desk(page, server.url, "Dr. Undo")
    desk.open_next()
    first = study_of(desk)
    desk.sign("1")
    desk.shortcut("n", "next-")
    head = page.locator(".st-key-title-line")
    expect(head).not_to_contain_text(f"Case {first} ")
    desk.picture()
    desk.shortcut("u", "undo-")
    expect(head).to_contain_text(f"Case {first} ")
    desk.says("Your verdict is withdrawn; it stays on record.")
    (verdict,) = review.open_case(site, first, actor=person("test")).verdicts
    assert verdict.withdrawn_at
    desk.picture()
    desk.sign("2")
    struck = page.locator(".st-key-panel-top del")
    expect(struck).to_contain_text("No fracture")
    desk.says("withdrawn")


def test_a_key_image_is_chosen_with_one_key_and_found_on_the_worklist(page: Page, day: tuple[Server, Site]) -> None:
    server, site = day
    same: dict[str, Any] = {"BodyPartExamined": "ANKLE", "StudyDate": "20250601"}
    views = [film(60 + place, study=60, pixels=bone(900, 600 + place), **same) for place in (1, 2)]
    first, second = stored(site, *views)
    member(site, "Dr. Star", WORDS, Role.READER)
    desk = Desk(page, server.url, "Dr. Star")
    row = page.locator(".case", has_text="2025-06-01")
    row.click()
    viewer = desk.picture()
    press(page, "]", "+", "i", "ArrowLeft")
    expect(viewer).to_have_attribute("data-image", str(second))
    desk.picture()
    settle(page)
    before, looks = state(viewer), screen(page)
    press(page, "q")
    corner = viewer.locator("[data-text=key-image]")
    expect(corner).to_have_text("★ Key image")
    desk.settled()
    assert state(viewer) == before
    assert np.array_equal(screen(page), looks)
    expect(viewer.locator(f'[data-view="{second}"] span')).to_contain_text("★")
    expect(viewer.locator(f'[data-view="{first}"] span')).not_to_contain_text("★")
    expect(viewer.locator("[data-action=key_image]")).to_have_attribute("aria-pressed", "true")
    desk.shortcut("w", "back")
    expect(row).to_contain_text("★ Key image")
    row.click()
    desk.picture()
    viewer.locator(f'[data-view="{second}"]').click()
    expect(corner).to_have_text("★ Key image")
    press(page, "q")
    expect(corner).to_have_text("")
    desk.shortcut("w", "back")
    expect(row).not_to_contain_text("Key image")
