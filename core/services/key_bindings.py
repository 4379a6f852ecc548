"""Key bindings: the keys a reader has given to actions; which actions there are is the dashboard's own matter."""

from core.errors import RequestError
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import key_bindings

LONGEST = 40
"""Characters of an action's name, and of a key's."""
MOST = 200
"""Most actions that may have a key of her own."""


def bindings(site: Site, *, actor: Actor) -> dict[str, str]:
    """Her own keys by action; all others have their default. Raises NotAllowed."""
    owner = permit(actor, Right.READ)
    with site.database.reading() as session:
        return key_bindings.of_owner(session, owner)


def bind(site: Site, action: str, key: str, *, actor: Actor) -> None:
    """Give an action a key of her own. Raises NotAllowed, RequestError where one of the two cannot be a name."""
    owner = permit(actor, Right.READ)
    if not all(0 < len(each) <= LONGEST for each in (action, key)):
        raise RequestError(f"An action and its key have names of 1 to {LONGEST} characters.")
    with site.database.session() as session:
        kept = key_bindings.of_owner(session, owner)
        if action not in kept and len(kept) >= MOST:
            raise RequestError(f"There is room for {MOST} keys of your own. Go back to the defaults first.")
        key_bindings.put(session, owner, action, key)


def restore_defaults(site: Site, *, actor: Actor) -> None:
    """Forget all her own keys. Raises NotAllowed."""
    owner = permit(actor, Right.READ)
    with site.database.session() as session:
        key_bindings.clear(session, owner)
