"""Upload: files go in, each is answered for, and the time left is told."""

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from core.jobs import Job, JobState, Progress, Snapshot
from core.records import Outcome, Receipt, WorklistFilter
from core.services.site import Site
from core.services.triage import worklist
from dashboard import exchange_wording, resources, session
from dashboard.screens.upload import outcome_sentence, progress_text, seconds_left
from tests.core.services.films import film
from tests.dashboard.conftest import READER, Screen, draw, signed_in, texts
from tests.people import person

ELSE = "of somebody else"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def finished(test: AppTest) -> AppTest:
    """The page once its import has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if resources.imports()[READER].job.snapshot().state.final:
            return test.run()
        time.sleep(0.1)
    raise AssertionError("the import did not end")


def test_files_are_taken_in_and_each_is_answered_for(screen: Screen, empty_site: Site) -> None:
    name, data = "film.dcm", film(study=1, BodyPartExamined="WRIST")
    test = screen("upload", empty_site)
    files = [(name, data, "application/dicom"), ("notes.txt", b"not an image", "text/plain")]
    test.file_uploader(key="files-0").set_value(files).run()
    test.button(key="take-in").click().run()
    finished(test)
    assert not test.exception
    assert "1 image taken in, 1 refused" in texts(test)
    assert worklist(empty_site, WorklistFilter(), actor=person()).total == 1
    shown = test.dataframe[0].value
    assert list(shown["Result"]) == ["✕ Refused", "✓ Taken in"]


def test_streamlit_keeps_no_file_that_was_handed_over(
    screen: Screen, empty_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, add = list[MemoryUploadedFileManager](), MemoryUploadedFileManager.add_file

    def seen(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        kept.append(manager)
        add(manager, session_id, file)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", seen)
    test = screen("upload", empty_site)
    test.file_uploader(key="files-0").set_value(("film.dcm", film(study=1), "application/dicom")).run()
    assert [len(files) for files in kept[-1].file_storage.values()] == [1]
    test.button(key="take-in").click().run()
    assert [len(files) for files in kept[-1].file_storage.values()] == [0]
    assert "1 image taken in" in texts(finished(test))


def test_more_than_the_site_lets_in_at_once_is_not_taken_in(screen: Screen, empty_site: Site) -> None:
    limits = empty_site.settings.limits.model_copy(update={"upload_bytes": 1000})
    empty_site.settings = empty_site.settings.model_copy(update={"limits": limits})
    test = screen("upload", empty_site)
    test.file_uploader(key="files-0").set_value(("one.png", bytes(1000), "image/png")).run()
    assert not test.button(key="take-in").disabled
    test.file_uploader(key="files-0").set_value([("one.png", bytes(600), ""), ("two.png", bytes(401), "")]).run()
    assert test.button(key="take-in").disabled
    assert "core import" in test.warning[0].value


def test_the_same_file_again_is_recognised(screen: Screen, site: Site) -> None:
    name, data = "film.dcm", film(study=1, BodyPartExamined="WRIST")
    test = screen("upload", site)
    test.file_uploader(key="files-0").set_value((name, data, "application/dicom")).run()
    test.button(key="take-in").click().run()
    finished(test)
    assert "1 already here" in texts(test)


def another_window() -> AppTest:
    """The page loaded anew, by whoever is signed in."""
    return AppTest.from_function(draw, args=("upload",), default_timeout=30).run()


def labels(test: AppTest) -> set[str]:
    """What the buttons of a page say."""
    return {button.label for button in test.button}


def somebody_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a colleague is signed in."""
    signed_in(site, name="Dr. Else", token=ELSE)
    monkeypatch.setattr(session, "token", lambda: ELSE)


def test_what_came_of_an_import_outlives_the_window_and_is_hers_alone(
    screen: Screen, empty_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = screen("upload", empty_site)
    test.file_uploader(key="files-0").set_value(("notes.txt", b"not an image", "text/plain")).run()
    test.button(key="take-in").click().run()
    finished(test)
    again = another_window()
    assert "1 refused" in texts(again)
    assert list(again.dataframe[0].value["Result"]) == ["✕ Refused"]
    again.button(key="clear").click().run()
    assert "1 refused" not in texts(again)
    assert "1 refused" not in texts(test.run())
    test.file_uploader(key="files-1").set_value(("notes.txt", b"not an image", "text/plain")).run()
    test.button(key="take-in").click().run()
    finished(test)
    somebody_else(empty_site, monkeypatch)
    assert "1 refused" not in texts(another_window())


@pytest.fixture
def running(executor: Executor) -> Iterator[Job[Receipt]]:
    """An import that ends once it is stopped."""

    def work(progress: Progress[Receipt]) -> None:
        while not progress.cancelled:
            time.sleep(0.02)

    job = Job(executor, work)
    yield job
    job.cancel()


def test_an_import_that_runs_is_shown_and_stopped_in_another_window_and_no_second_one_takes_its_place(
    screen: Screen, empty_site: Site, running: Job[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    test = screen("upload", empty_site)
    test.file_uploader(key="files-0").set_value(("notes.txt", b"not an image", "text/plain")).run()
    resources.imports()[READER] = resources.Import(running, empty_site.clock())
    with monkeypatch.context() as other:
        somebody_else(empty_site, other)
        assert "Take in" in labels(another_window())
    test.button(key="take-in").click().run()
    assert [toast.value for toast in test.toast] == [exchange_wording.UPLOAD_RUNS]
    assert resources.imports()[READER].job is running
    another_window().button(key="stop").click().run()
    assert running.wait(seconds=10).state is JobState.CANCELLED
    assert "Stopped at your request" in texts(test.run())


def test_without_files_there_is_nothing_to_take_in(screen: Screen, empty_site: Site) -> None:
    assert screen("upload", empty_site).button(key="take-in").disabled


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [(0, 10, 5.0, None), (5, 10, 1.0, None), (5, 10, 10.0, 10.0), (10, 10, 9.0, 0.0)],
)
def test_the_time_left_follows_the_pace_so_far(done: int, total: int, elapsed: float, left: float | None) -> None:
    assert seconds_left(done, total, elapsed) == left


def test_the_progress_line() -> None:
    running: Snapshot[Receipt] = Snapshot(JobState.RUNNING, "import", 5, 10, (), ())
    assert progress_text(running, START, START + timedelta(minutes=5)) == "Taking in 5 of 10 · about 5 min left"
    waiting: Snapshot[Receipt] = Snapshot(JobState.WAITING, "", 0, None, (), ())
    assert progress_text(waiting, START, START) == "Starting …"


def test_the_result_in_a_sentence() -> None:
    assert (
        outcome_sentence({Outcome.STORED: 12, Outcome.KNOWN: 0, Outcome.REFUSED: 3}) == "12 images taken in, 3 refused"
    )
    assert outcome_sentence(dict.fromkeys(Outcome, 0)) == "Nothing was taken in"
