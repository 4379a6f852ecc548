"""Serving: starts a Streamlit app as its users do, waits until it answers, and stops it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from types import MappingProxyType
from urllib.error import URLError
from urllib.request import urlopen

from core.services.site import open_site
from core.settings import Settings
from tests.conftest import PROJECT_ROOT

START_SECONDS = 90
MODULE = (sys.executable, "-m", "streamlit")
SCRIPT = (str(Path(sys.executable).with_name("streamlit")),)
"""The two ways to start Streamlit: the second puts only the app's own folder on Python's path."""
DASHBOARD = PROJECT_ROOT / "dashboard" / "app.py"


@dataclass(frozen=True)
class Server:
    """A running app: where it is, where it keeps its data, and what it has logged."""

    url: str
    data_dir: Path
    log_file: Path

    def log(self) -> str:
        """All that the server has printed so far."""
        return self.log_file.read_text("utf-8", errors="replace")


@contextmanager
def serving(
    script: Path,
    *,
    folder: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    streamlit: Sequence[str] = MODULE,
    port: int | None = None,
    started_in: Path = PROJECT_ROOT,
) -> Iterator[Server]:
    """The app on this port, or a free one, its data and its log in `folder`; stopped at the end.

    The database is begun before, as `make run` does.
    """
    server = Server(f"http://localhost:{port or free_port()}", folder / "data", folder / "server.log")
    command = [*streamlit, "run", str(script), "--server.port", server.url.rpartition(":")[2]]
    variables = os.environ | {"LUCENCY_DATA_DIR": str(server.data_dir)} | dict(environment)
    open_site(Settings(data_dir=server.data_dir)).close()
    with server.log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=started_in, env=variables, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def wait_for(server: Server, process: "subprocess.Popen[bytes]") -> None:
    """Return once the health route answers; fail with the log when the server ends or stays silent."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(f"{server.url}/lucency/health"):
            return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{server.log()}")


def answers(url: str) -> bool:
    """Something there says 200."""
    try:
        with urlopen(url, timeout=10) as reply:  # noqa: S310  (our own server)
            return int(reply.status) == 200
    except (URLError, ConnectionError, TimeoutError):
        return False
