"""Opening a site: folders that only their owner can read, and a network that may be missing."""

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from core.errors import BundleUnavailable, StoreUnavailable
from core.records import WorklistFilter
from core.services.site import LazyPredictor, load_predictor, open_site, utc_now
from core.services.triage import worklist
from core.settings import Settings
from core.store.folder_lock import take_share
from tests.core.conftest import Pretend
from tests.people import person


def test_the_data_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with open_site(Settings(data_dir=folder, bundle=tmp_path / "nothing")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "lucency.sqlite3").stat().st_mode) == 0o600


def test_a_folder_that_was_open_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with open_site(Settings(data_dir=tmp_path, bundle=tmp_path / "nothing")):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_what_was_stored_is_there_at_the_next_opening(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    with open_site(settings) as site:
        sha256 = site.blobs.put(b"pixels")
    with open_site(settings) as site:
        assert site.blobs.get(sha256) == b"pixels"


def test_another_user_s_data_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    settings.data_dir.mkdir(mode=0o750)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(StoreUnavailable, match="sudo -u"):
        open_site(settings)
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o750
    assert list(settings.data_dir.iterdir()) == []


@pytest.mark.parametrize("there", [False, True], ids=["no folder", "not mounted"])
def test_a_folder_without_a_database_is_begun_only_when_asked_for(tmp_path: Path, there: bool) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    if there:
        settings.data_dir.mkdir()
    with pytest.raises(StoreUnavailable, match="core migrate"):
        open_site(settings, create=False)
    assert list(tmp_path.rglob("*")) == ([settings.data_dir] if there else [])
    open_site(settings).close()
    open_site(settings, create=False).close()


def test_a_database_without_tables_is_none(tmp_path: Path) -> None:
    (tmp_path / "lucency.sqlite3").touch()
    with pytest.raises(StoreUnavailable, match="core migrate"):
        open_site(Settings(data_dir=tmp_path, bundle=tmp_path / "nothing"), create=False)


def test_a_site_that_is_open_keeps_newer_versions_from_its_database(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    alone: list[bool] = []
    with open_site(settings), open_site(settings):
        os.close(take_share(settings.data_dir / ".lock", alone=lambda: alone.append(True)))
    assert alone == []
    os.close(take_share(settings.data_dir / ".lock", alone=lambda: alone.append(True)))
    assert alone == [True]


def test_what_killed_processes_left_is_removed_by_who_is_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")
    names = ("lucency.sqlite3.schema-0001.backup.0123.part", "previews-1/ab/abcd-1.png.0123.part")
    drafts = [settings.data_dir / name for name in names]
    with open_site(settings):
        for draft in drafts:
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(b"half")
        open_site(settings).close()
        assert all(draft.exists() for draft in drafts), "somebody may be writing them"
    open_site(settings).close()
    assert not any(draft.exists() for draft in drafts)


def test_a_data_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="LUCENCY_DATA_DIR"):
        open_site(Settings(data_dir=tmp_path / "file" / "data"))


def test_a_site_opens_without_a_network_and_says_so(tmp_path: Path) -> None:
    with open_site(Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")) as site:
        assert worklist(site, WorklistFilter(), actor=person()).total == 0
        with pytest.raises(BundleUnavailable, match="LUCENCY_BUNDLE"):
            _ = site.predictor
        assert isinstance(site.bundle_problem(), BundleUnavailable)


def test_a_bundle_put_right_is_found_without_a_restart(tmp_path: Path, pretend: Pretend) -> None:
    lazy = LazyPredictor(tmp_path / "bundle")
    with pytest.raises(BundleUnavailable):
        lazy.get()
    pretend(folder=tmp_path / "bundle")
    assert lazy.get().bundle_id == "pretended"
    lazy.close()


def test_a_damaged_bundle_is_refused(tmp_path: Path, bundle: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    (copy / "model.keras").write_bytes(b"rotten")
    with pytest.raises(BundleUnavailable, match="sha256"):
        load_predictor(copy)


REFUSING = """
import sys
sys.path.insert(0, sys.argv[1])
from core.errors import BundleUnavailable
from core.services import network_worker

def refused(*_):
    raise BundleUnavailable("not the weights of its card")

network_worker._loaded = refused
network_worker.main(*sys.argv[2:])
"""


def test_why_its_process_refused_a_bundle_is_told(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.services.remote_network._START", REFUSING)
    with pytest.raises(BundleUnavailable, match="not the weights of its card"):
        LazyPredictor(bundle).get()


def test_the_network_is_loaded_once_for_all_threads(tmp_path: Path, pretend: Pretend) -> None:
    network, found = pretend(folder=tmp_path / "bundle"), []
    threads = [threading.Thread(target=lambda: found.append(network.get())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({id(each) for each in found}) == 1
    assert (tmp_path / "bundle" / "started").read_text() == "x", "one start"


def test_the_clock_is_utc() -> None:
    assert utc_now().utcoffset() is not None
    assert str(utc_now().tzinfo) == "UTC"
