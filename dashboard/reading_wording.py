"""Reading wording: the words the reading page offers, and what it says of a reader's steps and of missing answers."""

from collections import Counter
from collections.abc import Sequence

from core.records import Case, Failure, Finding, Verdict
from dashboard.key_wording import named
from dashboard.wording import MARKS_CONTRADICT, OPINIONS, Sign, advice_by_name, counted

KEY_IMAGE = Sign("Key image", "★", "doubt")
WITHDRAWN = Sign("withdrawn", "↶", "quiet")
UNDO_HELP = "Takes this verdict back. It stays on record as withdrawn and no longer counts."
NOT_SIGNED = {
    "next_case": "Not signed: {sign} signs, {again} again leaves the case and keeps this for you.",
    "undo": "Not signed: {sign} signs, {again} again keeps this for you and takes back the verdict signed last.",
}
"""What a key tells before it leaves what is not signed, by its action."""
BEGUN = "Begun {when} and not signed."
TOO_LONG = "The comment is {over} too long: {longest:,} are kept. Shorten it to sign."
PARTLY_ANSWERED = "{missing} of {images} not answered: that the AI saw no fracture elsewhere does not clear the study."
FRACTURE_TYPES = (
    "Transverse",
    "Oblique",
    "Spiral",
    "Comminuted",
    "Segmental",
    "Avulsion",
    "Impacted",
    "Compression",
    "Torus (buckle)",
    "Greenstick",
    "Physeal (Salter-Harris)",
    "Intra-articular",
    "Stress",
    "Pathological",
    "Periprosthetic",
)
"""The usual words for the type of a fracture; a reader may type another."""


def key_image(*, hers: bool, colleagues: Sequence[str]) -> str:
    """On a picture: that it is one, and whose where it is not hers alone; empty when nobody points it out."""
    if not colleagues:
        return KEY_IMAGE.text if hers else ""
    return f"{KEY_IMAGE.text}: {', '.join([*(['you'] if hers else []), *colleagues])}"


def undo(verdict: Verdict) -> str:
    """What taking it back undoes: the case and what was said of it."""
    return f"Undo: case {verdict.study_key}, {OPINIONS[verdict.opinion].words.lower()}"


def taken_back(*, after_ai: bool) -> str:
    """What stands above the form once a verdict is withdrawn."""
    known = " You have seen the AI's answer: what you sign now counts as given after it." if after_ai else ""
    return f"Your verdict is withdrawn; it stays on record.{known}"


def not_signed(way: str, *, sign: str, again: str) -> str:
    """What the key of this action tells first; `sign` and `again` are keys."""
    return NOT_SIGNED[way].format(sign=named("sign", sign), again=named(way, again))


def marks_contradict(*, select: str, remove: str) -> str:
    """What to do about marks that contradict the verdict; `select` and `remove` are keys."""
    return f"{MARKS_CONTRADICT} {named('mark_next', select)} selects a mark, {named('remove', remove)} deletes it."


def too_long(over: int, *, longest: int) -> str:
    """What to do about a comment that has so many characters over the longest."""
    return TOO_LONG.format(over=counted(over, "character"), longest=longest)


def partly_answered(case: Case) -> tuple[str, ...]:
    """Why the AI's answers on some images are none on the study; nothing where it has answered all images or none."""
    missing = len(case.images) - len(case.findings)
    if not case.findings or not missing:
        return ()
    return (PARTLY_ANSWERED.format(missing=missing, images=counted(len(case.images), "image")),)


def unanswered(failures: Sequence[Failure], findings: Sequence[Finding]) -> tuple[str, ...]:
    """Why the AI has no answer for some images, in words, a sentence a reason; an image answered since is left out."""
    answered = {finding.image_key for finding in findings}
    reasons = {one.image_key: one.error_class for one in failures if one.image_key not in answered}
    return tuple(
        f"{counted(number, 'image')} without an AI answer: {words.title}. {words.next_step}"
        for words, number in Counter(advice_by_name(reason) for reason in reasons.values()).items()
    )
