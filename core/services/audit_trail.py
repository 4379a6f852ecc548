"""Audit trail: searches who did what to what, and proves that nothing in it was changed, removed or inserted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from core.errors import RequestError
from core.records import AuditEntry
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import audit

DIGEST_LENGTH = 64


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries to list. An empty word means any; days are the reader's own and inclusive."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    """Kind and key, e.g. `study:12`."""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, newest first, and how many there are in all."""

    entries: tuple[AuditEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AuditChoices:
    """Everybody and everything the trail names, sorted."""

    actors: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What came of checking the chain."""

    entries: int
    broken_at: int | None
    """Key of the first entry that is changed, missing or inserted; None when the chain is whole."""
    head: str
    """`KEY:DIGEST` of the newest entry: kept elsewhere, it later proves that nothing was cut off the end."""


def search(
    site: Site, query: AuditQuery, *, actor: Actor, zone: tzinfo, limit: int = 100, offset: int = 0
) -> AuditPage:
    """A page of the trail, newest first. Raises NotAllowed, StoreUnavailable."""
    permit(actor, Right.AUDIT)
    words = {"actor": query.actor, "action": query.action, "subject": query.subject}
    since, until = _midnight(query.first, zone), _midnight(query.last, zone, days=1)
    with site.database.reading() as session:
        return AuditPage(
            entries=audit.find(session, **words, since=since, until=until, limit=limit, offset=offset),
            total=audit.count(session, **words, since=since, until=until),
        )


def choices(site: Site, *, actor: Actor) -> AuditChoices:
    """What a search may ask for. Raises NotAllowed, StoreUnavailable."""
    permit(actor, Right.AUDIT)
    with site.database.reading() as session:
        return AuditChoices(audit.actors(session), audit.actions(session))


def check_chain(site: Site, *, actor: Actor, noted: str = "") -> ChainCheck:
    """Recompute every digest. `noted` is the head of an earlier check, `KEY:DIGEST`; the check is audited itself.

    Raises NotAllowed, and RequestError for a `noted` that is none.
    """
    who = permit(actor, Right.AUDIT)
    anchor = _parsed(noted) if noted else None
    with site.database.reading() as session:
        broken = audit.verify_chain(session, noted=anchor)
        head = audit.head(session)
    with site.database.session() as session:
        outcome = "whole" if broken is None else f"broken at {broken}"
        audit.append(session, at=site.clock(), actor=who, action="verify", subject="audit:chain", outcome=outcome)
    return ChainCheck(head.key if head else 0, broken, f"{head.key}:{head.digest}" if head else "")


def _midnight(day: date | None, zone: tzinfo, *, days: int = 0) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=days), time.min, zone)


def _parsed(noted: str) -> AuditEntry:
    """The head an earlier check told, as far as it is needed."""
    key, _, digest = noted.strip().partition(":")
    if not key.isdecimal() or len(digest) != DIGEST_LENGTH:
        raise RequestError("The noted head is not KEY:DIGEST. Give the line that an earlier check printed.")
    return AuditEntry(int(key), datetime.min.replace(tzinfo=UTC), "", "", "", "", digest)
