"""Jobs: progress, cancel, failures of single items, on a real thread pool."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from core.errors import CorruptFile
from core.jobs import Job, JobState, Progress


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool


def test_a_job_tells_how_far_it_is_and_keeps_its_results(executor: Executor) -> None:
    half, go_on = threading.Event(), threading.Event()

    def work(progress: Progress[int]) -> None:
        progress.begin("double", total=4)
        for n in range(4):
            if n == 2:
                half.set()
                go_on.wait(10)
            progress.add(2 * n)
            progress.advance()

    job = Job(executor, work)
    assert half.wait(10)
    middle = job.snapshot()
    go_on.set()
    assert (middle.state, middle.stage, middle.done, middle.total) == (JobState.RUNNING, "double", 2, 4)
    assert middle.fraction == 0.5
    end = job.wait(seconds=10)
    assert (end.state, end.results, end.fraction) == (JobState.DONE, (0, 2, 4, 6), 1.0)
    assert middle.results == (0, 2), "a snapshot does not change afterwards"


def test_an_item_that_fails_does_not_stop_the_others(executor: Executor) -> None:
    def work(progress: Progress[int]) -> None:
        progress.begin("read", total=3)
        for n in range(3):
            if n == 1:
                progress.fail(CorruptFile("The header contradicts itself. Export the image again."))
            else:
                progress.add(n)
            progress.advance()

    end = Job(executor, work).wait(seconds=10)
    assert (end.state, end.results, end.done) == (JobState.DONE, (0, 2), 3)
    [failure] = end.failures
    assert (failure.item, failure.error_class) == (1, "CorruptFile")


def test_cancel_stops_at_the_next_item_and_keeps_what_is_done(executor: Executor) -> None:
    started = threading.Event()

    def work(progress: Progress[int]) -> None:
        while not progress.cancelled:
            progress.add(1)
            started.set()

    job = Job(executor, work)
    assert started.wait(10)
    job.cancel()
    end = job.wait(seconds=10)
    assert end.state == JobState.CANCELLED
    assert len(end.results) >= 1


def test_a_job_cancelled_before_its_turn_never_runs(executor: Executor) -> None:
    go_on, ran = threading.Event(), threading.Event()
    first: Job[int] = Job(executor, lambda progress: void(go_on.wait(10)))
    second: Job[int] = Job(executor, lambda progress: ran.set())
    second.cancel()
    go_on.set()
    assert first.wait(seconds=10).state == JobState.DONE
    assert second.wait(seconds=10).state == JobState.CANCELLED
    assert not ran.is_set()


def void(_: object) -> None:
    """Drop a value."""


def test_a_typed_error_that_ends_the_work_is_told(executor: Executor) -> None:
    def work(progress: Progress[int]) -> None:
        raise CorruptFile("The archive is damaged. Pack it again.")

    end = Job(executor, work).wait(seconds=10)
    assert end.state == JobState.FAILED
    assert end.failures[0].error_message == "The archive is damaged. Pack it again."


def test_a_defect_is_told_without_its_text(executor: Executor, caplog: pytest.LogCaptureFixture) -> None:
    def work(progress: Progress[int]) -> None:
        raise KeyError("DOE^JANE")

    with caplog.at_level(logging.ERROR):
        end = Job(executor, work).wait(seconds=10)
    assert end.state == JobState.FAILED
    assert end.failures[0].error_class == "KeyError"
    assert "DOE" not in end.failures[0].error_message + caplog.text
    assert "KeyError at work (test_jobs.py:" in caplog.text


def test_waiting_no_longer_than_asked(executor: Executor) -> None:
    go_on = threading.Event()
    job: Job[int] = Job(executor, lambda progress: void(go_on.wait(10)))
    assert not job.wait(seconds=0.05).state.final
    go_on.set()
    assert job.wait(seconds=10).state.final


def test_an_unknown_total_has_no_fraction() -> None:
    progress: Progress[int] = Progress()
    progress.begin("import", total=None)
    assert progress.snapshot().fraction is None
    progress.begin("import", total=0)
    assert progress.snapshot().fraction == 1.0
