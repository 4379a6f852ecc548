"""Triage: the worklist, most urgent first."""

from dataclasses import replace

from core.records import WorklistFilter, WorklistPage
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import claims, studies
from core.store import worklist as stored

__all__ = ["WorklistFilter", "WorklistPage", "body_parts", "worklist"]


def worklist(site: Site, filters: WorklistFilter, *, actor: Actor, limit: int = 200, offset: int = 0) -> WorklistPage:
    """Not read first; then fracture, doubt, none, no answer; then the longest waiting. Raises NotAllowed."""
    permit(actor, Right.READ)
    with site.database.reading() as session:
        page = stored.page(session, filters, limit=limit, offset=offset)
        held = claims.of_studies(session, [row.study_key for row in page.rows], at=site.clock())
    rows = tuple(
        replace(row, claimed_by=held[row.study_key].reader) if row.study_key in held else row for row in page.rows
    )
    return replace(page, rows=rows)


def body_parts(site: Site, *, actor: Actor) -> tuple[str, ...]:
    """Every body part that occurs, sorted: the choices of a filter. Raises NotAllowed."""
    permit(actor, Right.READ)
    with site.database.reading() as session:
        return studies.body_parts(session)
