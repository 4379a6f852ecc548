"""App: starts both ways from the project's root, serves the page and its health, and stops without complaint."""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.browser.serving import DASHBOARD, MODULE, SCRIPT, serving


@pytest.mark.parametrize("streamlit", [MODULE, SCRIPT], ids=["module", "script"])
def test_it_starts_both_ways(streamlit: Sequence[str], tmp_path: Path) -> None:
    no_network = {"LUCENCY_BUNDLE": str(tmp_path / "nothing")}
    with serving(DASHBOARD, folder=tmp_path, environment=no_network, streamlit=streamlit) as server:
        assert b"Create the first account" in read(server.url)
        told = json.loads(read(f"{server.url}/lucency/health"))
        assert (told["status"], told["network"]) in {("ok", "loading"), ("ok", "unavailable")}
        assert (server.data_dir / "lucency.sqlite3").is_file()
    assert "Traceback" not in server.log()


def read(url: str) -> bytes:
    asked = Request(url, headers={"Accept": "text/html"})  # noqa: S310  (our own server)
    with urlopen(asked, timeout=20) as reply:  # noqa: S310
        return bytes(reply.read())
