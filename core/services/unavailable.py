"""Unavailable: tells what is wrong with a bundle's files as the error this product shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import BundleUnavailable
from models.errors import BundleError


@contextmanager
def unavailable(told: str) -> Iterator[None]:
    """Within this block a BundleError becomes BundleUnavailable: `told`, then the reason."""
    try:
        yield
    except BundleError as error:
        raise BundleUnavailable(f"{told}: {error}.") from error
