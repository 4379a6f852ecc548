"""Backups: what a killed server left cannot damage what is brought back; nothing is changed before all is checked."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import BlobDamaged, LucencyError, RequestError, StoreUnavailable
from core.records import WorklistFilter
from core.services.back_up import back_up
from core.services.restore import restore
from core.services.site import Site, open_site
from core.settings import Settings
from core.store import audit, cases
from core.store.backup import COPY, Copied, named
from core.store.database import Database
from core.store.folder_lock import take_share
from core.store.upgrade import scripts, upgrade
from tests.core.full_disk import full_disk
from tests.core.store.endless_reader import killed_reader
from tests.core.store.entries import add_image, add_study, sha256


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", bundle=tmp_path / "nothing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "here"


def store(site: Site, *names: str) -> None:
    """A study of one image, with its file, for each name."""
    for name in names:
        stored = site.blobs.put(name.encode())
        with site.database.session() as session:
            add_image(session, add_study(session, name).key, name, sha256=stored)


def backed_up(settings: Settings, folder: Path, *names: str) -> Copied:
    """Store these, then make the backup."""
    with open_site(settings) as site:
        store(site, *names)
        return back_up(site, folder, actor="tester")


def read_back(settings: Settings) -> set[str]:
    """What the files of every image say; the database is sound and its audit trail whole."""
    with open_site(settings) as site, site.database.reading() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert audit.verify_chain(session) is None
        return {site.blobs.get(name).decode() for name in named(session)}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_log_of_a_killed_server_is_not_replayed_over_a_backup(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "before")
    reported = killed_reader(settings.data_dir, 0.3)
    assert (settings.data_dir / "lucency.sqlite3-wal").stat().st_size > 0
    restore(settings, folder, actor="tester", replace=True)
    assert read_back(settings) == {"before"}
    aside = settings.data_dir / "lucency.sqlite3.replaced"
    restore(settings, aside, actor="tester", replace=True, incomplete=True)
    with open_site(settings) as site, site.database.reading() as session:
        found = list(cases.find(session, WorklistFilter(flagged=True)))
    assert {case.flag.reason for case in found if case.flag} >= reported, "what was set aside lacks nothing"


def test_a_log_without_its_database_is_not_replayed_either(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "before")
    killed_reader(settings.data_dir, 0.3)
    (settings.data_dir / "lucency.sqlite3").unlink()
    restore(settings, folder, actor="tester")
    assert read_back(settings) == {"before"}


def test_a_backup_goes_to_a_new_machine_whole(settings: Settings, folder: Path, tmp_path: Path) -> None:
    assert backed_up(settings, folder, "a", "b") == Copied(files=2, copied=2, lacking=0)
    elsewhere = Settings(data_dir=tmp_path / "other", bundle=tmp_path / "nothing")
    assert restore(elsewhere, folder, actor="tester") == Copied(files=2, copied=2, lacking=0)
    assert read_back(elsewhere) == {"a", "b"}
    with open_site(elsewhere) as site, site.database.reading() as session:
        assert [entry.action for entry in audit.find(session)] == ["restore", "backup"]


def test_a_second_backup_copies_what_is_new(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a")
    old = next((folder / "blobs").glob("*/*"))
    os.utime(old, (1, 1))
    (folder / f"{COPY}-journal").write_bytes(b"of a database that was opened there")
    assert backed_up(settings, folder, "b") == Copied(files=2, copied=1, lacking=0)
    assert old.stat().st_mtime == 1
    restore(settings, folder, actor="tester", replace=True)
    assert read_back(settings) == {"a", "b"}


def test_a_backup_is_its_owner_s_only(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a")
    inside = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside} == {0o700}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_files_that_are_missing_or_damaged_are_counted_and_the_others_kept(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    with open_site(settings) as site:
        store(site, "a", "b", "c")
        site.blobs.path(sha256("a")).unlink()
        site.blobs.path(sha256("b")).write_bytes(b"rotten")
        assert back_up(site, folder, actor="tester") == Copied(files=3, copied=1, lacking=2)
    elsewhere = Settings(data_dir=tmp_path / "other", bundle=tmp_path / "nothing")
    with pytest.raises(BlobDamaged, match="2 of 3 files"):
        restore(elsewhere, folder, actor="tester")
    assert not (elsewhere.data_dir / "lucency.sqlite3").exists()
    assert restore(elsewhere, folder, actor="tester", incomplete=True) == Copied(files=3, copied=1, lacking=2)


def test_damaged_files_of_the_data_folder_are_mended(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a", "b")
    (settings.data_dir / "blobs" / sha256("a")[:2] / sha256("a")).write_bytes(b"rotten")
    assert restore(settings, folder, actor="tester", replace=True) == Copied(files=2, copied=1, lacking=0)
    assert read_back(settings) == {"a", "b"}


def spoil(file: Path) -> None:
    with file.open("r+b") as written:
        written.seek(8192)
        written.write(b"\xff" * 8192)


def orphan(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("INSERT INTO series VALUES (99, 12345, 'of no study')")
        plain.commit()


def of_the_future(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "told"),
    [(spoil, "is damaged"), (orphan, "is damaged"), (empty, "is damaged"), (of_the_future, "newer version")],
)
def test_a_backup_that_cannot_be_used_changes_nothing(
    settings: Settings, folder: Path, harm: Callable[[Path], None], told: str
) -> None:
    backed_up(settings, folder, "a")
    before = contents(settings.data_dir)
    harm(folder / COPY)
    with pytest.raises(StoreUnavailable, match=told):
        restore(settings, folder, actor="tester", replace=True)
    assert contents(settings.data_dir) == before


def test_a_database_that_is_there_is_replaced_only_when_told(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a")
    before = contents(settings.data_dir)
    with pytest.raises(RequestError, match="--replace"):
        restore(settings, folder, actor="tester")
    assert contents(settings.data_dir) == before


def test_a_folder_in_use_is_left_alone(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a")
    with open_site(settings), pytest.raises(StoreUnavailable, match="Stop it first"):
        restore(settings, folder, actor="tester", replace=True)
    share = take_share(folder / ".lock", alone=lambda: None)
    with pytest.raises(StoreUnavailable, match="Stop it first"):
        backed_up(settings, folder)
    os.close(share)


def test_an_upgrade_s_copy_is_brought_back_and_upgraded_again(settings: Settings) -> None:
    with open_site(settings) as site:
        store(site, "a")
    earlier = [script.revision for script in scripts().walk_revisions()][-1]
    old = settings.data_dir / f"lucency.sqlite3.schema-{earlier}.backup"
    database = Database(f"sqlite:///{old}")
    upgrade(database.engine, old, revision=earlier)
    database.close()
    restore(settings, old, actor="tester", replace=True)
    assert read_back(settings) == set()
    assert (settings.data_dir / "lucency.sqlite3.replaced").exists()


def test_a_full_disk_leaves_the_database_as_it_was(settings: Settings, folder: Path) -> None:
    backed_up(settings, folder, "a")
    before = contents(settings.data_dir)
    with full_disk(40_000), pytest.raises(StoreUnavailable, match="free space"):
        restore(settings, folder, actor="tester", replace=True)
    assert contents(settings.data_dir) == before


def test_postgresql_is_left_to_its_own_tools(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_site(settings) as site:
        monkeypatch.setattr(site.database, "file", None)  # as of a server: none is at hand
        monkeypatch.setattr("core.services.restore.Database", lambda url: site.database)
        with pytest.raises(StoreUnavailable, match="pg_dump"):
            back_up(site, folder, actor="tester")
        with pytest.raises(StoreUnavailable, match="pg_dump"):
            restore(settings, folder, actor="tester")


@pytest.mark.parametrize("place", ["nothing", "data"])
def test_what_is_no_backup_is_told(settings: Settings, tmp_path: Path, place: str) -> None:
    open_site(settings).close()
    with pytest.raises(RequestError, match="no backup in that place"):
        restore(settings, tmp_path / place, actor="tester", replace=True)
    with pytest.raises(LucencyError, match="its own backup"):
        backed_up(settings, settings.data_dir)
    with pytest.raises(LucencyError, match="nor hold it"):
        backed_up(settings, settings.data_dir / "blobs" / "copies")
