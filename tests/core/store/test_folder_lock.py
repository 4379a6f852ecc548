"""The folder lock: only who is alone tidies up."""

import os
import subprocess
import sys
from pathlib import Path

from core.store.folder_lock import take_share

HOLD = """
import sys
from pathlib import Path
from core.store.folder_lock import take_share
take_share(Path(sys.argv[1]), alone=lambda: None)
print("held", flush=True)
sys.stdin.read()
"""


def tidied(file: Path) -> tuple[bool, int]:
    """Whether a share taken at this moment found nobody else, and the share."""
    calls: list[bool] = []
    share = take_share(file, alone=lambda: calls.append(True))
    return calls == [True], share


def test_the_first_is_alone_and_the_second_is_not(tmp_path: Path) -> None:
    first, share = tidied(tmp_path / "lock")
    second, other = tidied(tmp_path / "lock")
    assert (first, second) == (True, False)
    os.close(share)
    os.close(other)
    third, share = tidied(tmp_path / "lock")
    assert third
    os.close(share)


def test_a_killed_process_gives_its_share_back(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        during, share = tidied(tmp_path / "lock")
        os.close(share)
        holder.kill()
    after, share = tidied(tmp_path / "lock")
    os.close(share)
    assert (during, after) == (False, True)


def test_a_failure_while_tidying_gives_the_share_back(tmp_path: Path) -> None:
    def fail() -> None:
        raise OSError

    try:
        take_share(tmp_path / "lock", alone=fail)
    except OSError:
        alone, share = tidied(tmp_path / "lock")
        os.close(share)
    assert alone
