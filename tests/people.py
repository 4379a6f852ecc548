"""People: who acts in a test."""

from core.rights import EVERYTHING, Actor, Role


def person(name: str = "Dr. A", *roles: Role) -> Actor:
    """Somebody with these roles; with every role when none is named."""
    return Actor(name, frozenset(roles) or EVERYTHING)
