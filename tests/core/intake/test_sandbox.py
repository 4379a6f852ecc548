"""The decoding worker: the same results, limits of time and memory, and no worker left behind."""

import fcntl
import functools
import gc
import os
import pickle
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import CorruptFile, DecoderUnavailable, DecodingStopped, NoPixels, TooLarge
from core.intake.reader import read_frames
from core.intake.sandbox import Sandbox
from core.settings import Limits
from tests import factories as make

PROJECT_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as shared:
        yield shared


@functools.cache
def slow_image() -> bytes:
    """Sixty frames of JPEG 2000 noise, valid and seconds long to decode."""
    noise = np.random.default_rng(0).integers(0, 65536, (700, 700), dtype=np.uint16)
    frames = [make.jpeg_2000(noise)] * 60
    elements = {"NumberOfFrames": 60}
    return make.dicom(noise, transfer_syntax=make.JPEG_2000_LOSSLESS, bits_stored=16, frames=frames, elements=elements)


def pid_of(sandbox: Sandbox) -> int:
    pid = sandbox._worker_pid()
    assert pid is not None
    return pid


def is_gone(pid: int, *, within: float = 0) -> bool:
    """True when the process ended, waiting for it if need be."""
    deadline = time.monotonic() + within
    while _runs(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/status")
        return "(zombie)" not in status.read_text() if status.parent.parent.is_dir() else True
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(
    "data",
    [
        make.dicom(np.stack([make.ramp(), make.ramp()[::-1]]), elements={"WindowCenter": 5, "WindowWidth": 50}),
        make.dicom(elements={"VOILUTSequence": [make.lut_item([1, 2, 3])], "PixelSpacing": [0.1, 0.2]}),
        make.picture(None, "JPEG"),
        make.picture(make.ramp(bits=16), "TIFF"),
    ],
)
def test_the_same_as_without(sandbox: Sandbox, data: bytes) -> None:
    inside, outside = sandbox.read_frames(data), read_frames(data)
    assert [repr(frame) for frame in inside] == [repr(frame) for frame in outside]
    assert [frame.identity for frame in inside] == [frame.identity for frame in outside]
    for first, second in zip(inside, outside, strict=True):
        np.testing.assert_array_equal(first.pixels, second.pixels)
        assert not first.pixels.flags.writeable


def test_typed_errors_travel_unchanged(sandbox: Sandbox) -> None:
    data = make.dicom_object(make.SOP_CLASSES["SR"], "SR")
    with pytest.raises(NoPixels) as outside:
        read_frames(data)
    with pytest.raises(NoPixels) as inside:
        sandbox.read_frames(data)
    assert str(inside.value) == str(outside.value)
    with pytest.raises(CorruptFile):
        sandbox.read_frames(make.dicom()[:-50])


def test_worker_is_reused(sandbox: Sandbox) -> None:
    sandbox.read_frames(make.dicom())
    before = pid_of(sandbox)
    sandbox.read_frames(make.dicom())
    assert pid_of(sandbox) == before


def test_many_threads(sandbox: Sandbox) -> None:
    images = [make.ramp(8 + i, 9) for i in range(12)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pixels: sandbox.read_frames(make.dicom(pixels))[0].pixels, images))
    for pixels, expected in zip(found, images, strict=True):
        np.testing.assert_array_equal(pixels, expected)


def test_file_too_large_never_reaches_the_worker() -> None:
    with Sandbox(Limits(file_bytes=100)) as small:
        with pytest.raises(TooLarge):
            small.read_frames(make.dicom())
        assert small._worker is None


def test_time_limit_stops_the_file_and_not_the_next() -> None:
    with Sandbox(Limits(decode_seconds=0.5)) as hasty:
        started = time.monotonic()
        with pytest.raises(DecodingStopped, match=r"longer than 0\.5 seconds"):
            hasty.read_frames(slow_image())
        assert time.monotonic() - started < 60
        assert hasty.read_frames(make.dicom())[0].pixels.shape == (24, 32)


def test_memory_limit_stops_the_file_and_not_the_next() -> None:
    bomb = make.picture(np.zeros((9000, 9000), np.uint16), compress_level=1)
    with Sandbox(Limits(decode_memory_bytes=400 * 2**20)) as small:
        with pytest.raises(DecodingStopped):
            small.read_frames(bomb)
        assert small.read_frames(make.dicom())[0].pixels.shape == (24, 32)


BOUNDED = """
import resource
from core.intake.sandbox import Sandbox
from core.settings import Limits
from tests import factories as make
most = 2 * 2**30
resource.setrlimit(resource.RLIMIT_AS, (most, most))
with Sandbox(Limits(decode_memory_bytes=2 * most)) as box:
    box.read_frames(make.dicom())
    assert resource.prlimit(box._worker_pid(), resource.RLIMIT_AS) == (most, most)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
def test_a_lower_limit_of_the_system_is_kept() -> None:
    """Anybody but root would get no worker at all when it asked for more."""
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED], capture_output=True, text=True, cwd=PROJECT_ROOT, check=False
    )
    assert done.stderr == ""


def test_killed_worker_is_replaced(sandbox: Sandbox) -> None:
    sandbox.read_frames(make.dicom())
    pid = pid_of(sandbox)
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid, within=5)
    assert sandbox.read_frames(make.dicom())[0].pixels.shape == (24, 32)


def test_worker_killed_during_a_file() -> None:
    with Sandbox(Limits()) as box:
        box.read_frames(make.dicom())
        os.kill(pid_of(box), signal.SIGSTOP)
        os.waitid(os.P_PID, pid_of(box), os.WSTOPPED)
        killer = threading.Thread(target=crash_once_asked, args=(box,))
        killer.start()
        with pytest.raises(DecodingStopped, match="crashed"):
            box.read_frames(make.dicom())
        killer.join()
        assert box.read_frames(make.dicom())


def crash_once_asked(box: Sandbox) -> None:
    """Wait until a file lies before the halted worker, and crash it there: no race with a fast decoder."""
    assert box._worker is not None
    pid, pipe = box._worker.pid, box._worker._pipe("stdin")
    while not struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]:
        time.sleep(0.005)
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)


def test_damaged_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was taken over answers with code to run: nothing of it is run here."""

    class Evil:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return os.system, ("touch /tmp/should-never-exist",)

    with Sandbox(Limits()) as box:
        monkeypatch.setattr("core.intake.sandbox._Worker.ask", lambda *a, **k: [bytearray(pickle.dumps(Evil()))])
        with pytest.raises(DecodingStopped, match="damaged answer"):
            box.read_frames(make.dicom())
    assert not Path("/tmp/should-never-exist").exists()  # noqa: S108


def test_close_leaves_no_process() -> None:
    with Sandbox(Limits()) as box:
        box.read_frames(make.dicom())
        pid = pid_of(box)
    assert is_gone(pid)


def test_forgotten_sandbox_leaves_no_process() -> None:
    box = Sandbox(Limits())
    box.read_frames(make.dicom())
    pid = pid_of(box)
    del box
    gc.collect()
    assert is_gone(pid, within=5)


OWNER = """
import sys
from core.intake.sandbox import Sandbox
from core.settings import Limits
from tests import factories as make
print("main runs once", flush=True)
box = Sandbox(Limits())
box.read_frames(make.dicom())
print(box._worker_pid(), flush=True)
sys.stdin.read()
"""


def test_killed_owner_leaves_no_worker(tmp_path: Path) -> None:
    """Also: a script without a `__main__` guard is not run again by the worker."""
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    env = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "main runs once\n"
        pid = int(owner.stdout.readline())
        assert not is_gone(pid)
        owner.kill()
    assert is_gone(pid, within=20)


def test_worker_starts_without_the_heavy_packages() -> None:
    code = "import sys, core.intake.worker; print({'tensorflow', 'keras', 'streamlit', 'pandas'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.parametrize("start", ["raise SystemExit(1)", "import time; time.sleep(600)"], ids=["ends", "hangs"])
def test_a_worker_that_does_not_start_is_told_and_another_one_tried(
    monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    with Sandbox(Limits()) as box:
        with monkeypatch.context() as broken:
            broken.setattr("core.intake.sandbox._START", start)
            broken.setattr("core.intake.sandbox._START_SECONDS", 0.5)
            with pytest.raises(DecoderUnavailable, match="could not be started"):
                box.read_frames(make.dicom())
            assert box._worker is None
        assert box.read_frames(make.dicom())


def test_a_worker_that_cannot_even_be_begun_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Sandbox(Limits()) as box, pytest.raises(DecoderUnavailable, match="could not be started"):
        box.read_frames(make.dicom())
