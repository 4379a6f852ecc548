"""People: who may sign in, and how somebody comes in through the hospital's OpenID provider."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. The hash of her password, if she has one here, leaves the store only to be compared."""

    key: int
    name: str
    roles: tuple[str, ...]
    """Plain words, as `core.rights.Role` knows them."""
    closed: bool
    must_change: bool
    """The password was given by somebody else: she must choose her own before anything else."""
    failures: int
    """Wrong passwords in a row."""
    locked_until: datetime | None
    created_at: datetime
    issuer: str | None
    """The OpenID provider that knows her; None for a local account with a password."""
    subject: str | None = field(repr=False)
    """What the provider calls her, for good: with the issuer it is who she is, not her name or address."""
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in at the provider that has begun. Its three secrets are made up for it and used once."""

    state: str = field(repr=False)
    """What the provider sends back with its answer."""
    nonce: str = field(repr=False)
    """What the ID token must repeat."""
    verifier: str = field(repr=False)
    """What redeems the code (PKCE, RFC 7636)."""
    wanted: str
    """The path she wanted to see."""
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says somebody is, from an ID token that was verified."""

    issuer: str
    subject: str
    name: str
    groups: frozenset[str]
    id_token: str = field(repr=False)
