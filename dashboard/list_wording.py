"""List wording: what the worklist says of its order, and why there is no next case."""

from dashboard import double_wording
from dashboard.wording import Sign, counted

PRIORITY_HELP = (
    "Triage order: unread first, then by what the AI saw, then the longest waiting. Not rated is what has no answer of "
    "the AI: it stands among 2 Medium where the AI failed on an image, and last where it is still to look"
)
AI_FAILED = "The AI failed on {images}: ranks like 2 Medium"
ANOTHER_NETWORK = (
    "Another AI network is in use. It is still to look at {cases} not read yet; until then they stand where the one "
    "before put them."
)
BEGUN = Sign("Yours, not signed", "✎", "doubt")
NOTHING_LEFT = "Nothing left to read"
NOTHING_FREE = "No case is free"
HELD_BACK = "Not read yet, but open with colleagues: {cases}."
FILTERED = "Filters are set: what they leave out may still wait to be read."
CLEAR_FILTERS = "Clear the filters"
PAGE = "page {number} of {pages}"


def ai_failed(images: int) -> str:
    """Why a case without an answer stands where it does; empty where the AI failed on no image."""
    return AI_FAILED.format(images=counted(images, "image")) if images else ""


def another_network(cases: int) -> str:
    """Why the order is still another network's; empty where it is not."""
    return ANOTHER_NETWORK.format(cases=counted(cases, "case")) if cases else ""


def none_left(reads: int, *, held_back: int, filtered: bool) -> str:
    """Why there is no next case: `held_back` are open with colleagues."""
    why = HELD_BACK.format(cases=counted(held_back, "case")) if held_back else double_wording.none_left(reads)
    return f"{why} {FILTERED}" if filtered else why
