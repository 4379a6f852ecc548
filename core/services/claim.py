"""Claim: says who has a case open, so that two readers never read the same one unknowingly."""

from collections.abc import Collection
from datetime import datetime, timedelta

from core.records import Claim, WorklistFilter
from core.rights import Actor, Right, permit
from core.services.blinding import claim_seen, doubled, offer
from core.services.review import note_study
from core.services.site import Site
from core.store import claims, worklist
from core.store.database import Session


def claim_case(site: Site, study_key: int, *, actor: Actor) -> Claim:
    """The claim in force: this reader's, taken or prolonged, unless a colleague has the case open.

    Nothing is written while more than half of her time is left. Where two readers read each case, one who has read it
    keeps it from nobody: the claim she gets is written nowhere. Raises NotFound, NotAllowed.
    """
    name, now = permit(actor, Right.READ), site.clock()
    with site.database.reading() as session:
        if doubled(site) and name in worklist.double_read(session, study_key).readers:
            return Claim(study_key, name, now, now + lifetime(site))
        held = claims.in_force(session, study_key, at=now)
    if held is not None and held.reader == name and held.expires_at - now > lifetime(site) / 2:
        return held
    with site.database.session() as session:
        held = claims.in_force(session, study_key, at=now)
        if held is not None and held.reader != name:
            return claim_seen(site, held, name)
        return _taken(session, site, study_key, name, now, known=held is not None)


def take_over(site: Site, study_key: int, *, actor: Actor) -> Claim:
    """This reader's claim from now on, whoever had the case open. Raises NotFound, NotAllowed."""
    name, now = permit(actor, Right.READ), site.clock()
    with site.database.session() as session:
        held = claims.in_force(session, study_key, at=now)
        return _taken(session, site, study_key, name, now, known=held is not None and held.reader == name)


def claim_next(
    site: Site,
    *,
    actor: Actor,
    filters: WorklistFilter,
    after: int | None = None,
    skipped: Collection[int] = (),
) -> int | None:
    """Key of the most urgent case that is not read and that no colleague has open; it is this reader's from now on.

    Where two readers read each case: none that she has read herself, and none to adjudicate unless she may. `after` is
    the case she leaves: her claim on it ends. One of `skipped` only where nothing else is left. Found and taken in one
    transaction: two readers who ask at the same moment get different cases. None when none is left. Raises NotAllowed.
    """
    name, now = permit(actor, Right.READ), site.clock()
    with site.database.session() as session:
        if after is not None:
            claims.release(session, after, reader=name)
        others = claims.of_others(session, name, at=now)
        key = worklist.next_unread(
            session, filters, after=after, without=others, skipped=skipped, offer=offer(site, actor)
        )
        if key is not None:
            held = claims.in_force(session, key, at=now)
            _taken(session, site, key, name, now, known=held is not None)
    return key


def peek_next(
    site: Site,
    *,
    actor: Actor,
    filters: WorklistFilter,
    after: int | None = None,
    skipped: Collection[int] = (),
) -> int | None:
    """What `claim_next` would find now, without taking it. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        others = claims.of_others(session, name, at=site.clock())
        return worklist.next_unread(
            session, filters, after=after, without=others, skipped=skipped, offer=offer(site, actor)
        )


def held_back(site: Site, *, actor: Actor, filters: WorklistFilter) -> int:
    """How many cases colleagues have open that `claim_next` could find otherwise. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        others = claims.of_others(session, name, at=site.clock())
        return worklist.count_unread(session, filters, among=others, offer=offer(site, actor))


def left_open(site: Site, *, actor: Actor) -> int | None:
    """Key of the case she took last and has not left for the next one, signed or not. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        held = claims.newest_of(session, name, at=site.clock())
    return held.study_key if held else None


def lifetime(site: Site) -> timedelta:
    """How long a claim holds."""
    return timedelta(minutes=site.settings.claim_minutes)


def _taken(session: Session, site: Site, study_key: int, reader: str, now: datetime, *, known: bool) -> Claim:
    """The claim, audited where it is a new one."""
    claim = claims.take(session, study_key, reader=reader, at=now, until=now + lifetime(site))
    if not known:
        note_study(session, site, reader, "claim", study_key)
    return claim
