"""Screenshots: every screen, dark and light, at the usual sizes, on a site with samples and real radiographs.

python -m tests.browser.screenshots --out DIR
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from core.records import Opinion, Statement, WorklistFilter
from core.rights import Role
from core.services import review
from core.services.analyse import analyse_pending
from core.services.ingest import ingest_paths
from core.services.samples import sample_receipts
from core.services.site import Site, open_site
from core.services.triage import worklist
from core.settings import Settings
from dashboard.performance_wording import TABS
from tests.browser.conftest import ARGUMENTS, chromium_path
from tests.browser.desk import WORDS, Desk
from tests.browser.serving import DASHBOARD, Server, serving
from tests.conftest import SHARED_DATA
from tests.core.services.films import film
from tests.factories import bone
from tests.people import member, person

SIZES = ((1440, 900), (1920, 1080))
THEMES = ("Dark", "Light")
READER = "Dr. A. Marsh"
DICOMS = ("6d63f282_RG3_RLE", "d80dab6c_RG2_RLE")
REFUSED = ("0db74e1c_CT2_JPLL", "59ca5f4f_reportsi.dcm")
JPEGS = 24
PROVIDER = {
    "ISSUER": "https://login.example.org",
    "CLIENT_ID": "lucency",
    "CLIENT_SECRET": "never sent",
    "PUBLIC_URL": "https://lucency.example.org",
    "LABEL": "your hospital account",
    "READER_GROUPS": "radiology",
}
"""A hospital's sign-in as its page shows it; nobody is asked."""
TWICE = {"LUCENCY_READS": "2"}


def real_files(folder: Path) -> list[Path]:
    """Some of the real radiographs, fractured and not in turn, when they are beside the project."""
    if not folder.is_dir():
        return []
    with (folder / "fracatlas" / "labels.csv").open(encoding="utf-8", newline="") as labels:
        rows = [row for row in csv.DictReader(labels) if row["split"] == "test"]
    chosen = [[row["image"] for row in rows if row["fractured"] == kind][: JPEGS // 2] for kind in "10"]
    names = [name for pair in zip(*chosen, strict=True) for name in pair]
    return [*(folder / "dicom" / name for name in DICOMS), *(folder / "fracatlas" / "images" / name for name in names)]


def seed(data_dir: Path, folder: Path) -> None:
    """Fill the store: samples, real images, answers, some verdicts and flags."""
    with open_site(Settings(data_dir=data_dir)) as site:
        list(sample_receipts(site, actor="screenshots"))
        list(ingest_paths(site, real_files(folder), actor="screenshots"))
        list(ingest_paths(site, drawn_files(data_dir), actor="screenshots"))
        list(analyse_pending(site, actor="screenshots"))
        for name, role in (("Dr. B. Okafor", Role.READER), ("Dr. L. Tang", Role.LEAD), ("S. Novak", Role.ADMIN)):
            member(site, name, WORDS, role)
        member(site, READER, WORDS)
        read_some(site)


def drawn_files(data_dir: Path) -> list[Path]:
    """A drawn patient who was here a year ago, and one with four views."""
    folder = data_dir.parent / "drawn"
    folder.mkdir()
    same = {"PatientID": "P-2041", "BodyPartExamined": "FOREARM", "ImageLaterality": "L"}
    for number, day in enumerate(("20240301", "20250301"), start=1):
        elements: dict[str, Any] = same | {"StudyDate": day}
        pixels = bone(1400, 900 + number)
        (folder / f"{number}.dcm").write_bytes(film(number, study=900 + number, pixels=pixels, **elements))
    for number, view in enumerate(("PA", "LL", "RLO", "LLO"), start=1):
        elements = {"PatientID": "P-3052", "BodyPartExamined": "WRIST", "ViewPosition": view, "StudyDate": "20250302"}
        pixels = bone(1300, 880 + 40 * number)
        (folder / f"view-{number}.dcm").write_bytes(film(number, study=950, pixels=pixels, **elements))
    return sorted(folder.iterdir())


def seed_twice(data_dir: Path, folder: Path) -> None:
    """A store where two readers read each case: one case half read, one on which they differ."""
    with open_site(Settings(data_dir=data_dir, reads=2)) as site:
        list(sample_receipts(site, actor="screenshots"))
        list(ingest_paths(site, real_files(folder)[:6], actor="screenshots"))
        list(analyse_pending(site, actor="screenshots"))
        for name, role in (("Dr. B. Okafor", Role.READER), (READER, Role.READER), ("Dr. L. Tang", Role.LEAD)):
            member(site, name, WORDS, role)
        rows = worklist(site, WorklistFilter(), actor=person()).rows[:4]
        for place, row in enumerate(rows[:3]):
            review.give_verdict(
                site, row.study_key, Statement(Opinion.FRACTURE, comment="Cortical step"), actor=person("Dr. B. Okafor")
            )
            if place != 1:
                review.give_verdict(site, row.study_key, Statement(Opinion.NO_FRACTURE), actor=person(READER))


def read_some(site: Site) -> None:
    """Verdicts on the samples and some real images, and a flag on every third of them."""
    rows = worklist(site, WorklistFilter(), actor=person()).rows
    chosen = [row for place, row in enumerate(rows) if row.synthetic or place % 5 == 3]
    for place, row in enumerate(chosen):
        opinion = (Opinion.FRACTURE, Opinion.NO_FRACTURE)[place % 2]
        review.give_verdict(site, row.study_key, Statement(opinion, confidence=4), actor=person(READER))
        review.reveal_ai(site, row.study_key, actor=person(READER))
        if place % 3 == 1:
            review.flag(site, row.study_key, actor=person(READER), reason="Second opinion")


@contextmanager
def window(browser: Browser, size: tuple[int, int]) -> Iterator[Page]:
    """One visitor's window of this size."""
    context = browser.new_context(viewport=ViewportSize(width=size[0], height=size[1]))
    yield context.new_page()
    context.close()


class Camera:
    """Takes the pictures of one theme at one size."""

    def __init__(self, desk: Desk, out: Path, label: str) -> None:
        self.desk, self.out, self.label = desk, out, label

    def shoot(self, name: str) -> None:
        """Save what is on the screen once it stands still."""
        self.desk.settled()
        self.desk.page.mouse.move(1, 1)
        self.desk.page.wait_for_timeout(700)
        self.desk.page.screenshot(path=self.out / f"{name}-{self.label}.png")


def choose_theme(desk: Desk, theme: str) -> None:
    """Dark or light, from the menu, as a reader would."""
    desk.settled()
    desk.page.get_by_test_id("stMainMenu").get_by_role("button").click()
    desk.page.get_by_role("menuitemradio", name=theme).click()
    desk.page.keyboard.press("Escape")


def tour(desk: Desk, camera: Camera, files: Sequence[Path]) -> None:
    """Every screen once, in the order of a day's work."""
    camera.shoot("worklist")
    reading(desk, camera)
    views(desk, camera)
    desk.go("Upload")
    camera.shoot("upload-1-empty")
    if files:
        desk.upload(files)
        camera.shoot("upload-2-result")
    for title in ("Export", "Agreement", "Audit", "Accounts"):
        desk.go(title)
        camera.shoot(title.lower())
    desk.go("Performance")
    camera.shoot("performance-1-glance")
    for number, tab in enumerate(TABS[1:], start=2):
        desk.page.get_by_role("tab", name=tab).click()
        camera.shoot(f"performance-{number}-{tab.split()[0].lower()}")
    desk.go("About")
    camera.shoot("about")
    desk.page.get_by_role("button", name=READER).click()
    camera.shoot("account-menu")
    desk.page.get_by_role("button", name="Keys").click()
    camera.shoot("keys")


def reading(desk: Desk, camera: Camera) -> None:
    """One case from the picture to the second verdict, and the keys over it."""
    desk.open_next()
    camera.shoot("reading-1-before")
    desk.shortcut("2", "sign-")
    camera.shoot("reading-2-chosen")
    desk.sign("2")
    camera.shoot("reading-3-revealed")
    desk.press("?")
    expect(desk.page.get_by_role("dialog", name="Keys")).to_be_visible()
    camera.shoot("reading-4-keys")
    desk.press("?")
    desk.shortcut("e", "change-")
    desk.says("Your second verdict")
    camera.shoot("reading-5-second-verdict")


def views(desk: Desk, camera: Camera) -> None:
    """The prior beside the case, and the views of a study side by side."""
    desk.go("Worklist")
    desk.page.locator(".case", has_text="2025-03-01").click()
    desk.picture()
    camera.shoot("reading-6-prior")
    desk.go("Worklist")
    desk.page.locator(".case", has_text="P-3052").first.click()
    desk.picture()
    desk.settled()
    cells = desk.page.locator(".lucency-cell")
    for count in (1, 2, 4):
        expect(cells).to_have_count(count)
        for cell in cells.all():
            expect(cell).to_have_attribute("data-state", "ready")
        camera.shoot(f"reading-{7 + count // 2}-layout-{count}")
        desk.press("d")


def double_reading(desk: Desk, camera: Camera) -> None:
    """Where two readers read each case: what waits, and the panel of whoever decides."""
    camera.shoot("double-1-worklist")
    desk.page.locator(".case", has_text="Adjudication").first.click()
    desk.picture()
    camera.shoot("double-2-adjudication")


def take(server: Server, browser: Browser, out: Path, folder: Path) -> None:
    """All sizes and themes."""
    refused = [folder / "dicom" / name for name in REFUSED]
    files = [*real_files(folder)[:3], *(file for file in refused if file.is_file())]
    for size in SIZES:
        for theme in THEMES:
            with window(browser, size) as page:
                desk = Desk(page, server.url, READER)
                choose_theme(desk, theme)
                tour(desk, Camera(desk, out, label(theme, size)), files)


def take_twice(server: Server, browser: Browser, out: Path) -> None:
    """The screens that differ where two readers read each case."""
    for size in SIZES:
        for theme in THEMES:
            with window(browser, size) as page:
                desk = Desk(page, server.url, "Dr. L. Tang")
                choose_theme(desk, theme)
                double_reading(desk, Camera(desk, out, label(theme, size)))


def take_sign_in(server: Server, browser: Browser, out: Path) -> None:
    """The page before all others, at a site whose hospital signs people in; it follows the system's theme."""
    for size in SIZES:
        for theme in THEMES:
            with window(browser, size) as page:
                page.emulate_media(color_scheme="light" if theme == "Light" else "dark")
                page.goto(server.url)
                expect(page.get_by_role("link", name="Sign in with")).to_be_visible()
                page.screenshot(path=out / f"sign-in-{label(theme, size)}.png")


def label(theme: str, size: tuple[int, int]) -> str:
    """What tells the pictures of a screen apart."""
    return f"{theme.lower()}-{size[0]}x{size[1]}"


def empty(server: Server, browser: Browser, out: Path) -> None:
    """The first start: nobody has an account, and nothing is there yet."""
    with window(browser, SIZES[0]) as page:
        page.goto(server.url)
        page.screenshot(path=out / "first-account-dark-1440x900.png")
        desk = Desk(page, server.url)
        desk.says("The worklist is empty")
        Camera(desk, out, "dark-1440x900").shoot("worklist-empty")


def main(arguments: Sequence[str] | None = None) -> None:
    """Take all pictures into the folder that was named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=SHARED_DATA)
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        bare, full, twice = (Path(folder) / name for name in ("bare", "full", "twice"))
        for one in (bare, full, twice):
            one.mkdir()
        with serving(DASHBOARD, folder=bare) as server:
            empty(server, browser, chosen.out)
        seed(full / "data", chosen.data)
        with serving(DASHBOARD, folder=full) as server:
            take(server, browser, chosen.out, chosen.data)
        seed_twice(twice / "data", chosen.data)
        with serving(DASHBOARD, folder=twice, environment=TWICE) as server:
            take_twice(server, browser, chosen.out)
        provider = {f"LUCENCY_OIDC_{name}": value for name, value in PROVIDER.items()}
        with serving(DASHBOARD, folder=twice, environment=provider) as server:
            take_sign_in(server, browser, chosen.out)
        browser.close()


if __name__ == "__main__":
    main()
