"""Saved views: a reader's named choices of the worklist's filters; nobody else sees them."""

import logging
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from core.errors import RequestError
from core.records import WorklistFilter
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import saved_views

log = logging.getLogger(__name__)

LONGEST_NAME = 40
MOST = 30
"""Most views a reader may keep."""
_json: TypeAdapter[WorklistFilter] = TypeAdapter(WorklistFilter)


def views(site: Site, *, actor: Actor) -> dict[str, WorklistFilter]:
    """Her views by name. One that this version cannot read any more is left out. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        kept = saved_views.of_owner(session, name)
    return {each: filters for each, text in kept.items() if (filters := parsed(text)) is not None}


def save_view(site: Site, name: str, filters: WorklistFilter, *, actor: Actor) -> None:
    """Keep the filters under a name, in the place of a view of the same name.

    The search text is left out: it may name a patient. Days are left out, too: they pass. Raises NotAllowed,
    RequestError for a name that is empty or too long, or for too many views.
    """
    owner, known = permit(actor, Right.READ), " ".join(name.split())
    if not known or len(known) > LONGEST_NAME:
        raise RequestError(f"A view has a name of 1 to {LONGEST_NAME} characters.")
    lasting = replace(filters, text="", received_from=None, received_to=None)
    with site.database.session() as session:
        kept = saved_views.of_owner(session, owner)
        if known not in kept and len(kept) >= MOST:
            raise RequestError(f"There is room for {MOST} views. Delete one first.")
        saved_views.put(session, owner, known, _json.dump_json(lasting).decode())


def remove_view(site: Site, name: str, *, actor: Actor) -> None:
    """Forget a view. Raises NotAllowed."""
    owner = permit(actor, Right.READ)
    with site.database.session() as session:
        saved_views.remove(session, owner, name)


def parsed(text: str) -> WorklistFilter | None:
    """The filters, or None for a text that is none of this version's."""
    try:
        return _json.validate_json(text)
    except ValidationError:
        log.warning("A saved view cannot be read by this version; it is left out")
        return None
