"""Prior: the last study of the same patient, body part and side, to compare with."""

from core.records import Case
from core.rights import Actor, Right, permit
from core.services.blinding import as_seen
from core.services.review import note_study
from core.services.site import Site
from core.store import cases, studies

SIDED = frozenset({"L", "R"})


def open_prior(site: Site, study_key: int, *, actor: Actor) -> Case | None:
    """The newest earlier study that can be compared with this one, or None; that it is shown is audited.

    A study whose ID's issuer, sex, birth date or name speaks of somebody else is passed over (`studies.earlier`), and
    one that names the other side only; one that names no side may be either, and is taken. Raises NotAllowed, NotFound.
    """
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        sides = sides_of(cases.get(session, study_key))
        earlier = (cases.get(session, key) for key in studies.earlier(session, study_key))
        found = next((case for case in earlier if may_compare(sides, sides_of(case))), None)
        seen = None if found is None else as_seen(session, site, found, actor)
    if found is not None:
        with site.database.session() as session:
            note_study(session, site, name, "view", found.study.key, f"as prior of study:{study_key}")
    return seen


def sides_of(case: Case) -> frozenset[str]:
    """L and R, as far as its images name them; both for a picture of both."""
    named = {image.laterality for image in case.images}
    return SIDED if "B" in named else SIDED & named


def may_compare(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two studies share a side, or one of them names none."""
    return not one or not other or bool(one & other)
