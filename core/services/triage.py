"""Triage: the worklist, most urgent first, and the next case to read."""

from core.records import WorklistFilter, WorklistPage
from core.services.site import Site

__all__ = ["WorklistFilter", "WorklistPage", "next_case", "worklist"]


def worklist(site: Site, filters: WorklistFilter, *, limit: int = 200, offset: int = 0) -> WorklistPage:
    """Unread first; then fracture, doubt, none, pending; then the longest waiting."""
    raise NotImplementedError


def next_case(site: Site, *, after: int | None, filters: WorklistFilter) -> int | None:
    """Key of the next unread study in the worklist's order, other than `after`; None when all are read."""
    raise NotImplementedError
