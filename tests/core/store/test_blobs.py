"""Blobs: bytes come back as they were put, or not at all."""

import hashlib
import multiprocessing
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BlobDamaged, NotFound, StoreUnavailable
from core.store.blobs import BlobStore

DATA = b"the bytes as they came"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[BlobStore]:
    store = BlobStore(tmp_path / "blobs")
    yield store
    store.close()


def files(folder: Path) -> list[Path]:
    """Everything but the lock file."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000))
def test_any_bytes_come_back(blobs: BlobStore, data: bytes) -> None:
    sha256 = blobs.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert blobs.get(sha256) == data
    assert blobs.exists(sha256)
    assert blobs.path(sha256).read_bytes() == data


def test_the_same_bytes_are_kept_once(blobs: BlobStore) -> None:
    assert blobs.put(DATA) == blobs.put(DATA) == SHA256
    assert files(blobs.folder) == [blobs.path(SHA256)]


def test_putting_stored_bytes_does_not_write_again(blobs: BlobStore) -> None:
    blobs.put(DATA)
    os.utime(blobs.path(SHA256), (1, 1))
    blobs.put(DATA)
    assert blobs.path(SHA256).stat().st_mtime == 1


def test_files_are_their_owners_only_and_spread_over_folders(blobs: BlobStore) -> None:
    blobs.put(DATA)
    path = blobs.path(SHA256)
    assert path == blobs.folder / SHA256[:2] / SHA256
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (blobs.folder, path.parent)} == {0o700}


@pytest.mark.parametrize("damage", [DATA[:-1], b"", DATA[::-1], DATA + b"\0"])
def test_damage_is_found_on_reading_and_mended_by_putting_again(blobs: BlobStore, damage: bytes) -> None:
    blobs.put(DATA)
    blobs.path(SHA256).write_bytes(damage)
    with pytest.raises(BlobDamaged, match="Import the original again"):
        blobs.get(SHA256)
    assert blobs.put(DATA) == SHA256
    assert blobs.get(SHA256) == DATA


@pytest.mark.parametrize("name", [SHA256, SHA256.upper(), "", "../../etc/passwd", "a/" * 32, SHA256 + "\n"])
def test_what_is_not_stored_is_not_found(blobs: BlobStore, name: str) -> None:
    assert not blobs.exists(name)
    with pytest.raises(NotFound):
        blobs.get(name)
    with pytest.raises(NotFound):
        blobs.path(name)


def test_no_path_leads_out_of_the_folder(blobs: BlobStore, tmp_path: Path) -> None:
    blobs.put(DATA)
    (tmp_path / "secret").write_bytes(DATA)
    assert not blobs.exists("../secret")
    assert not blobs.exists(f"../{'0' * 61}")


def test_threads_put_the_same_bytes_at_once(blobs: BlobStore) -> None:
    data = os.urandom(300_000)
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(blobs.put, [data] * 40))
    assert len(names) == 1
    assert blobs.get(names.pop()) == data
    assert len(files(blobs.folder)) == 1


def put_many(folder: Path) -> None:
    store = BlobStore(folder)
    for number in range(30):
        store.put(bytes([number]) * 50_000)


def test_processes_put_the_same_bytes_at_once(blobs: BlobStore) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=put_many, args=(blobs.folder,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    stored = files(blobs.folder)
    assert len(stored) == 30
    assert all(len(blobs.get(path.name)) == 50_000 for path in stored)


def leave_draft(folder: Path) -> Path:
    draft = folder / SHA256[:2] / f"{SHA256}.0123.part"
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(DATA[:5])
    return draft


def test_drafts_of_a_killed_process_are_removed_at_the_start(blobs: BlobStore) -> None:
    blobs.put(DATA)
    blobs.close()
    draft = leave_draft(blobs.folder)
    again = BlobStore(blobs.folder)
    assert not draft.exists()
    assert again.get(SHA256) == DATA
    again.close()


def test_drafts_of_those_still_at_work_stay(blobs: BlobStore) -> None:
    draft = leave_draft(blobs.folder)
    BlobStore(blobs.folder).close()
    assert draft.exists()


def test_a_write_that_fails_leaves_nothing(blobs: BlobStore) -> None:
    obstacle = blobs.folder / SHA256[:2] / SHA256 / "in the way"
    obstacle.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="data folder"):
        blobs.put(DATA)
    assert files(blobs.folder) == []
    assert not blobs.exists(SHA256)


def test_a_disk_that_fails_is_told(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "stat", lambda path, **given: refuse(path))  # root, as in CI, is refused nothing
    for ask in (blobs.exists, blobs.path, blobs.get):
        with pytest.raises(StoreUnavailable, match="data folder"):
            ask(SHA256)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="data folder"):
        BlobStore(tmp_path / "file" / "blobs")
