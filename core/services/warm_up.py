"""Warm up: loads the network beside the pages, enters that it is in use, and has it answer for the images that wait."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

from core.errors import BundleUnavailable, place
from core.rights import SERVER
from core.services.analyse import analyse_pending
from core.services.network import use_network
from core.services.site import Site

log = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long a network that cannot be had is left alone before it is tried again, and what still waits for an answer."""
UNEXPECTED = "The network could not be loaded for an unexpected reason. It is tried again by itself."


class WarmUp:
    """Begins at once, in a thread of `executor`. Thread-safe.

    When somebody asks, at most once in RETRY_SECONDS of `now`, a network that could not be loaded is tried again, and
    one that is loaded answers for the images that wait: neither a bundle put right nor a process that died needs a
    restart.
    """

    def __init__(self, site: Site, executor: Executor, *, now: Callable[[], float] = time.monotonic) -> None:
        self._site, self._executor, self._now = site, executor, now
        self._lock = threading.Lock()
        self._told: BundleUnavailable | None = None
        self._answers: Future[None] | None = None
        self._begin()

    def problem(self) -> BundleUnavailable | None:
        """Why the network cannot be used, or None; also None while it is loaded first, so that nobody waits."""
        with self._lock:
            if self._checked:
                self._told = self._check.result()
                if self._now() - self._begun >= RETRY_SECONDS:
                    self._try_again()
            return self._told

    @property
    def ready(self) -> bool:
        """Whether the network is loaded."""
        with self._lock:
            return self._checked and self._check.result() is None

    @property
    def _checked(self) -> bool:
        """Whether it is known if the network loads; never, once the threads were ended before they came to it."""
        return self._check.done() and not self._check.cancelled()

    def _begin(self) -> None:
        self._begun = self._now()
        self._check: Future[BundleUnavailable | None] = self._executor.submit(self._load)

    def _try_again(self) -> None:
        if self._told is not None:
            self._begin()
        elif self._answers is None or self._answers.done():
            self._begun = self._now()
            self._answer()

    def _answer(self) -> None:
        self._answers = self._executor.submit(answer_for_waiting, self._site)

    def _load(self) -> BundleUnavailable | None:
        try:
            problem = self._site.bundle_problem()
            if problem is None:
                self._answer()
        except Exception as error:  # class and place: a message may hold anything
            log.error("the network could not be loaded: %s at %s", type(error).__name__, place(error))
            return BundleUnavailable(UNEXPECTED)
        return problem


def answer_for_waiting(site: Site) -> None:
    """Ask about every image that waits; what goes wrong is logged by class and place, and tried again later.

    The network that is asked is the one in use from here on, also where a command line brought another one meanwhile.
    """
    try:
        use_network(site, actor=SERVER)
        for _ in analyse_pending(site, actor=SERVER):
            pass
    except Exception as error:  # class and place: a message may hold anything
        log.warning("images still wait for an answer: %s at %s", type(error).__name__, place(error))
