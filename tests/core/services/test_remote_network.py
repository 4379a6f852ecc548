"""Remote network: answers as in this process, told failures, a new process after a death, and no Keras here."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from core.errors import BundleUnavailable
from core.intake.grayscale import tone
from core.intake.reader import read_frames
from core.intake.sandbox import time_limit
from core.services import remote_network
from core.services.remote_network import RemoteNetwork
from core.services.site import LazyPredictor, load_predictor
from models.preprocess import Prepared
from tests.conftest import PROJECT_ROOT
from tests.core.conftest import Pretend
from tests.core.services.films import film

NO_KERAS = """
import pkgutil, sys
from importlib import import_module
from pathlib import Path
import dashboard.screens
from core.intake.reader import read_frames
from core.services import remote_network
from core.services.asking import ask, question
from core.services.network import network_facts
from core.services.site import LazyPredictor

for found in pkgutil.iter_modules(dashboard.screens.__path__, "dashboard.screens."):
    import_module(found.name)
remote_network._START = sys.argv[3]
network = LazyPredictor(Path(sys.argv[1])).get()
frames = read_frames(Path(sys.argv[2]).read_bytes())
print(ask(network, [question(network, frame) for frame in frames])[0].answer)
network.close()
loaded = {name.split(".")[0] for name in sys.modules}
assert not {"keras", "tensorflow"} & loaded
"""


def prepared(network: RemoteNetwork) -> list[Prepared]:
    """One drawn film as the network wants it."""
    return [network.prepare(frame.pixels, tone(frame)) for frame in read_frames(film())]


def test_it_says_what_the_network_in_this_process_says(network: LazyPredictor, bundle: Path) -> None:
    here, remote = load_predictor(bundle), network.get()
    asked = prepared(remote)
    [mine], [other] = here.predict(asked), remote.predict(asked)
    assert remote.bundle_id == here.bundle_id
    assert other.probability == pytest.approx(mine.probability, abs=1e-6)
    np.testing.assert_allclose(other.heat_map, mine.heat_map, atol=1e-5)
    assert remote.predict([]) == []


def test_a_process_that_died_is_told_and_replaced(pretend: Pretend) -> None:
    remote = pretend().get()
    asked = prepared(remote)
    worker = remote._worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(BundleUnavailable, match="starts again"):
        remote._asked(worker, asked)
    assert len(remote.predict(asked)) == 1
    assert remote._worker is not worker


def test_what_the_network_cannot_take_is_told_without_its_content(
    network: LazyPredictor, caplog: pytest.LogCaptureFixture
) -> None:
    remote = network.get()
    with pytest.raises(BundleUnavailable, match=r"failed on these images \(AttributeError\)"):
        remote.predict(["no image"])  # type: ignore[list-item]
    assert "AttributeError at " in caplog.text
    assert "predict (predictor.py:" in caplog.text
    assert "no attribute" not in caplog.text
    assert len(remote.predict(prepared(remote))) == 1


def test_a_server_that_asks_it_never_loads_keras(pretend: Pretend, tmp_path: Path) -> None:
    """Streamlit clears Keras's global state after every run of a page, wherever Keras is loaded."""
    (tmp_path / "film.dcm").write_bytes(film())
    pretend(folder=tmp_path / "bundle")
    started, files = remote_network._START, (str(tmp_path / "bundle"), str(tmp_path / "film.dcm"))
    command = [sys.executable, "-c", NO_KERAS, *files, started]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "doubt"


HANG = "time.sleep(600)"
REAL_START = remote_network._START


def asked_of(network: RemoteNetwork, rows: int) -> list[Prepared]:
    """A plain picture of this height as the network wants it."""
    return [network.prepare(np.arange(rows * 64, dtype=np.uint16).reshape(rows, 64))]


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of time that a test can wait for."""
    monkeypatch.setattr("core.services.remote_network.QUESTION_SECONDS", 0.9)
    monkeypatch.setattr("core.services.remote_network.IMAGE_SECONDS", 0.1)


@pytest.mark.usefixtures("brief")
def test_a_question_that_takes_too_long_is_stopped_and_the_next_one_answered(pretend: Pretend) -> None:
    network = pretend(asked=f"if 77 in rows: {HANG}").get()
    assert len(network.predict(asked_of(network, 70))) == 1
    with pytest.raises(BundleUnavailable, match="too long"):
        network.predict(asked_of(network, 77))
    assert len(network.predict(asked_of(network, 70))) == 1


def test_each_image_of_a_question_adds_to_its_time(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    network, limits = pretend().get(), list[float]()

    def noted(
        process: "subprocess.Popen[bytes]", seconds: float, late: threading.Event
    ) -> AbstractContextManager[None]:
        limits.append(seconds)
        return time_limit(process, seconds, late)

    monkeypatch.setattr("core.services.remote_network.time_limit", noted)
    network.predict(asked_of(network, 70) * 3)
    assert limits == [remote_network.QUESTION_SECONDS + 3 * remote_network.IMAGE_SECONDS]


def test_a_network_that_never_gets_ready_is_stopped(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.services.remote_network.LOADING_SECONDS", 0.5)
    with pytest.raises(BundleUnavailable, match="too long"):
        pretend(loading=HANG).get()


@pytest.mark.parametrize(
    "loading",
    ["sys.exit(1)", "os.write(1, bytes([128, 5, 149, 90, 0, 0, 0, 0, 0, 0, 0, 1])); os._exit(1)"],
    ids=["silent", "within its answer"],
)
def test_a_process_that_ends_while_it_loads_is_told(pretend: Pretend, loading: str) -> None:
    with pytest.raises(BundleUnavailable, match="stopped while it was loading"):
        pretend(loading=loading).get()


def test_what_breaks_while_it_loads_is_told_by_its_class_and_logged_with_its_place(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process itself, with a library that is not there."""
    network = pretend()
    missing = "import sys; sys.modules['models.predictor'] = None; "
    monkeypatch.setattr(remote_network, "_START", missing + REAL_START)
    with pytest.raises(BundleUnavailable, match=r"could not be loaded \(ModuleNotFoundError\)"):
        network.get()
    assert "ModuleNotFoundError at load_predictor (site.py:" in caplog.text
    assert "halted" not in caplog.text, "the error's own text"


def test_a_process_that_cannot_be_started_is_told_and_tried_again(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = pretend()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(BundleUnavailable, match="could not be started"):
            network.get()
    assert network.get().bundle_id == "pretended"


def test_another_network_in_its_place_is_told_and_never_asked(pretend: Pretend) -> None:
    network = pretend(loading="if starts > 1: send(sink, Ready('another'))").get()
    worker = network._worker
    assert worker is not None
    worker.kill()
    wait_for(lambda: not worker.alive)
    for _ in range(2):
        with pytest.raises(BundleUnavailable, match="replaced"):
            network.predict(asked_of(network, 70))
    assert network._worker is None
    assert network.bundle_id == "pretended"


def refused(work: Callable[[], object], told: list[str]) -> threading.Thread:
    """A thread that does the work and notes why it got nothing."""

    def run() -> None:
        try:
            work()
        except BundleUnavailable as error:
            told.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def wait_for(seen: Callable[[], object]) -> None:
    """Until it is so, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not seen() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_closing_does_not_wait_for_a_question_and_nothing_starts_after_it(pretend: Pretend, tmp_path: Path) -> None:
    seen, told = tmp_path / "asked", list[str]()
    network = pretend(asked=f"open({str(seen)!r}, 'w').close(); {HANG}").get()
    thread = refused(lambda: network.predict(asked_of(network, 70)), told)
    wait_for(seen.exists)
    started = time.monotonic()
    network.close()
    thread.join(10)
    assert time.monotonic() - started < 10
    assert told == [remote_network.STOPPED]
    with pytest.raises(BundleUnavailable, match="closed"):
        network.predict(asked_of(network, 70))


def test_closing_does_not_wait_for_the_loading(pretend: Pretend) -> None:
    told = list[str]()
    network = pretend(loading=HANG)
    thread = refused(network.get, told)
    wait_for(lambda: network._loading and network._loading._worker)
    started = time.monotonic()
    network.close()
    thread.join(10)
    assert time.monotonic() - started < 10
    assert told in ([remote_network.STOPPED], [remote_network.CLOSED])
