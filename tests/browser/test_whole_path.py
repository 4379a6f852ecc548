"""The whole path in a real browser: from the file to the signed review and the exported table."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.records import Answer, Case, WorklistFilter
from core.services import review
from core.services.site import Site, open_site
from core.services.triage import worklist
from core.settings import Settings
from tests.browser.desk import IMPORT_PATIENCE, READER, Desk
from tests.browser.serving import DASHBOARD, Server, serving
from tests.conftest import missing
from tests.people import person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.shared,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("whole_path"),
]

REASON = "Disagree with the AI"
DICOMS = ("6d63f282_RG3_RLE", "d80dab6c_RG2_RLE")
JPEGS = 4
REFUSED = "0db74e1c_CT2_JPLL"
OPPOSITE = {Answer.FRACTURE: "1", Answer.NONE: "2"}
"""The key of the opinion that contradicts an answer."""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    """The dashboard with a store of its own, and a network that can be asked."""
    if not (Settings().bundle / "bundle.json").is_file():
        missing("no bundle in models/shipped; train one, or point LUCENCY_BUNDLE at one")
    with serving(DASHBOARD, folder=tmp_path) as server:
        yield server


@pytest.fixture
def store(fresh: Server) -> Iterator[Site]:
    """The same store, opened beside the server."""
    with open_site(Settings(data_dir=fresh.data_dir)) as site:
        yield site


def real_files(shared_data: Path) -> list[Path]:
    """Two real DICOM files, real JPEGs, and a CT that must be refused."""
    jpegs = sorted((shared_data / "fracatlas" / "images").iterdir())[:JPEGS]
    return [*(shared_data / "dicom" / name for name in (*DICOMS, REFUSED)), *jpegs]


def cases(store: Site) -> list[Case]:
    """Every case of the store, in the worklist's order."""
    rows = worklist(store, WorklistFilter(), actor=person()).rows
    return [review.open_case(store, row.study_key, actor=person("test")) for row in rows]


def answered(store: Site, key: int) -> Answer | None:
    """The AI's answer on a study."""
    finding = review.open_case(store, key, actor=person("test")).finding
    return finding.answer if finding else None


def read_all(desk: Desk, store: Site) -> int:
    """Read every case with the keyboard, contradicting the AI wherever it said yes or no; flag the first such case."""
    flagged = 0
    for case in cases(store):
        wanted = "|".join(str(image.key) for image in case.images)
        expect(desk.picture()).to_have_attribute("data-image", re.compile(f"^({wanted})$"))
        expect(desk.page.locator(".st-key-ai-card")).to_have_count(0)
        answer = answered(store, case.study.key)
        desk.sign(OPPOSITE.get(answer, "3") if answer else "3")
        if answer in OPPOSITE and not flagged:
            desk.says("You and the AI disagree")
            desk.flag(REASON)
            flagged = case.study.key
        desk.shortcut("n", "next-")
    return flagged


def exported(desk: Desk) -> list[dict[str, str]]:
    """The rows of the downloaded CSV."""
    with desk.page.expect_download() as waiting:
        desk.shortcut("d", "download")
    content = Path(waiting.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_from_real_files_to_the_exported_review(page: Page, fresh: Server, store: Site, shared_data: Path) -> None:
    desk = Desk(page, fresh.url)
    desk.upload(real_files(shared_data))
    desk.says(f"{len(DICOMS) + JPEGS} images taken in, 1 refused")
    listed = cases(store)
    desk.shortcut("w", "to-worklist")
    expect(desk.rows()).to_have_count(len(listed))
    expect(desk.rows().first).to_contain_text("after reading")
    desk.open_next()
    flagged = read_all(desk, store)
    assert flagged, "the network said yes or no on none of the images: nothing to disagree with"
    desk.says("Everything in this list is read.")
    desk.go("Export")
    (row,) = exported(desk)
    assert row["study_key"] == str(flagged)
    assert (row["agreement"], row["flag_reason"], row["reader"]) == ("disagree", REASON, READER)
    assert {"fracture": "no_fracture", "none": "fracture"}[row["ai_answer"]] == row["reader_opinion"]
    assert not {"patient_id", "patient_name", "study_date"} & set(row)


def refreshes_in_place(desk: Desk, store: Site) -> None:
    """A colleague's flag appears by itself, and the focus stays on its row."""
    third = desk.rows().nth(2)
    third.focus()
    key = int(third.get_attribute("data-key") or 0)
    review.flag(store, key, actor=person("Dr. Other"), reason="Second opinion")
    same = desk.page.locator(f'.case[data-key="{key}"]')
    expect(same).to_contain_text("⚑ Flagged")
    expect(same).to_be_focused()


def test_an_empty_worklist_offers_samples_that_can_be_read(page: Page, fresh: Server, store: Site) -> None:
    desk = Desk(page, fresh.url)
    desk.says("The worklist is empty")
    desk.shortcut("s", "add-samples")
    expect(desk.rows()).to_have_count(6, timeout=IMPORT_PATIENCE)
    refreshes_in_place(desk, store)
    desk.rows().nth(0).focus()
    desk.press("ArrowDown")
    expect(desk.rows().nth(1)).to_be_focused()
    desk.press("Enter")
    expect(desk.picture().get_by_text("SYNTHETIC").first).to_be_visible()
    desk.sign("2")
    desk.says("A drawing, not a patient")
    (read,) = [case for case in cases(store) if case.verdict]
    assert read.verdict
    assert (read.verdict.reader, read.verdict.after_ai) == (READER, False)
    desk.shortcut("e", "change-")
    desk.says("Your second verdict")
    desk.shortcut("1", "sign-")
    desk.press("s")
    expect(page.locator(".st-key-panel-top").get_by_text("after the AI")).to_be_visible()
    verdicts = review.open_case(store, read.study.key, actor=person("test")).verdicts
    assert [(verdict.opinion.value, verdict.after_ai) for verdict in verdicts] == [
        ("fracture", False),
        ("no_fracture", True),
    ]
