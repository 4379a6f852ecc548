"""Review: a reader's work on one study: open it, give a verdict, see the AI's answer, flag it."""

from core.records import Case, Flag, Opinion, Verdict
from core.services.site import Site


def open_case(site: Site, study_key: int, *, reader: str) -> Case:
    """The study with all that is known of it; the view is audited. Raises NotFound, NoReader."""
    raise NotImplementedError


def give_verdict(
    site: Site,
    study_key: int,
    *,
    reader: str,
    opinion: Opinion,
    body_region: str = "",
    confidence: int | None = None,
    comment: str = "",
    after_ai: bool = False,
) -> Verdict:
    """Sign a verdict. A change of mind is a further verdict; the newest counts.

    `after_ai` is what the page believes; what is stored is whether the AI's answer was revealed to this reader.
    Raises NotFound, NoReader, InvalidVerdict.
    """
    raise NotImplementedError


def reveal_ai(site: Site, study_key: int, *, reader: str) -> Case:
    """Record that this reader sees the AI's answer from here on, and return the case. Raises NotFound, NoReader."""
    raise NotImplementedError


def has_seen_ai(site: Site, study_key: int, *, reader: str) -> bool:
    """Whether the AI's answer on this study was revealed to this reader."""
    raise NotImplementedError


def flag(site: Site, study_key: int, *, reader: str, reason: str) -> Flag:
    """Mark the study for follow-up. Raises NotFound, NoReader, InvalidVerdict without a reason."""
    raise NotImplementedError


def unflag(site: Site, study_key: int, *, reader: str) -> None:
    """Clear the open flag, if any; both facts stay on record. Raises NotFound, NoReader."""
    raise NotImplementedError
