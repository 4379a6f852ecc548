"""Fixtures of the dashboard's tests: a real site with sample studies and answers, and one screen or all of them."""

import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.arrivals import NewFinding
from core.records import Answer, WorklistFilter
from core.rights import EVERYTHING, Role
from core.services.decoder import Decoder
from core.services.sign_in import digest
from core.services.site import Site, utc_now
from core.settings import Settings
from core.store import accounts, findings, sign_ins, worklist
from dashboard import resources, session
from tests.conftest import PROJECT_ROOT
from tests.core.services.films import film, stored
from tests.sites import opened

BUNDLE = "drawn-00000000"
ANSWERS = ((Answer.FRACTURE, 0.91), (Answer.DOUBT, 0.4), (Answer.NONE, 0.02))
READER = "Dr. Test"
SESSION = "of a test"

Screen = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """`AppTest` leaves its script behind as `__main__`, which processes of later tests would run when they start."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path, decoder: Decoder) -> Path:
    """A data folder with seven studies: the answers fracture, doubt and none in turn, and one without an answer."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    with opened(without_network(folder), migrated, decoder, utc_now) as site:
        images = stored(site, *(film(study=number, BodyPartExamined="WRIST") for number in range(1, 8)))
        with site.database.session() as session:
            for place, key in enumerate(images[:-1]):
                answer, probability = ANSWERS[place % 3]
                findings.add(session, finding(key, answer, probability), at=site.clock())
    return folder


def without_network(folder: Path) -> Settings:
    """The choices of a site whose data lie in this folder."""
    return Settings(data_dir=folder, bundle=folder / "nothing")


def finding(image_key: int, answer: Answer, probability: float) -> NewFinding:
    """An answer as the network would give it."""
    return NewFinding(
        image_key=image_key, bundle=BUNDLE, probability=probability, answer=answer, peak=(10, 20), regions=(),
        heat_map_sha256="0" * 64, seconds=0.1,
    )  # fmt: skip


@pytest.fixture
def site(prepared: Path, migrated: Path, tmp_path: Path, decoder: Decoder) -> Iterator[Site]:
    """A site of its own with the prepared data."""
    settings = without_network(shutil.copytree(prepared, tmp_path / "data"))
    with opened(settings, migrated, decoder, utc_now) as prepared_site:
        yield prepared_site


@pytest.fixture
def empty_site(tmp_path: Path, migrated: Path, decoder: Decoder) -> Iterator[Site]:
    """A site without any image."""
    with opened(without_network(tmp_path / "data"), migrated, decoder, utc_now) as bare:
        yield bare


def signed_in(site: Site, *roles: Role, name: str = READER, token: str = SESSION) -> None:
    """Somebody with these roles, or all, is signed in with this token. No password: none is compared in these tests."""
    with site.database.session() as rows:
        known = accounts.by_name(rows, name)
        if known is None:
            known = accounts.add(
                rows, name=name, password_hash="", roles=roles or EVERYTHING, must_change=False, at=site.clock()
            )
        elif roles:
            accounts.set_roles(rows, known.key, roles)
        sign_ins.end(rows, digest(token))
        sign_ins.begin(rows, known.key, digest(token), at=site.clock())


@pytest.fixture
def executor() -> Iterator[Executor]:
    """Threads that end with the test."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, executor: Executor) -> Callable[[Site], None]:
    """Make the pages use this site and these threads."""

    def chosen(site: Site) -> None:
        st.cache_resource.clear()
        monkeypatch.setattr(resources, "settings", lambda: site.settings)
        monkeypatch.setattr(resources, "site", lambda: site)
        monkeypatch.setattr(resources, "executor", lambda: executor)
        monkeypatch.setattr(resources, "bundle_problem", lambda: None)  # as while the network is being loaded
        monkeypatch.setattr(resources, "network", lambda: None)
        monkeypatch.setattr(session, "token", lambda: SESSION)

    return chosen


@pytest.fixture
def screen(use: Callable[[Site], None]) -> Screen:
    """`screen(name, site)`: one screen after its first run; whoever looks has all roles, or those given."""

    def run(name: str, site: Site, *roles: Role, **state: object) -> AppTest:
        use(site)
        signed_in(site, *roles)
        test = AppTest.from_function(draw, args=(name,), default_timeout=30)
        for key, value in state.items():
            test.session_state[key] = value
        return test.run()

    return run


def draw(name: str) -> None:
    """The script of one screen. `AppTest` runs its source alone, so its imports stand inside."""
    from importlib import import_module

    from dashboard.parts.boundary import guarded

    guarded(import_module(f"dashboard.screens.{name}").render)()


@pytest.fixture
def dashboard(use: Callable[[Site], None]) -> Callable[..., AppTest]:
    """`dashboard(site)`: all pages of somebody with all roles, or those given, on the first one."""

    def run(site: Site, *roles: Role) -> AppTest:
        use(site)
        signed_in(site, *roles)
        return AppTest.from_file(PROJECT_ROOT / "dashboard" / "main.py", default_timeout=30).run()

    return run


def press(test: AppTest, name: str) -> AppTest:
    """Press the button whose key begins with this name: keys on the reading page end with the study's."""
    next(button for button in test.button if str(button.key).startswith(name)).click()
    return test.run()


def keys(site: Site) -> list[int]:
    """Every study, most urgent first."""
    with site.database.reading() as session:
        return [row.study_key for row in worklist.page(session, WorklistFilter()).rows]


def texts(test: AppTest) -> str:
    """All that a page says, in one string."""
    shown = [*test.markdown, *test.caption, *test.error, *test.info, *test.warning]
    return "\n".join(str(element.value) for element in shown)
