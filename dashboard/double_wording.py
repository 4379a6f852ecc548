"""Double wording: what the pages say where two readers read each case."""

from collections.abc import Mapping

from core.records import Status
from dashboard import wording
from dashboard.wording import Sign

ONLY_DOUBLE = frozenset({Status.SECOND, Status.ADJUDICATION})
NONE_LEFT_FOR_YOU = "Nothing in this list is left for you. What is not read yet waits for a colleague."
ADJUDICATION_TITLE = "**Your adjudication**"
ADJUDICATION = "Two readers differ; your verdict decides."
TWO_READS = "Two reads a case"
DOUBLES = (
    "Both said the same",
    "They differed; a lead has decided",
    "They differ; a lead is to decide",
    "Read once so far",
)


def statuses(reads: int) -> Mapping[Status, Sign]:
    """Where a case can stand at a site that asks for so many reads, in the order of the work."""
    return {status: sign for status, sign in wording.STATUSES.items() if reads == 2 or status not in ONLY_DOUBLE}


def none_left(reads: int) -> str:
    """Why there is no next case."""
    return NONE_LEFT_FOR_YOU if reads == 2 else wording.ALL_READ
