"""Site: opens what one place of work needs: the store, the decoding worker and, on first use, the network."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from core.errors import BundleUnavailable
from core.settings import Settings


def utc_now() -> datetime:
    """The clock of the product."""
    return datetime.now(UTC)


class Site:
    """The parts every service needs. Build it with `open_site`."""

    settings: Settings
    clock: Callable[[], datetime]

    def bundle_problem(self) -> BundleUnavailable | None:
        """Why the network cannot be used, or None. Loads it on the first call."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the decoding worker and let the database go."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_site(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Site:
    """Create the data folder and the database where missing, and open them. The network is loaded on first use."""
    raise NotImplementedError
