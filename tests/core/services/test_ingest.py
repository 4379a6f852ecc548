"""Taking files in: what is stored, recognised, refused; and what a crash leaves."""

import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.records import Opinion, Outcome, Statement, Status, WorklistFilter
from core.services.ingest import ingest_bytes, ingest_paths
from core.services.review import flag, give_verdict, open_case
from core.services.site import Site, open_site
from core.services.triage import worklist
from core.settings import Settings
from core.store import audit, images
from tests.conftest import PROJECT_ROOT
from tests.core.services.films import film, other_picture, stored, take_in
from tests.factories import JPEG_LS, RLE, archive, dicom, picture, ramp
from tests.people import person


def audited(site: Site) -> list[str]:
    """Everything the audit log says, as text."""
    with site.database.reading() as session:
        entries = audit.find(session, limit=10_000)
    return [f"{entry.actor} {entry.action} {entry.subject} {entry.outcome}" for entry in entries]


def test_a_film_goes_in_with_its_facts(empty_site: Site) -> None:
    receipt = take_in(
        empty_site, film(ImageLaterality="L", ViewPosition="AP", ImagerPixelSpacing=[0.2, 0.2]), "a/b.dcm"
    )
    assert (receipt.file, receipt.outcome, receipt.frame_number) == ("a/b.dcm", Outcome.STORED, 1)
    case = open_case(empty_site, receipt.study_key or 0, actor=person("Dr. A"))
    [image] = case.images
    assert (image.laterality, image.view_position, image.rows, image.columns) == ("L", "AP", 121, 90)
    assert image.pixel_spacing == (0.2, 0.2)
    assert (case.study.patient_id, case.study.body_part) == ("TEST-0001", "WRIST")
    assert empty_site.blobs.get(receipt.sha256) == film(
        ImageLaterality="L", ViewPosition="AP", ImagerPixelSpacing=[0.2, 0.2]
    )


def test_a_time_zone_does_not_move_the_day(empty_site: Site) -> None:
    receipt = take_in(empty_site, film(StudyDate="20240102", StudyTime="003000", TimezoneOffsetFromUTC="+0200"))
    case = open_case(empty_site, receipt.study_key or 0, actor=person())
    assert case.study.study_date == datetime(2024, 1, 2, 0, 30, tzinfo=UTC)


def test_the_same_bytes_are_recognised_under_another_name(empty_site: Site) -> None:
    first = take_in(empty_site, film())
    again = take_in(empty_site, film(), "copy.dcm")
    assert again.outcome is Outcome.KNOWN
    assert (again.study_key, again.image_key) == (first.study_key, first.image_key)


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS])
def test_the_same_instance_compressed_otherwise_is_recognised_and_said(empty_site: Site, syntax: str) -> None:
    first = take_in(empty_site, film())
    again = take_in(empty_site, film(syntax=syntax))
    assert (again.outcome, again.image_key) == (Outcome.KNOWN, first.image_key)
    assert any("other bytes" in warning for warning in again.warnings)
    assert empty_site.blobs.exists(first.sha256)
    assert not empty_site.blobs.exists(again.sha256), "the first file is kept, the other one is not"


def test_another_picture_under_the_same_instance_is_refused(empty_site: Site) -> None:
    first = take_in(empty_site, film())
    second = take_in(empty_site, film(pixels=other_picture()))
    assert (second.outcome, second.error_class) == (Outcome.REFUSED, "InstanceConflict")
    assert empty_site.blobs.get(first.sha256) == film()
    assert take_in(empty_site, film()).outcome is Outcome.KNOWN


@pytest.mark.parametrize(
    "elements",
    [
        {"PatientID": "OTHER-7"},
        {"PatientBirthDate": "19800202"},
        {"SyntheticData": "YES"},
        {"PatientID": "", "PatientName": "SOMEBODY^ELSE"},
        {"IssuerOfPatientID": "Hospital B", "PatientName": "SOMEBODY^ELSE"},
    ],
)
def test_another_patient_in_the_same_study_is_refused(empty_site: Site, elements: dict[str, Any]) -> None:
    take_in(empty_site, film(1, IssuerOfPatientID="Hospital A"))
    second = take_in(empty_site, film(2, **elements))
    assert (second.outcome, second.error_class) == (Outcome.REFUSED, "PatientConflict")
    assert "OTHER" not in second.error_message
    assert not empty_site.blobs.exists(second.sha256), "what is refused is not kept"
    assert worklist(empty_site, WorklistFilter(), actor=person()).rows[0].image_count == 1


@pytest.mark.parametrize(("number", "other"), [("", "123"), ("123", ""), ("", "")])
def test_another_name_is_refused_unless_both_give_the_number(empty_site: Site, number: str, other: str) -> None:
    before = take_in(empty_site, film(1, PatientID=number, PatientName="DOE^JOHN")).study_key or 0
    case = open_case(empty_site, before, actor=person())
    second = take_in(empty_site, film(2, PatientID=other, PatientName="MILLER^ANN"))
    assert (second.outcome, second.error_class) == (Outcome.REFUSED, "PatientConflict")
    after = open_case(empty_site, before, actor=person())
    assert (after.study, after.images) == (case.study, case.images)


def test_a_name_spelt_anew_is_warned_of_and_the_stored_one_stays(empty_site: Site) -> None:
    take_in(empty_site, film(1, PatientName="MEIER^ANNA"))
    second = take_in(empty_site, film(2, PatientName="MEYER^ANNA"))
    assert second.outcome is Outcome.STORED
    assert any("patient name" in warning for warning in second.warnings)
    assert worklist(empty_site, WorklistFilter(), actor=person()).rows[0].patient_name == "MEIER^ANNA"


def test_another_issuer_of_the_number_is_warned_of_where_the_name_is_the_same(empty_site: Site) -> None:
    first = take_in(empty_site, film(1, IssuerOfPatientID="Hospital A"))
    second = take_in(empty_site, film(2, IssuerOfPatientID="Radiology"))
    assert (second.outcome, second.study_key) == (Outcome.STORED, first.study_key)
    assert any("patient id issuer" in warning for warning in second.warnings)
    assert not any("Hospital" in warning or "Radiology" in warning for warning in second.warnings)
    case = open_case(empty_site, first.study_key or 0, actor=person())
    assert case.study.patient_id_issuer == "Hospital A"


def test_every_frame_of_a_file_has_its_receipt(empty_site: Site) -> None:
    data = dicom(np.stack([ramp(), ramp()[::-1]]), modality="XC", sop_class="SC grey word", elements={"Modality": "DX"})
    receipts = list(ingest_bytes(empty_site, "two.dcm", data, actor="tester"))
    assert [(r.outcome, r.frame_number) for r in receipts] == [(Outcome.STORED, 1), (Outcome.STORED, 2)]
    again = list(ingest_bytes(empty_site, "two.dcm", data, actor="tester"))
    assert [(r.outcome, r.frame_number) for r in again] == [(Outcome.KNOWN, 1), (Outcome.KNOWN, 2)]


def test_a_zip_gives_one_receipt_for_each_of_its_files(empty_site: Site) -> None:
    data = archive({"one.dcm": film(1), "notes.txt": b"no picture", "sub/two.png": picture()})
    receipts = list(ingest_bytes(empty_site, "all.zip", data, actor="tester"))
    assert {r.file: (r.outcome, r.error_class) for r in receipts} == {
        "all.zip!/one.dcm": (Outcome.STORED, ""),
        "all.zip!/notes.txt": (Outcome.REFUSED, "UnknownFormat"),
        "all.zip!/sub/two.png": (Outcome.STORED, ""),
    }


def test_a_refused_file_says_why_stores_nothing_and_is_audited_without_its_name(empty_site: Site) -> None:
    receipt = take_in(empty_site, dicom(modality="CT"), "DOE_JANE.dcm")
    assert (receipt.outcome, receipt.error_class) == (Outcome.REFUSED, "WrongModality")
    assert receipt.error_message
    assert not empty_site.blobs.exists(receipt.sha256)
    assert worklist(empty_site, WorklistFilter(), actor=person()).total == 0
    assert f"tester import file:{receipt.sha256} refused: WrongModality" in audited(empty_site)


def test_the_audit_log_holds_no_patient_data(empty_site: Site) -> None:
    take_in(empty_site, film(PatientName="DOE^JANE", AccessionNumber="ACC77"), "DOE_JANE.dcm")
    log = "\n".join(audited(empty_site))
    assert "import image:1 stored" in log
    for secret in ("DOE", "JANE", "TEST-0001", "ACC77", "1.2.826"):
        assert secret not in log


def test_a_study_that_grows_keeps_its_reviews_and_asks_for_another_look(empty_site: Site) -> None:
    study = take_in(empty_site, film(1)).study_key or 0
    give_verdict(empty_site, study, Statement(Opinion.FRACTURE, comment="seen"), actor=person("Dr. A"))
    flag(empty_site, study, actor=person("Dr. A"), reason="second opinion")
    assert worklist(empty_site, WorklistFilter(), actor=person()).rows[0].status is Status.READ
    assert take_in(empty_site, film(2)).study_key == study
    case = open_case(empty_site, study, actor=person("Dr. B"))
    assert len(case.images) == 2
    assert case.verdict is not None
    assert case.verdict.comment == "seen"
    assert case.flag is not None
    assert worklist(empty_site, WorklistFilter(), actor=person()).rows[0].status is not Status.READ


def test_taking_a_file_in_again_mends_a_damaged_or_missing_original(empty_site: Site) -> None:
    [key] = stored(empty_site, film())
    with empty_site.database.reading() as session:
        sha256 = images.get(session, key).sha256
    empty_site.blobs.path(sha256).write_bytes(b"rotten")
    assert take_in(empty_site, film()).outcome is Outcome.KNOWN
    assert empty_site.blobs.get(sha256) == film()


def test_the_real_files(empty_site: Site, shared_data: Path) -> None:
    receipts = list(ingest_paths(empty_site, [shared_data / "dicom"], actor="tester"))
    assert Counter(r.outcome for r in receipts)[Outcome.REFUSED] == len(receipts) - 16
    assert {"WrongModality", "NoPixels", "UnknownFormat"} == {r.error_class for r in receipts} - {""}
    assert all(bool(r.error_message) == (r.outcome is Outcome.REFUSED) for r in receipts)
    again = list(ingest_paths(empty_site, [shared_data / "dicom"], actor="tester"))
    assert Counter(r.outcome for r in again) == {Outcome.KNOWN: 16, Outcome.REFUSED: len(receipts) - 16}
    assert worklist(empty_site, WorklistFilter(), actor=person()).total == len({r.study_key for r in receipts} - {None})


CHILD = """
import sys
from pathlib import Path
from core.services.ingest import ingest_paths
from core.services.site import open_site
from core.settings import Settings
with open_site(Settings(data_dir=Path(sys.argv[1]))) as site:
    for receipt in ingest_paths(site, [Path(sys.argv[2])], actor="child"):
        print(receipt.outcome, receipt.study_key, flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty films of ten studies."""
    films = tmp_path / "films"
    films.mkdir()
    for number in range(40):
        (films / f"{number:02d}.dcm").write_bytes(film(number, study=number % 10))
    return films


def test_two_imports_of_the_same_files_at_once_store_each_once(empty_site: Site, folder: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        several = list(pool.map(lambda n: list(ingest_paths(empty_site, [folder], actor=f"tester {n}")), range(3)))
    outcomes = Counter(receipt.outcome for receipts in several for receipt in receipts)
    assert outcomes == {Outcome.STORED: 40, Outcome.KNOWN: 80}
    assert [row.image_count for row in worklist(empty_site, WorklistFilter(), actor=person()).rows] == [4] * 10
    with empty_site.database.reading() as session:
        assert audit.verify_chain(session) is None


def killed_after(receipts: int, data_dir: Path, folder: Path) -> list[str]:
    """Start an import in a process of its own and kill it, -9, right after so many receipts."""
    command = [sys.executable, "-c", CHILD, str(data_dir), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(receipts)]
        child.send_signal(signal.SIGKILL)
    return lines


def test_kill_9_loses_nothing_reviewed_and_a_second_run_completes(tmp_path: Path, folder: Path) -> None:
    data_dir = tmp_path / "data"
    assert all(line.startswith("stored") for line in killed_after(5, data_dir, folder))
    with open_site(Settings(data_dir=data_dir)) as site:
        first = worklist(site, WorklistFilter(), actor=person()).rows[0].study_key
        give_verdict(site, first, Statement(Opinion.FRACTURE, comment="before the second crash"), actor=person("Dr. A"))
    assert len(killed_after(17, data_dir, folder)) == 17
    with open_site(Settings(data_dir=data_dir)) as site:
        receipts = list(ingest_paths(site, [folder], actor="tester"))
        counted = Counter(receipt.outcome for receipt in receipts)
        assert counted[Outcome.KNOWN] >= 17
        assert counted[Outcome.KNOWN] + counted[Outcome.STORED] == 40
        rows = worklist(site, WorklistFilter(), actor=person()).rows
        assert [row.image_count for row in rows] == [4] * 10
        kept = open_case(site, first, actor=person("Dr. A")).verdict
        assert kept is not None
        assert kept.comment == "before the second crash"
        for receipt in receipts:
            assert site.blobs.get(receipt.sha256)
        with site.database.reading() as session:
            assert audit.verify_chain(session) is None
