"""Warming up: what waits gets its answer by itself, and a network put right is found."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from core.errors import BundleUnavailable
from core.rights import SERVER
from core.services.review import open_case
from core.services.site import LazyPredictor, Site
from core.services.warm_up import RETRY_SECONDS, WarmUp, answer_for_waiting
from core.store import audit, findings, images
from tests.core.conftest import Pretend
from tests.core.services.films import film, stored
from tests.people import person


@pytest.fixture
def threads() -> Iterator[Executor]:
    """One, so that what was begun first is also done first."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def wait(threads: Executor) -> None:
    """Until all that was begun, and all that this began, is done."""
    for _ in range(2):
        threads.submit(int).result()


def test_images_that_came_without_a_network_are_answered(site: Site, threads: Executor) -> None:
    keys = stored(site, film(1), film(2, study=2))
    warm_up = WarmUp(site, threads)
    wait(threads)
    assert warm_up.ready
    assert warm_up.problem() is None
    with site.database.reading() as session:
        studies = [images.get(session, key).study_key for key in keys]
        actors = {entry.actor for entry in audit.find(session, action="analyse")}
    assert all(open_case(site, study, actor=person()).finding for study in studies)
    assert actors == {SERVER}


def test_a_bundle_put_right_is_found_after_a_while_and_answers(
    empty_site: Site, pretend: Pretend, threads: Executor
) -> None:
    site, now = empty_site, [0.0]
    [key] = stored(site, film(1))
    warm_up = WarmUp(site, threads, now=lambda: now[0])
    wait(threads)
    assert warm_up.problem() is not None
    assert not warm_up.ready
    pretend(folder=site.settings.bundle)
    wait(threads)
    assert not warm_up.ready, "it is not tried at every look"
    now[0] = RETRY_SECONDS
    assert warm_up.problem() is not None, "told until it is known to be over"
    wait(threads)
    assert warm_up.problem() is None
    with site.database.reading() as session:
        study = images.get(session, key).study_key
    assert open_case(site, study, actor=person()).finding
    site.network.close()


def test_what_goes_wrong_is_logged_without_a_word_of_the_image(
    empty_site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    stored(empty_site, film(1))
    empty_site.network = LazyPredictor(empty_site.settings.bundle)
    with caplog.at_level(logging.WARNING):
        answer_for_waiting(empty_site)
    [message] = caplog.messages
    assert message.startswith("images still wait for an answer: BundleUnavailable at unavailable (unavailable.py:")
    assert str(empty_site.settings.bundle) not in message


def answered(site: Site, keys: list[int]) -> list[bool]:
    """Which of these images have an answer."""
    with site.database.reading() as session:
        return [findings.of_image(session, key) is not None for key in keys]


def test_what_an_import_left_without_an_answer_is_asked_about_after_a_while(
    site: Site, pretend: Pretend, threads: Executor
) -> None:
    now = [0.0]
    site.network = pretend()
    warm_up = WarmUp(site, threads, now=lambda: now[0])
    wait(threads)
    keys = stored(site, film(1))
    assert warm_up.problem() is None
    wait(threads)
    assert answered(site, keys) == [False], "not at every look"
    now[0] = RETRY_SECONDS
    assert warm_up.problem() is None
    assert warm_up.ready, "no page says that it is loaded again"
    wait(threads)
    assert answered(site, keys) == [True]


def test_nothing_is_asked_or_loaded_once_the_program_ends(site: Site, pretend: Pretend, threads: Executor) -> None:
    site.network = pretend()
    keys = stored(site, film(1))
    site.stop()
    warm_up = WarmUp(site, threads)
    wait(threads)
    assert isinstance(warm_up.problem(), BundleUnavailable)
    answer_for_waiting(site)
    assert answered(site, keys) == [False]


def test_one_pass_at_a_time(site: Site, pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    now, begun, go_on = [0.0], list[Site](), threading.Event()

    def answer(asked: Site) -> None:
        begun.append(asked)
        go_on.wait(10)

    monkeypatch.setattr("core.services.warm_up.answer_for_waiting", answer)
    site.network = pretend()
    with ThreadPoolExecutor(3) as pool:
        warm_up = WarmUp(site, pool, now=lambda: now[0])
        warm_up._check.result()
        for now[0] in (RETRY_SECONDS, 3 * RETRY_SECONDS):
            warm_up.problem()
        go_on.set()
    assert begun == [site]


def test_an_unexpected_failure_to_load_is_told_plainly_and_logged_with_its_place(
    site: Site, threads: Executor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]

    def break_down() -> None:
        raise ZeroDivisionError("Doe^Jane")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(site, "bundle_problem", break_down)
        warm_up = WarmUp(site, threads, now=lambda: now[0])
        wait(threads)
        problem = warm_up.problem()
    assert isinstance(problem, BundleUnavailable)
    assert "unexpected" in str(problem)
    assert not warm_up.ready
    [message] = caplog.messages
    assert message.startswith("the network could not be loaded: ZeroDivisionError at break_down (test_warm_up.py:")
    assert "Doe" not in message


def test_threads_that_ended_first_are_no_error(site: Site, threads: Executor) -> None:
    go_on = threading.Event()
    threads.submit(go_on.wait, 10)
    warm_up = WarmUp(site, threads)
    threads.shutdown(wait=False, cancel_futures=True)
    go_on.set()
    assert warm_up.problem() is None
    assert not warm_up.ready


def test_any_failure_to_answer_is_logged_with_its_place(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*given: object, **named: object) -> None:
        raise ZeroDivisionError("Doe^Jane")

    monkeypatch.setattr("core.services.warm_up.analyse_pending", break_down)
    with caplog.at_level(logging.WARNING):
        answer_for_waiting(site)
    [message] = caplog.messages
    assert message.startswith("images still wait for an answer: ZeroDivisionError at break_down (test_warm_up.py:")
    assert "Doe" not in message
