"""Keyboard: the keys of whoever is signed in, as the buttons, the viewer and the key sheet ask for them."""

from collections.abc import Mapping

from core.rights import Right
from core.services import key_bindings
from dashboard import keys, resources, session, state


def shortcut(name: str) -> str | None:
    """The key of a button, for Streamlit; None where she has given it to another."""
    return given()[name] or None


def given() -> Mapping[str, str]:
    """Her key of every action."""
    held = state.keys()
    if held is None:
        held = keys.assigned(own())
        state.set_keys(held)
    return held


def own() -> dict[str, str]:
    """What she has changed; nobody without cases to read has."""
    actor = session.actor()
    return key_bindings.bindings(resources.site(), actor=actor) if actor.may(Right.READ) else {}


def change(name: str, key: str) -> str:
    """Give an action a key; why not, in words, where it cannot have it. Raises NotAllowed."""
    if refused := keys.refusal(own(), name, key):
        return refused
    key_bindings.bind(resources.site(), name, key, actor=session.actor())
    state.set_keys(None)
    return ""


def restore() -> None:
    """The defaults again. Raises NotAllowed."""
    key_bindings.restore_defaults(resources.site(), actor=session.actor())
    state.set_keys(None)
