"""Withdraw: a reader takes her last verdict back, by a further entry; it stays on record and counts no more."""

from dataclasses import replace
from datetime import timedelta

from core.errors import VerdictStands
from core.records import Verdict
from core.rights import Actor, Right, permit
from core.services.blinding import doubled
from core.services.review import note_study
from core.services.site import Site
from core.store import unsigned_reads, verdicts, worklist
from core.store.database import Session

UNDO_MINUTES = 15
"""A slip of a key is noticed at once; what has stood for longer may have been acted on."""
ONLY_THE_LAST = "Only the last verdict you signed can be taken back, and only once."


def undoable(site: Site, *, actor: Actor) -> Verdict | None:
    """The last verdict she signed, where it can still be taken back. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        last = verdicts.newest_of(session, name)
        return None if last is None or _stands(session, site, last) else last


def withdraw_verdict(site: Site, verdict_key: int, *, actor: Actor) -> Verdict:
    """Take back a verdict, and return it as withdrawn.

    It must be the last one she signed, no older than `UNDO_MINUTES`, and nobody may have signed on the case after
    her: a colleague may have gone by it. Where two readers read each case, the second read stands: she has seen the
    first, and could fall in with it unnoticed. What she had said of the case before counts again. A reveal stays a
    reveal: where she has seen the AI's answer, her next verdict counts as given after it. What it said, but for the
    opinion, is kept for her as an unsigned read, unless she has begun another one. Raises NotAllowed, VerdictStands.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        last = verdicts.newest_of(session, name)
        if last is None or last.key != verdict_key:
            raise VerdictStands(ONLY_THE_LAST)
        if reason := _stands(session, site, last):
            raise VerdictStands(reason)
        withdrawn = verdicts.withdraw(session, last, at=site.clock())
        if unsigned_reads.get(session, last.study_key, name) is None:
            said = replace(last.alone(), opinion=None)
            unsigned_reads.put(session, last.study_key, name, said, at=site.clock())
        note_study(session, site, name, "withdraw", last.study_key, f"verdict:{last.key}")
    return withdrawn


def _stands(session: Session, site: Site, last: Verdict) -> str:
    """Why her last verdict cannot be taken back, "" where it can."""
    if last.withdrawn_at:
        return ONLY_THE_LAST
    if site.clock() - last.created_at > timedelta(minutes=UNDO_MINUTES):
        return f"A verdict can be taken back for {UNDO_MINUTES} minutes; this one is older."
    if last != [each for each in verdicts.of_study(session, last.study_key) if not each.withdrawn_at][-1]:
        return "A colleague has signed a verdict on this case since."
    if doubled(site) and not last.adjudicates and len(worklist.double_read(session, last.study_key).readers) > 1:
        return "You have seen your colleague's read. Sign a second verdict if you were mistaken."
    return ""
