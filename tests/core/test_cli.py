"""The command line: what it prints, what it returns, and that nothing else gets in between."""

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.cli import main
from core.errors import SignInRefused
from core.records import Opinion, Statement, WorklistFilter
from core.rights import Role
from core.services.labelled import labelled_files
from core.services.review import flag, give_verdict
from core.services.sign_in import sign_in, whoami
from core.services.site import open_site
from core.services.triage import worklist
from core.settings import Settings
from core.store import audit
from tests.conftest import PROJECT_ROOT
from tests.core.conftest import Pretend
from tests.core.services.films import film, stored, take_in
from tests.factories import dicom
from tests.people import person


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The commands use this test's data and bundle."""
    monkeypatch.setenv("LUCENCY_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LUCENCY_BUNDLE", str(settings.bundle))
    return settings


@pytest.fixture
def pretended(home: Settings, pretend: Pretend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The commands start a network that is none."""
    pretend(folder=tmp_path / "pretended")
    monkeypatch.setenv("LUCENCY_BUNDLE", str(tmp_path / "pretended"))
    return home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two films and a CT."""
    films = tmp_path / "films"
    films.mkdir()
    (films / "a.dcm").write_bytes(film(1))
    (films / "b.dcm").write_bytes(dicom(modality="CT"))
    (films / "c.dcm").write_bytes(film(2, study=2))
    return films


def run(*words: str, home: Settings, **more: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own."""
    environment = {**os.environ, "LUCENCY_DATA_DIR": str(home.data_dir), "LUCENCY_BUNDLE": str(home.bundle), **more}
    command = [sys.executable, "-m", "core", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT, check=False)


def test_read_prints_one_object_a_line_and_nothing_else(folder: Path, home: Settings) -> None:
    done = run("read", str(folder), "--json", home=home)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(Path(line["file"]).name, line["status"]) for line in lines] == [
        ("a.dcm", "read"),
        ("b.dcm", "refused"),
        ("c.dcm", "read"),
    ]


def test_read_without_a_network_is_status_2_and_one_line(
    folder: Path, home: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(folder))
    assert main(["read", str(folder), "--json"]) == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("BundleUnavailable: ")
    assert shown.err.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error(folder: Path, home: Settings) -> None:
    for number in range(40):
        (folder / f"d{number}.dcm").write_bytes(film(number + 10))
    environment = {**os.environ, "LUCENCY_BUNDLE": str(home.bundle)}
    command = [sys.executable, "-m", "core", "read", str(folder), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=PROJECT_ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith(b"{")
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(60) == 0


def test_read_for_people_is_one_line_a_file(folder: Path, home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[0] in ("none", "doubt", "fracture")
    assert lines[1].startswith("refused")
    assert "WrongModality" in lines[1]


def test_the_real_files(shared_data: Path, home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(shared_data / "dicom"), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert Counter(line["status"] for line in lines)["read"] == 16
    assert all(line["error"]["class"] and line["error"]["message"] for line in lines if line["status"] == "refused")
    for name in ("RG2", "RG3"):
        same = {
            line["probability"]
            for line in lines
            if any(line["file"].endswith(f"{name}_{kind}") for kind in ("RLE", "JPLL", "JLSL", "J2KR"))
        }
        assert max(same) - min(same) <= 1e-6


def test_import_stores_answers_and_sums_up(
    folder: Path, pretended: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "2 stored, 0 known, 1 refused" in shown
    assert "WrongModality" in shown
    with open_site(pretended) as site:
        assert all(row.answer is not None for row in worklist(site, WorklistFilter(), actor=person()).rows)
        with site.database.reading() as session:
            entries = audit.find(session, action="network")
    assert [(each.actor, each.subject) for each in entries] == [("command line", "bundle:pretended")]
    assert main(["import", str(folder), "--json"]) == 0
    receipts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [receipt["outcome"] for receipt in receipts] == ["known", "refused", "known"]


def test_export_writes_the_flagged_cases_for_the_owner_only(home: Settings, tmp_path: Path) -> None:
    with open_site(home) as site:
        stored(site, film(1), film(2, study=2))
        give_verdict(site, 1, Statement(Opinion.FRACTURE), actor=person("Dr. A"))
        flag(site, 2, actor=person("Dr. A"), reason="look again")
    flagged, everything = tmp_path / "flagged.csv", tmp_path / "all.csv"
    assert main(["export", "--flagged", "--out", str(flagged)]) == 0
    assert main(["export", "--identifiers", "--out", str(everything)]) == 0
    [row] = csv.DictReader(io.StringIO(flagged.read_text("utf-8-sig")))
    assert (row["study_key"], row["flag_reason"]) == ("2", "look again")
    assert "patient_id" not in row
    assert len(list(csv.DictReader(io.StringIO(everything.read_text("utf-8-sig"))))) == 2
    assert flagged.stat().st_mode & 0o077 == 0


def test_export_to_nowhere_says_so(home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["export", "--out", str(tmp_path / "missing" / "x.csv")]) == 2
    assert "--out" in capsys.readouterr().err


def test_export_for_training_tells_what_is_in_the_folder_and_what_is_not(
    home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_site(home) as site:
        stored(site, film(1), film(2, study=2))
        give_verdict(site, 1, Statement(Opinion.FRACTURE), actor=person("Dr. A"))
    taught = tmp_path / "taught"
    assert main(["export", "--training", str(taught)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 images of 1 cases, 1 fractured",
        "left out: 1 cases that are not read, or not decided",
    ]
    assert [file.fractured for file in labelled_files(taught)] == [True]
    assert main(["export", "--training", str(taught)]) == 2
    assert capsys.readouterr().err.startswith("RequestError: There is something at that place already.")
    assert main(["export", "--training", str(tmp_path / "other"), "--identifiers"]) == 2


def test_verify_tells_the_head_and_takes_it_back(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["verify"]) == 0
    assert main(["verify"]) == 0
    head = capsys.readouterr().out.split()[-1]
    assert main(["verify", "--noted", head]) == 0
    assert main(["verify", "--noted", head[:-1] + ("0" if head[-1] != "0" else "1")]) == 1
    assert "broken at entry 1" in capsys.readouterr().err
    assert main(["verify", "--noted", "nothing"]) == 2


def test_verify_tells_which_stored_files_are_missing_or_damaged(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_site(home) as site:
        gone, bad, _ = (site.blobs.path(take_in(site, film(number)).sha256) for number in range(3))
        site.blobs.put(b"of an import that was killed")
    assert main(["verify", "--files"]) == 0
    assert "0 missing, 0 damaged of 3 files; 1 that no row names" in capsys.readouterr().out
    gone.unlink()
    bad.write_bytes(b"rotten")
    assert main(["verify"]) == 0
    assert main(["verify", "--files"]) == 1
    assert "1 missing, 1 damaged of 3 files; 1 that no row names" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["verify"],
        ["account", "add", "Dr. New"],
        ["export", "--out", "x.csv"],
        ["export", "--training", "x"],
        ["backup", "x"],
    ],
    ids=" ".join,
)
def test_a_folder_that_is_not_mounted_is_no_new_site(
    words: list[str], home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert capsys.readouterr().err.startswith("StoreUnavailable: There is no database")
    assert not home.data_dir.exists()


def test_samples_and_migrate(pretended: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert "up to date" in capsys.readouterr().out
    assert main(["samples"]) == 0
    assert "7 stored" in capsys.readouterr().out


def test_an_export_to_a_link_goes_where_it_leads(home: Settings, tmp_path: Path) -> None:
    assert main(["migrate"]) == 0
    (tmp_path / "kept").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "kept" / "table.csv")
    assert main(["export", "--out", str(tmp_path / "link.csv")]) == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "kept" / "table.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_role_that_is_none_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["account", "add", "Dr. New", "--role", "foo"])
    assert "'reader', 'lead', 'admin'" in capsys.readouterr().err


def test_a_preset_that_is_none_is_told_by_the_check_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--data", str(tmp_path), "--preset", "nope", "--check"]) == 2
    assert capsys.readouterr().err.startswith("UnusableTrainingData: there is no preset 'nope'")


def test_a_backup_is_made_and_brought_back(home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "backup"
    with open_site(home) as site:
        receipt = take_in(site, film())
    assert main(["backup", str(copy)]) == 0
    assert "1 files that were not there yet, of 1" in capsys.readouterr().out
    assert main(["restore", str(copy)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", str(copy), "--replace"]) == 0
    (home.data_dir / "blobs" / receipt.sha256[:2] / receipt.sha256).unlink()
    assert main(["backup", str(tmp_path / "another")]) == 1
    assert "1 files are missing or damaged" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "another"), "--replace"]) == 1
    assert main(["restore", str(tmp_path / "another"), "--replace", "--incomplete"]) == 0
    assert "1 files are missing or damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["read"], ["read", "/nowhere/at/all"], ["import", "n" * 300], ["paint"], ["export"]]
)
def test_a_wrong_call_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_store_that_cannot_be_opened_is_status_1(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LUCENCY_DATA_DIR", str(tmp_path / "file" / "data"))
    assert main(["migrate"]) == 1
    assert capsys.readouterr().err.startswith("StoreUnavailable: ")


def test_an_account_is_made_and_its_password_given_once(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["account", "add", "Dr. New", "--role", "reader"]) == 0
    given = capsys.readouterr().out.split()[-1]
    assert main(["account", "add", "Dr. New"]) == 2
    assert main(["account", "reset", " dr.  new"]) == 0, "as a sign-in takes it"
    again = capsys.readouterr().out.strip()
    assert main(["account", "reset", "Dr. Nobody"]) == 1
    with open_site(home) as site:
        with pytest.raises(SignInRefused):
            sign_in(site, "Dr. New", given)
        held = whoami(site, sign_in(site, "Dr. New", again))
        assert held is not None
        assert (held.must_change, held.actor) == (True, person("Dr. New", Role.READER))
