"""Analyse: asks the network about stored images and keeps its findings."""

from collections.abc import Iterator, Sequence

from core.records import Finding
from core.services.site import Site


def analyse_images(site: Site, image_keys: Sequence[int], *, actor: str) -> list[Finding]:
    """Findings for these images, leaving out those that this bundle has already answered.

    Raises BundleUnavailable when there is no network; an image that cannot be decoded is audited and left out.
    """
    raise NotImplementedError


def analyse_pending(site: Site, *, actor: str) -> Iterator[Finding]:
    """Every stored image that this bundle has not answered yet, oldest first."""
    raise NotImplementedError
