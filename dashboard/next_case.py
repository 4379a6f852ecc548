"""Next case: the one at the top of her list, but those she skipped in this session only once nothing else is left."""

from core.records import WorklistFilter
from core.services import claim
from dashboard import list_wording, resources, session, state


def take(*, after: int | None = None) -> int | None:
    """Key of her next case, hers from now on; `after` is the one she leaves. Raises NotAllowed."""
    skipped = state.skipped()
    key = claim.claim_next(
        resources.site(), actor=session.actor(), filters=state.filters(), after=after, skipped=skipped
    )
    if key in skipped:
        skipped.clear()
    return key


def peek(*, after: int) -> int | None:
    """What `take` would find now. Raises NotAllowed."""
    return claim.peek_next(
        resources.site(), actor=session.actor(), filters=state.filters(), after=after, skipped=state.skipped()
    )


def filtered() -> bool:
    """Whether filters narrow her list."""
    return state.filters() != WorklistFilter()


def none_left() -> tuple[str, str]:
    """Where there is no next case, a title and the reason. Raises NotAllowed."""
    site = resources.site()
    held_back = claim.held_back(site, actor=session.actor(), filters=state.filters())
    title = list_wording.NOTHING_FREE if held_back else list_wording.NOTHING_LEFT
    return title, list_wording.none_left(site.settings.reads, held_back=held_back, filtered=filtered())
