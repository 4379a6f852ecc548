"""App: starts both ways and from any folder, for this machine alone, serves page and health, and stops quietly."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import streamlit as st
from streamlit import config

from core.errors import InvalidSettings, StoreUnavailable
from core.jobs import JobState
from core.services.batch import start_import
from core.services.site import Site
from core.settings import Settings
from dashboard import resources
from dashboard.app import check_configuration, close
from tests.browser.serving import DASHBOARD, MODULE, SCRIPT, serving
from tests.conftest import PROJECT_ROOT
from tests.core.services.films import film
from tests.people import person


@pytest.mark.parametrize(
    ("streamlit", "started_in"), [(MODULE, PROJECT_ROOT), (SCRIPT, Path("/"))], ids=["module", "script elsewhere"]
)
def test_it_starts_both_ways(streamlit: Sequence[str], started_in: Path, tmp_path: Path) -> None:
    no_network = {"LUCENCY_BUNDLE": str(tmp_path / "nothing")}
    with serving(
        DASHBOARD, folder=tmp_path, environment=no_network, streamlit=streamlit, started_in=started_in
    ) as server:
        assert b"Create the first account" in read(server.url)
        told = json.loads(read(f"{server.url}/lucency/health"))
        assert (told["status"], told["network"]) in {("ok", "loading"), ("ok", "unavailable")}
        assert (server.data_dir / "lucency.sqlite3").is_file()
        with pytest.raises(URLError):
            read(server.url.replace("localhost", "127.0.0.2"))  # this machine too, but not the address it listens at
    assert "Traceback" not in server.log()
    assert "usage statistics" not in server.log()


@pytest.mark.parametrize(
    ("option", "value"),
    [("server.address", None), ("client.showErrorDetails", "full"), ("browser.gatherUsageStats", True)],
)
def test_it_does_not_start_with_defaults_of_streamlit_that_open_it(option: str, value: object) -> None:
    check_configuration()
    kept = config.get_option(option)
    config.set_option(option, value)
    try:
        with pytest.raises(InvalidSettings, match=r"config\.toml"):
            check_configuration()
    finally:
        config.set_option(option, kept)


def test_stopping_ends_an_import_before_it_lets_the_store_go(
    use: Callable[[Site], None], empty_site: Site, executor: Executor, tmp_path: Path
) -> None:
    use(empty_site)
    (tmp_path / "day").mkdir()
    for number in range(60):
        (tmp_path / "day" / f"{number:02d}.dcm").write_bytes(film(number, study=number))
    job = start_import(empty_site, executor, [tmp_path / "day"], actor=person())
    while not job.snapshot().results:
        job.wait(seconds=0.01)
    close()
    stopped = job.snapshot()
    assert stopped.state is JobState.CANCELLED
    assert 1 <= len(stopped.results) < 60


def test_a_server_begins_no_database_where_none_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_resource.clear()
    monkeypatch.setattr(resources, "settings", lambda: Settings(data_dir=tmp_path / "not mounted"))
    with pytest.raises(StoreUnavailable, match="Mount the folder"):
        resources.site()
    assert list(tmp_path.iterdir()) == []


def read(url: str) -> bytes:
    asked = Request(url, headers={"Accept": "text/html"})  # noqa: S310  (our own server)
    with urlopen(asked, timeout=20) as reply:  # noqa: S310
        return bytes(reply.read())
