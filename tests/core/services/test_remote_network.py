"""Remote network: answers as in this process, told failures, a new process after a death, and no Keras here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BundleUnavailable
from core.intake.grayscale import tone
from core.intake.reader import read_frames
from core.services.remote_network import RemoteNetwork
from core.services.site import load_predictor
from models.preprocess import Prepared
from tests.conftest import PROJECT_ROOT
from tests.core.services.films import film

NO_KERAS = """
import pkgutil, sys
from importlib import import_module
from pathlib import Path
import dashboard.screens
from core.intake.reader import read_frames
from core.services.asking import ask, question
from core.services.network import network_facts
from core.services.site import LazyPredictor

for found in pkgutil.iter_modules(dashboard.screens.__path__, "dashboard.screens."):
    import_module(found.name)
network = LazyPredictor(Path(sys.argv[1])).get()
frames = read_frames(Path(sys.argv[2]).read_bytes())
print(ask(network, [question(network, frame) for frame in frames])[0].answer)
network.close()
loaded = {name.split(".")[0] for name in sys.modules}
assert not {"keras", "tensorflow"} & loaded
"""


@pytest.fixture
def remote(bundle: Path) -> Iterator[RemoteNetwork]:
    """The small bundle in a process of its own."""
    network = RemoteNetwork(bundle, "linear")
    yield network
    network.close()


def prepared(network: RemoteNetwork) -> list[Prepared]:
    """One drawn film as the network wants it."""
    return [network.prepare(frame.pixels, tone(frame)) for frame in read_frames(film())]


def test_it_says_what_the_network_in_this_process_says(remote: RemoteNetwork, bundle: Path) -> None:
    here = load_predictor(bundle)
    asked = prepared(remote)
    [mine], [other] = here.predict(asked), remote.predict(asked)
    assert remote.bundle_id == here.bundle_id
    assert other.probability == pytest.approx(mine.probability, abs=1e-6)
    np.testing.assert_allclose(other.heat_map, mine.heat_map, atol=1e-5)
    assert remote.predict([]) == []


def test_a_process_that_died_is_told_and_replaced(remote: RemoteNetwork) -> None:
    asked = prepared(remote)
    worker = remote._worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(BundleUnavailable, match="starts again"):
        remote._asked(worker, asked)
    assert len(remote.predict(asked)) == 1
    assert remote._worker is not worker


def test_what_the_network_cannot_take_is_told_without_its_content(remote: RemoteNetwork) -> None:
    with pytest.raises(BundleUnavailable, match=r"failed on these images \(AttributeError\)"):
        remote.predict(["no image"])  # type: ignore[list-item]
    assert len(remote.predict(prepared(remote))) == 1


def test_a_server_that_asks_it_never_loads_keras(bundle: Path, tmp_path: Path) -> None:
    """Streamlit clears Keras's global state after every run of a page, wherever Keras is loaded."""
    (tmp_path / "film.dcm").write_bytes(film())
    command = [sys.executable, "-c", NO_KERAS, str(bundle), str(tmp_path / "film.dcm")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() in ("none", "doubt", "fracture")
