"""Files that are written whole: nobody but their owner reads them, whatever lies in their place."""

from pathlib import Path
from stat import S_IMODE

import pytest

from models.whole import private_folder, whole


def test_a_file_and_the_folders_made_for_it_are_their_owners_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "runs" / "one"
    private_folder(folder)
    private_folder(folder)
    with whole(folder / "split.csv") as draft:
        draft.write_text("patient")
    modes = {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.rglob("*"))}
    assert modes == {tmp_path.name: 0o755, "runs": 0o700, "one": 0o700, "split.csv": 0o600}


def test_neither_a_killed_writers_draft_nor_an_older_file_opens_the_new_one(tmp_path: Path) -> None:
    for name in ("split.csv", "split.csv.part"):
        (tmp_path / name).touch(mode=0o666)
        (tmp_path / name).chmod(0o666)
    with whole(tmp_path / "split.csv") as draft:
        assert S_IMODE(draft.stat().st_mode) == 0o600
    assert S_IMODE((tmp_path / "split.csv").stat().st_mode) == 0o600


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError):
        private_folder(tmp_path / "taken")
