"""Reading wording: what the reading page says of a reader's own steps there."""

from collections.abc import Sequence

from core.records import Verdict
from dashboard.wording import OPINIONS, Sign

KEY_IMAGE = Sign("Key image", "★", "doubt")
WITHDRAWN = Sign("withdrawn", "↶", "quiet")
UNDO_HELP = "Takes this verdict back. It stays on record as withdrawn and no longer counts."


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
