"""Warm up: loads the network beside the pages, and has it answer for the images that still wait."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

from core.errors import BundleUnavailable, LucencyError
from core.rights import SERVER
from core.services.analyse import analyse_pending
from core.services.site import Site

log = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long a network that cannot be had is left alone before it is tried again."""


class WarmUp:
    """Begins at once, in a thread of `executor`. Thread-safe.

    A network that cannot be loaded is tried again when somebody asks, at most once in RETRY_SECONDS of `now`: a bundle
    put right needs no restart.
    """

    def __init__(self, site: Site, executor: Executor, *, now: Callable[[], float] = time.monotonic) -> None:
        self._site, self._executor, self._now = site, executor, now
        self._lock = threading.Lock()
        self._told: BundleUnavailable | None = None
        self._begin()

    def problem(self) -> BundleUnavailable | None:
        """Why the network cannot be used, or None; also None while it is loaded first, so that nobody waits."""
        with self._lock:
            if self._check.done():
                self._told = self._check.result()
                if self._told is not None and self._now() - self._begun >= RETRY_SECONDS:
                    self._begin()
            return self._told

    @property
    def ready(self) -> bool:
        """Whether the network is loaded."""
        with self._lock:
            return self._check.done() and self._check.result() is None

    def _begin(self) -> None:
        self._begun = self._now()
        self._check: Future[BundleUnavailable | None] = self._executor.submit(self._load)

    def _load(self) -> BundleUnavailable | None:
        problem = self._site.bundle_problem()
        if problem is None:
            self._executor.submit(answer_for_waiting, self._site)
        return problem


def answer_for_waiting(site: Site) -> None:
    """Ask about every image without an answer; what goes wrong is logged by its class, and tried at the next start."""
    try:
        for _ in analyse_pending(site, actor=SERVER):
            pass
    except LucencyError as error:
        log.warning("images still wait for an answer: %s", type(error).__name__)
