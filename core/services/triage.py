"""Triage: the worklist, most urgent first."""

from dataclasses import replace

from core.records import Status, WorklistFilter, WorklistPage, WorklistRow
from core.rights import Actor, Right, permit
from core.services.blinding import claim_seen
from core.services.site import Site
from core.store import claims, images, networks, studies, unsigned_reads
from core.store import worklist as stored

__all__ = ["WorklistFilter", "WorklistPage", "asked_anew", "body_parts", "worklist"]


def worklist(site: Site, filters: WorklistFilter, *, actor: Actor, limit: int = 200, offset: int = 0) -> WorklistPage:
    """Not read first; then by the answer; then the longest waiting. Raises NotAllowed.

    By the answer: fracture; doubt, or an image the AI failed on; none; no answer yet.

    Where the site reads first, what the AI says beyond that order is kept back until a case is read. Where two readers
    read each case, nobody is told an opinion before there is one that counts, nor who has it open.
    """
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        page = stored.page(session, filters, limit=limit, offset=offset, reads=site.settings.reads)
        keys = [row.study_key for row in page.rows]
        held = claims.of_studies(session, keys, at=site.clock())
        begun = unsigned_reads.among(session, keys, name)
    claimed = {key: claim_seen(site, claim, name).reader for key, claim in held.items()}
    rows = (replace(row, claimed_by=claimed.get(row.study_key, ""), begun=row.study_key in begun) for row in page.rows)
    if site.settings.read_first:
        rows = (_kept_back(row) for row in rows)
    return replace(page, rows=tuple(rows))


def _kept_back(row: WorklistRow) -> WorklistRow:
    """Without the AI's probability, and without what tells its answer beside an earlier opinion, until it is read."""
    return row if row.status is Status.READ else replace(row, probability=None, disagrees=False, withheld=True)


def asked_anew(site: Site, *, actor: Actor) -> int:
    """How many cases still stand where a network put them that is not the one in use any more. Raises NotAllowed.

    Until that one has looked at them; cases that are read are not among them.
    """
    permit(actor, Right.READ)
    with site.database.reading() as session:
        bundle = networks.in_use(session)
        return images.asked_anew(session, bundle) if bundle else 0


def body_parts(site: Site, *, actor: Actor) -> tuple[str, ...]:
    """Every body part that occurs, sorted: the choices of a filter. Raises NotAllowed."""
    permit(actor, Right.READ)
    with site.database.reading() as session:
        return studies.body_parts(session)
