"""Claim: says who has a case open, so that two readers never read the same one unknowingly."""

from datetime import datetime, timedelta

from core.records import Claim, WorklistFilter
from core.services.review import named, note
from core.services.site import Site
from core.store import claims, worklist
from core.store.database import Session


def claim_case(site: Site, study_key: int, *, reader: str) -> Claim:
    """The claim in force: this reader's, taken or prolonged, unless a colleague has the case open.

    Raises NotFound, NoReader.
    """
    name, now = named(reader), site.clock()
    with site.database.session() as session:
        held = claims.in_force(session, study_key, at=now)
        if held is not None and held.reader != name:
            return held
        return _taken(session, site, study_key, name, now, known=held is not None)


def take_over(site: Site, study_key: int, *, reader: str) -> Claim:
    """This reader's claim from now on, whoever had the case open. Raises NotFound, NoReader."""
    name, now = named(reader), site.clock()
    with site.database.session() as session:
        held = claims.in_force(session, study_key, at=now)
        return _taken(session, site, study_key, name, now, known=held is not None and held.reader == name)


def claim_next(site: Site, *, reader: str, filters: WorklistFilter, after: int | None = None) -> int | None:
    """Key of the next case that is not read and that no colleague has open; it is this reader's from now on.

    Found and taken in one transaction: two readers who ask at the same moment get different cases. None when none is
    left. Raises NoReader.
    """
    name, now = named(reader), site.clock()
    with site.database.session() as session:
        others = claims.of_others(session, name, at=now)
        key = worklist.next_unread(session, filters, after=after, without=others)
        if key is not None:
            held = claims.in_force(session, key, at=now)
            _taken(session, site, key, name, now, known=held is not None)
    return key


def peek_next(site: Site, *, reader: str, filters: WorklistFilter, after: int | None = None) -> int | None:
    """What `claim_next` would find now, without taking it. Raises NoReader."""
    with site.database.reading() as session:
        others = claims.of_others(session, named(reader), at=site.clock())
        return worklist.next_unread(session, filters, after=after, without=others)


def let_go(site: Site, study_key: int, *, reader: str) -> None:
    """End this reader's claim, if she has one. Raises NoReader."""
    with site.database.session() as session:
        claims.release(session, study_key, reader=named(reader))


def _taken(session: Session, site: Site, study_key: int, reader: str, now: datetime, *, known: bool) -> Claim:
    """The claim, audited where it is a new one."""
    until = now + timedelta(minutes=site.settings.claim_minutes)
    claim = claims.take(session, study_key, reader=reader, at=now, until=until)
    if not known:
        note(session, site, reader, "claim", study_key)
    return claim
