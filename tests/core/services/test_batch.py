"""The background import: progress, answers as it goes, cancel, and a network that is missing."""

import weakref
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest

from core.jobs import JobState
from core.records import Outcome, Status, WorklistFilter
from core.services.asking import BATCH
from core.services.batch import Upload, start_import, start_samples
from core.services.ingest import ingest_bytes
from core.services.site import Site
from core.services.triage import worklist
from core.store import audit
from tests.core.conftest import Pretend
from tests.core.services.films import film
from tests.factories import archive
from tests.people import person


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_uploads_are_taken_in_and_answered(site: Site, executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "five.dcm").write_bytes(film(5, study=5))
    items: list[Path | Upload] = [
        Upload("one.dcm", film(1)),
        Upload("more.zip", archive({"two.dcm": film(2, study=2), "three.dcm": film(3, study=3)})),
        Upload("notes.txt", b"no picture"),
        tmp_path / "five.dcm",
    ]
    done = start_import(site, executor, items, actor=person("Dr. A")).wait(seconds=120)
    assert (done.state, done.stage, done.failures) == (JobState.DONE, "analyse", ())
    assert [r.outcome.value for r in done.results] == ["stored", "stored", "stored", "refused", "stored"]
    page = worklist(site, WorklistFilter(), actor=person())
    assert page.counts[Status.UNREAD] == page.total == 4
    assert all(row.answer is not None for row in page.rows)


class Watched(Upload):
    """One that can be asked whether it is still held."""


def test_an_upload_is_let_go_once_it_is_taken_in(empty_site: Site, executor: Executor) -> None:
    files = [Watched(f"{number}.dcm", film(number, study=number)) for number in range(3)]
    held, seen, begin, clock = [weakref.ref(each) for each in files], list[list[bool]](), Event(), empty_site.clock

    def look() -> datetime:
        seen.append([each() is not None for each in held])
        return clock()

    empty_site.clock = look
    executor.submit(begin.wait, 10)
    job = start_import(empty_site, executor, files, actor=person("Dr. A"))
    del files
    begin.set()
    assert len(job.wait(seconds=60).results) == 3
    assert seen[0] == [True, True, True]
    assert seen[-1] == [False, False, True]


def test_known_images_without_an_answer_of_this_bundle_get_one(site: Site, executor: Executor) -> None:
    list(ingest_bytes(site, "one.dcm", film(1), actor="tester"))
    done = start_import(site, executor, [Upload("again.dcm", film(1))], actor=person("Dr. A")).wait(seconds=120)
    assert [r.outcome for r in done.results] == [Outcome.KNOWN]
    assert worklist(site, WorklistFilter(), actor=person()).rows[0].answer is not None


def test_without_a_network_everything_is_stored_and_one_failure_says_why(empty_site: Site, executor: Executor) -> None:
    items = [Upload(f"{n}.dcm", film(n, study=n)) for n in range(20)]
    done = start_import(empty_site, executor, items, actor=person("Dr. A")).wait(seconds=120)
    assert done.state is JobState.DONE
    assert [r.outcome for r in done.results] == [Outcome.STORED] * 20
    assert [failure.error_class for failure in done.failures] == ["BundleUnavailable"]
    assert worklist(empty_site, WorklistFilter(), actor=person()).counts[Status.PENDING] == 20


def test_a_cancelled_import_keeps_what_is_in(empty_site: Site, executor: Executor, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02d}.dcm").write_bytes(film(number, study=number))
    job = start_import(empty_site, executor, [tmp_path], actor=person("Dr. A"))
    while not job.snapshot().results:
        job.wait(seconds=0.01)
    job.cancel()
    done = job.wait(seconds=60)
    assert done.state is JobState.CANCELLED
    assert 1 <= len(done.results) < 60
    assert worklist(empty_site, WorklistFilter(), actor=person()).total == len(done.results)
    assert stops(empty_site) == [("Dr. A", f"by request: 0 of 1 items, {len(done.results)} receipts")]


def stops(site: Site) -> list[tuple[str, str]]:
    """Who started imports that were stopped, and what the audit trail tells of each."""
    with site.database.reading() as session:
        return [(entry.actor, entry.outcome) for entry in audit.find(session, action="stop-import")]


def test_an_import_ends_with_the_program_and_asks_no_network_any_more(
    site: Site, executor: Executor, pretend: Pretend, tmp_path: Path
) -> None:
    (tmp_path / "day").mkdir()
    for number in range(60):
        (tmp_path / "day" / f"{number:02d}.dcm").write_bytes(film(number, study=number))
    site.network = pretend(asked="time.sleep(60)")
    job = start_import(site, executor, [tmp_path / "day"], actor=person("Dr. A"))
    while len(job.snapshot().results) < BATCH:
        job.wait(seconds=0.01)
    site.stop()
    done = job.wait(seconds=30)
    assert done.state is JobState.CANCELLED
    assert BATCH <= len(done.results) < 60
    assert worklist(site, WorklistFilter(), actor=person()).counts[Status.PENDING] == len(done.results)
    assert stops(site) == [("Dr. A", f"the program ended: 0 of 1 items, {len(done.results)} receipts")]


def test_the_samples_arrive_answered_and_a_second_time_are_known(site: Site, executor: Executor) -> None:
    done = start_samples(site, executor, actor=person("Dr. A")).wait(seconds=120)
    assert (done.state, len(done.results)) == (JobState.DONE, 7)
    page = worklist(site, WorklistFilter(), actor=person())
    assert page.total == 6
    assert all(row.synthetic and row.patient_name.startswith("SYNTHETIC") for row in page.rows)
    assert worklist(site, WorklistFilter(include_synthetic=False), actor=person()).total == 0
    again = start_samples(site, executor, actor=person("Dr. A")).wait(seconds=120)
    assert {r.outcome for r in again.results} == {Outcome.KNOWN}


def test_a_network_that_dies_once_answers_for_the_whole_import(
    site: Site, executor: Executor, pretend: Pretend
) -> None:
    site.network = pretend(asked="if starts == 1: os._exit(1)")
    items = [Upload(f"{n}.dcm", film(n, study=n)) for n in range(BATCH + 2)]
    done = start_import(site, executor, items, actor=person("Dr. A")).wait(seconds=120)
    assert (done.state, done.failures) == (JobState.DONE, ())
    assert worklist(site, WorklistFilter(), actor=person()).counts[Status.UNREAD] == BATCH + 2


def test_a_network_that_dies_twice_of_the_same_images_is_left_alone_for_this_import(
    site: Site, executor: Executor, pretend: Pretend, tmp_path: Path
) -> None:
    site.network = pretend(asked="os._exit(1)")
    items = [Upload(f"{n}.dcm", film(n, study=n)) for n in range(BATCH + 2)]
    done = start_import(site, executor, items, actor=person("Dr. A")).wait(seconds=120)
    assert [failure.error_class for failure in done.failures] == ["BundleUnavailable"]
    assert worklist(site, WorklistFilter(), actor=person()).counts[Status.PENDING] == BATCH + 2
    assert (tmp_path / "pretended-0" / "started").read_text() == "xx"
