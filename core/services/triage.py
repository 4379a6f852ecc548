"""Triage: the worklist, most urgent first, and the next case to read."""

from dataclasses import replace

from core.records import WorklistFilter, WorklistPage
from core.services.site import Site
from core.store import claims, studies
from core.store import worklist as stored

__all__ = ["WorklistFilter", "WorklistPage", "body_parts", "next_case", "worklist"]


def worklist(site: Site, filters: WorklistFilter, *, limit: int = 200, offset: int = 0) -> WorklistPage:
    """Not read first; then fracture, doubt, none, no answer; then the longest waiting."""
    with site.database.reading() as session:
        page = stored.page(session, filters, limit=limit, offset=offset)
        held = claims.of_studies(session, [row.study_key for row in page.rows], at=site.clock())
    rows = tuple(
        replace(row, claimed_by=held[row.study_key].reader) if row.study_key in held else row for row in page.rows
    )
    return replace(page, rows=rows)


def next_case(site: Site, *, after: int | None, filters: WorklistFilter) -> int | None:
    """Key of the next study that is not read, below `after` in the worklist, then from the top; None when none is left.

    Never `after` itself.
    """
    with site.database.reading() as session:
        return stored.next_unread(session, filters, after=after)


def body_parts(site: Site) -> tuple[str, ...]:
    """Every body part that occurs, sorted: the choices of a filter."""
    with site.database.reading() as session:
        return studies.body_parts(session)
