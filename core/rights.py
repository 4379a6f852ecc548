"""Rights: who may do what. Roles carry rights; every verb of the services asks for the one it needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotAllowed


class Role(StrEnum):
    """What a person is to the site. One person may have several."""

    READER = "reader"
    LEAD = "lead"
    ADMIN = "admin"


class Right(StrEnum):
    """What a verb of the services needs."""

    READ = "read"
    """See the worklist and the images; give verdicts, flag."""
    UPLOAD = "upload"
    EXPORT = "export"
    """Cases as CSV, without identifiers."""
    IDENTIFIERS = "identifiers"
    """Names, ids and dates in an export; pictures, which may show them."""
    ADJUDICATE = "adjudicate"
    """Decide where two readers differ."""
    AGREEMENT = "agreement"
    """How readers agree, by name."""
    AUDIT = "audit"
    ACCOUNTS = "accounts"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.READ, Right.UPLOAD, Right.EXPORT}),
    Role.LEAD: frozenset(
        {
            Right.READ,
            Right.UPLOAD,
            Right.EXPORT,
            Right.IDENTIFIERS,
            Right.ADJUDICATE,
            Right.AGREEMENT,
            Right.AUDIT,
        }
    ),
    Role.ADMIN: frozenset({Right.AUDIT, Right.ACCOUNTS}),
}
"""Least privilege: who keeps the accounts sees no image, and who reads keeps no accounts."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something: the name the audit trail gets, and what she may do."""

    name: str
    roles: frozenset[Role]

    def may(self, right: Right) -> bool:
        """Whether one of her roles carries the right."""
        return any(right in RIGHTS[role] for role in self.roles)


EVERYTHING = frozenset(Role)
COMMAND_LINE = Actor("command line", EVERYTHING)
"""Whoever has a shell on the server: the database's file is hers anyway."""
SERVER = "server"
"""What the audit trail names where the server works by itself."""


def permit(actor: Actor, right: Right) -> str:
    """The actor's name, where she has the right. Raises NotAllowed."""
    if not actor.may(right):
        raise NotAllowed("Your account may not do this. Ask the person who keeps the accounts for the role it needs.")
    return actor.name


def roles_of(words: Iterable[str]) -> frozenset[Role]:
    """Roles from their plain words. Raises NotAllowed for a word that is none."""
    try:
        return frozenset(Role(word) for word in words)
    except ValueError:
        raise NotAllowed(f"There is no such role. Choose from {', '.join(Role)}.") from None
