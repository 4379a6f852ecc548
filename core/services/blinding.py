"""Blinding: where two readers read each case, what one may see of it before she has read it herself.

Whoever has not read a case as it now stands gets no colleague's verdict with it and no name, and, where the site reads
first, nothing the AI says. Who is to adjudicate gets the reads without names, so that they weigh by what they say and
not by who says it; she gets the names once she has signed. Where one read is asked for, nothing is held back here.
"""

from dataclasses import replace

from core.errors import NotAllowed, NotYet
from core.records import Case, Claim, Status
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import reveals, verdicts, worklist
from core.store.database import Session
from core.store.worklist import DoubleRead, Offer

COLLEAGUE = "A colleague"
"""Stands for the name of whoever has a case open."""


def doubled(site: Site) -> bool:
    """Whether two readers read each case."""
    return site.settings.reads == 2


def offer(site: Site, actor: Actor) -> Offer | None:
    """For whom the next case is looked for; None where one read is asked for."""
    return Offer(actor.name, actor.may(Right.ADJUDICATE)) if doubled(site) else None


def awaits_her(found: DoubleRead, actor: Actor) -> bool:
    """Whether the case waits for adjudication, and this person may give it: she has not read it."""
    undecided = found.status is Status.ADJUDICATION
    return undecided and actor.may(Right.ADJUDICATE) and actor.name not in found.readers


def check_adjudication(session: Session, site: Site, study_key: int, actor: Actor) -> None:
    """Raise NotAllowed unless two reads differ, or were decided between already, and neither is hers."""
    permit(actor, Right.ADJUDICATE)
    found = worklist.double_read(session, study_key)
    deciding = (each.adjudicates for each in verdicts.of_study(session, study_key) if each.key == found.decided_by)
    differ = found.status is Status.ADJUDICATION or any(deciding)
    if not doubled(site) or not differ or actor.name in found.readers:
        raise NotAllowed("This case asks for no adjudication of yours. Go back to the worklist and take the next one.")


def decided(case: Case, found: DoubleRead, actor: Actor) -> bool:
    """Whether it is her adjudication that decides the case."""
    return any(each.key == found.decided_by and each.reader == actor.name for each in case.verdicts if each.adjudicates)


def as_seen(session: Session, site: Site, case: Case, actor: Actor) -> Case:
    """The case as this person may see it now."""
    if not doubled(site):
        return case
    found = worklist.double_read(session, case.study.key)
    if actor.name in found.readers or decided(case, found, actor):
        return case
    if awaits_her(found, actor):
        return unnamed(case, actor.name)
    own = [verdict for verdict in case.verdicts if verdict.reader == actor.name]
    sees_ai = bool(own) or _sees_ai(session, site, case.study.key, actor.name)
    return without_reads(case, actor.name, keep_ai=sees_ai)


def without_reads(case: Case, name: str, *, keep_ai: bool) -> Case:
    """The case with nothing of what others say of it."""
    flag = case.flag if case.flag is None or case.flag.reader == name else replace(case.flag, reader="", reason="")
    return replace(
        case,
        verdicts=tuple(verdict for verdict in case.verdicts if verdict.reader == name),
        findings=case.findings if keep_ai else (),
        flag=flag,
        key_images=tuple(each for each in case.key_images if each.reader == name),
    )


def check_ai(session: Session, site: Site, study_key: int, actor: Actor) -> None:
    """Raise NotYet where what the AI says is held back from this person."""
    if not doubled(site) or _sees_ai(session, site, study_key, actor.name):
        return
    signed = any(verdict.reader == actor.name for verdict in verdicts.of_study(session, study_key))
    if not signed and not awaits_her(worklist.double_read(session, study_key), actor):
        raise NotYet("What the AI says of this case is shown after your own verdict. Sign it first.")


def unnamed(case: Case, but: str) -> Case:
    """The case with `Reader 1`, `Reader 2` … for the names, in the order of their first verdicts, but for one.

    The blank within is one that no account's name can have, so that nobody is taken for a reader she is not.
    """
    signed = [each.reader for each in case.standing] + [each.reader for each in case.key_images]
    signed += [case.flag.reader] if case.flag else []
    names = (name for name in dict.fromkeys(signed) if name != but)
    shown = {name: f"Reader\N{NO-BREAK SPACE}{number}" for number, name in enumerate(names, start=1)} | {but: but}
    return replace(
        case,
        verdicts=tuple(replace(each, reader=shown[each.reader]) for each in case.standing),
        key_images=tuple(replace(each, reader=shown[each.reader]) for each in case.key_images),
        flag=case.flag and replace(case.flag, reader=shown[case.flag.reader]),
    )


def claim_seen(site: Site, claim: Claim, name: str) -> Claim:
    """The claim without a colleague's name where two readers read each case: it may be the first reader's."""
    return claim if claim.reader == name or not doubled(site) else replace(claim, reader=COLLEAGUE)


def _sees_ai(session: Session, site: Site, study_key: int, name: str) -> bool:
    return not site.settings.read_first or reveals.has_revealed(session, study_key, name)
