"""People: who acts in a test."""

from datetime import timedelta

from core.rights import EVERYTHING, Actor, Role
from core.services import accounts, sign_in
from core.services.site import Site
from core.store import sign_ins


def person(name: str = "Dr. A", *roles: Role) -> Actor:
    """Somebody with these roles; with every role when none is named."""
    return Actor(name, frozenset(roles) or EVERYTHING)


def member(site: Site, name: str, password: str, *roles: Role) -> str:
    """A real account with a password of its own; the token of its first session."""
    if sign_in.is_new(site):
        sign_in.first_account(site, "Dr. First", password)
    given = accounts.add_account(site, name, roles or EVERYTHING, actor=person())
    return sign_in.change_password(site, sign_in.sign_in(site, name, given), given, password)


def left_alone(site: Site, token: str, *, minutes: float) -> None:
    """Nobody has touched what this session is open on for so long."""
    with site.database.session() as session:
        sign_ins.saw(session, sign_in.digest(token), at=site.clock() - timedelta(minutes=minutes))
