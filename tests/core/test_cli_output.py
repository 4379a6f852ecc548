"""Where a command may write is known before its work, and nothing but its own words is told."""

import os
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE

import pytest

from core.cli import main
from core.cli_output import check_file, check_folder, write_file
from core.errors import RequestError
from tests.conftest import PROJECT_ROOT

NO_DATA = ["--data", "/nowhere"]


@pytest.mark.parametrize(
    "words",
    [
        ["train", *NO_DATA, "--out", "FILE"],
        ["train", *NO_DATA, "--out", "new", "--run-dir", "FILE/run"],
        ["evaluate", *NO_DATA, "--predictions", "FILE/p.csv"],
        ["evaluate", *NO_DATA, "--report", "FILE"],
        ["compare", "/nowhere", *NO_DATA, "--markdown", "FILE/t.md"],
        ["compare", "/nowhere", *NO_DATA, "--predictions", "FILE"],
        ["leak", *NO_DATA, "--elsewhere", "/nowhere", "--markdown", "FOLDER"],
        ["split", *NO_DATA, "--out", "new/s.csv"],
        ["export", "--out", "FOLDER"],
    ],
    ids=lambda words: f"{words[0]} {words[-2]}",
)
def test_a_place_that_will_not_do_is_told_before_the_work(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("mine")
    Path("FOLDER").mkdir()
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"RequestError: {words[-2]} names a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["FILE", "FOLDER"]
    assert Path("FILE").read_text() == "mine"


def test_a_folder_may_be_missing_and_that_of_a_file_may_not(tmp_path: Path) -> None:
    target = tmp_path / "new" / "below" / "table.md"
    check_folder(target.parent, "--report")
    with pytest.raises(RequestError, match="Make the folder first"):
        check_file(target, "--markdown")
    assert not (tmp_path / "new").exists()
    write_file(tmp_path / "table.md", b"table", "--markdown")
    assert S_IMODE((tmp_path / "table.md").stat().st_mode) == 0o600


def test_a_name_that_no_system_takes_is_told_too() -> None:
    with pytest.raises(RequestError, match="--out names a place that cannot be written"):
        check_file(Path("n" * 300) / "x.csv", "--out")


@pytest.mark.parametrize(
    "words",
    [["split", "--out", "x.csv"], ["compare", "/nowhere"], ["gate"], ["evaluate"], ["train", "--out", "x"]],
    ids=lambda words: words[0],
)
def test_an_error_stands_alone(words: list[str], tmp_path: Path) -> None:
    """TensorFlow's notes are none of the reader's business."""
    command = [sys.executable, "-m", "core", *words, *NO_DATA]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("UnusableTrainingData: ")
