"""Warming up: what waits gets its answer by itself, and a network put right is found."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from core.rights import SERVER
from core.services.review import open_case
from core.services.site import LazyPredictor, Site
from core.services.warm_up import RETRY_SECONDS, WarmUp, answer_for_waiting
from core.store import audit, images
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
    empty_site: Site, bundle: Path, threads: Executor
) -> None:
    site, now = empty_site, [0.0]
    [key] = stored(site, film(1))
    warm_up = WarmUp(site, threads, now=lambda: now[0])
    wait(threads)
    assert warm_up.problem() is not None
    assert not warm_up.ready
    shutil.copytree(bundle, site.settings.bundle)
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
    assert caplog.messages == ["images still wait for an answer: BundleUnavailable"]
