"""Review: a reader's work on one study: open it, give a verdict, see the AI's answer, flag it."""

from core.errors import InvalidVerdict
from core.records import Case, Failure, Flag, Statement, Verdict
from core.rights import Actor, Right, permit
from core.services.blinding import as_seen, awaits_her, check_adjudication, check_ai, decided, doubled
from core.services.site import Site
from core.services.statement import LONGEST, checked, signable
from core.store import (
    audit,
    cases,
    claims,
    failures,
    flags,
    images,
    reveals,
    studies,
    unsigned_reads,
    verdicts,
    worklist,
)  # fmt: skip
from core.store.database import Session


def open_case(site: Site, study_key: int, *, actor: Actor) -> Case:
    """The study with all that is known of it; the view is audited. Raises NotFound, NotAllowed.

    To a reader who saw an answer of the AI before, another one that has come since is a reveal of its own. Where two
    readers read each case, without what `core.services.blinding` holds back from her.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        reveals.renew(session, study_key, reader=name, at=site.clock())
        case = as_seen(session, site, cases.get(session, study_key), actor)
        note_study(session, site, name, "view", study_key)
    return case


def adjudicates(site: Site, study_key: int, *, actor: Actor) -> bool:
    """Whether her verdict on this case decides between two that differ. Raises NotFound, NotAllowed."""
    permit(actor, Right.READ)
    if not doubled(site):
        return False
    with site.database.reading() as session:
        found = worklist.double_read(session, study_key)
        return awaits_her(found, actor) or decided(cases.get(session, study_key), found, actor)


def give_verdict(
    site: Site,
    study_key: int,
    said: Statement,
    *,
    actor: Actor,
    seen_image_key: int | None = None,
    adjudicating: bool = False,
) -> Verdict:
    """Sign what she says. A change of mind is a further verdict; the newest counts.

    Whether it counts as given after the AI is not the page's to say: it does once the AI's answer was revealed to
    this reader. `seen_image_key` is the newest image the page showed: one that came later asks for another look.
    `adjudicating` says that she was shown two reads that differ, and decides between them. Where two readers read
    each case, it is free for the other one from here on. What was kept for her unsigned is kept no longer.
    Raises NotFound, NotAllowed, InvalidVerdict.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        if adjudicating:
            check_adjudication(session, site, study_key, actor)
        verdict = verdicts.add(
            session,
            study_key,
            signable(said, images.of_study(session, study_key)),
            reader=name,
            after_ai=reveals.has_revealed(session, study_key, name),
            at=site.clock(),
            seen_image_key=seen_image_key,
            reads_asked=site.settings.reads,
            adjudicates=adjudicating,
        )
        unsigned_reads.remove(session, study_key, name)
        if doubled(site):
            claims.release(session, study_key, reader=name)
        note_study(
            session, site, name, "adjudicate" if adjudicating else "verdict", study_key, f"verdict:{verdict.key}"
        )
    return verdict


def reveal_ai(site: Site, study_key: int, *, actor: Actor) -> Case:
    """Record that this reader sees the AI's answer from here on, and return the case.

    Raises NotFound, NotAllowed; NotYet where two readers read each case and she has not signed.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        check_ai(session, site, study_key, actor)
        reveals.add(session, study_key, reader=name, at=site.clock())
        note_study(session, site, name, "reveal", study_key)
        return as_seen(session, site, cases.get(session, study_key), actor)


def has_seen_ai(site: Site, study_key: int, *, actor: Actor) -> bool:
    """Whether the AI's answer on this study was revealed to this reader."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        return reveals.has_revealed(session, study_key, name)


def flag(site: Site, study_key: int, *, actor: Actor, reason: str) -> Flag:
    """Mark the study for follow-up. Raises NotFound, NotAllowed, InvalidVerdict without a reason."""
    name, text = permit(actor, Right.READ), checked(reason, LONGEST, "reason")
    if not text:
        raise InvalidVerdict("A flag needs a reason. Say in a few words what should be looked at again.")
    with site.database.session() as session:
        raised = flags.raise_flag(session, study_key, reader=name, reason=text, at=site.clock())
        note_study(session, site, name, "flag", study_key)
    return raised


def unflag(site: Site, study_key: int, *, actor: Actor) -> None:
    """Clear the open flag, if any; both facts stay on record. Raises NotFound, NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        if flags.clear(session, study_key, reader=name, at=site.clock()) is not None:
            note_study(session, site, name, "unflag", study_key)


def failed_analyses(site: Site, study_key: int, *, actor: Actor) -> tuple[Failure, ...]:
    """Why the AI could not answer for images of this study, oldest first. Raises NotFound, NotAllowed."""
    permit(actor, Right.READ)
    with site.database.reading() as session:
        studies.get(session, study_key)
        return failures.of_study(session, study_key)


def note_study(session: Session, site: Site, reader: str, action: str, study_key: int, outcome: str = "done") -> None:
    """Audit an action on a study within its transaction."""
    audit.append(session, at=site.clock(), actor=reader, action=action, subject=f"study:{study_key}", outcome=outcome)
