"""Single sign-on: signs people in whom the hospital's OpenID provider knows; their roles are its groups."""

import secrets
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.errors import IdentityRefused, InvalidAccount, LucencyError
from core.exchange.provider import ask_provider
from core.people import Account, Attempt, Identity
from core.rights import Role
from core.services.sign_in import begin_session, checked_name, digest, note_account
from core.services.site import Site
from core.settings import ProviderSettings
from core.store import accounts, attempts, audit, sign_ins
from core.store.database import Session

ATTEMPT_LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""
OUT_OF_TURN = (
    "This sign-in was not begun in this browser, was used already, or took longer than ten minutes. Begin again from "
    "the sign-in page."
)
NO_ROLE = (
    "The hospital knows you, but none of your groups opens Lucency. Ask the person who keeps the accounts for the "
    "group it needs."
)
CLOSED = "Your account here is closed. Ask the person who keeps the accounts."
NAME_TAKEN = (
    "Somebody else has an account here under your name. Names stand beside verdicts, so nobody was signed in. Tell the "
    "person who keeps the accounts."
)
NO_NAME = "The hospital's sign-in tells a name that cannot be used here. Tell the person who keeps the accounts."


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send a browser, and what it must still hold when it comes back."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """The token of the session that has begun, and the path that was wanted."""

    token: str
    wanted: str


def depart(site: Site, wanted: str) -> Departure:
    """Begin a sign-in at the provider. Raises ProviderUnavailable, IdentityRefused where there is no provider."""
    if not site.settings.oidc.in_use:
        raise IdentityRefused("There is no sign-in through the hospital here. Sign in with a password.")
    now, token = site.clock(), secrets.token_urlsafe(32)
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    attempt = Attempt(state, nonce, verifier, wanted, now)
    url = ask_provider(site.settings.oidc).departure(attempt)
    with site.database.session() as session:
        attempts.drop_stale(session, begun_since=now - ATTEMPT_LASTS)
        attempts.begin(session, attempt, state_sha256=digest(state), browser_sha256=digest(token))
    return Departure(url, token)


def arrive(site: Site, answer: Mapping[str, str], token: str) -> Arrival:
    """Sign in whom the provider's answer names, in the browser that began.

    Raises IdentityRefused, ProviderUnavailable.
    """
    attempt = _taken_up(site, answer.get("state", ""), token)
    now = site.clock()
    try:
        identity = ask_provider(site.settings.oidc).identity(attempt, answer, now=now)
    except LucencyError:
        with site.database.session() as session:
            _note_refused(session, site, "not vouched for by the provider")
        raise
    with site.database.session() as session:
        account, refusal = _admitted(session, site, identity)
        if account is not None:
            return Arrival(begin_session(session, site, account, id_token=identity.id_token), attempt.wanted)
    raise IdentityRefused(refusal)


def farewell(site: Site, id_token: str | None) -> str:
    """Where the provider ends its own session too; empty after a password, or when it offers nothing or is silent."""
    if not id_token or not site.settings.oidc.in_use:
        return ""
    try:
        return ask_provider(site.settings.oidc).farewell(id_token)
    except LucencyError:
        return ""


def _taken_up(site: Site, state: str, token: str) -> Attempt:
    """The attempt, which cannot be taken up again. Raises IdentityRefused."""
    with site.database.session() as session:
        attempts.drop_stale(session, begun_since=site.clock() - ATTEMPT_LASTS)
        attempt = attempts.take(session, state, state_sha256=digest(state), browser_sha256=digest(token))
    if attempt is None:
        raise IdentityRefused(OUT_OF_TURN)
    return attempt


def _admitted(session: Session, site: Site, identity: Identity) -> tuple[Account | None, str]:
    """The account that comes in, or why none does; audited either way."""
    roles = roles_from(site.settings.oidc, identity.groups)
    known = accounts.by_identity(session, identity.issuer, identity.subject)
    if known is None:
        return _new_account(session, site, identity, roles)
    if known.closed:
        note_account(session, site, known.name, "sign-in", known.key, "refused: closed")
        return None, CLOSED
    if not roles:
        sign_ins.end_all(session, known.key)
        note_account(session, site, known.name, "sign-in", known.key, "refused: no group with a role")
        return None, NO_ROLE
    if roles != list(known.roles):
        accounts.set_roles(session, known.key, roles)
        note_account(session, site, known.name, "account", known.key, f"roles by the provider: {', '.join(roles)}")
    return known, ""


def _new_account(
    session: Session, site: Site, identity: Identity, roles: Collection[Role]
) -> tuple[Account | None, str]:
    """An account for somebody who has a role and a name that nobody has: no other account is ever taken over."""
    if not roles:
        _note_refused(session, site, "no group with a role")
        return None, NO_ROLE
    try:
        name = checked_name(unicodedata.normalize("NFKC", identity.name))
    except InvalidAccount:
        _note_refused(session, site, "a name that cannot be used")
        return None, NO_NAME
    if accounts.taken(session, name):
        _note_refused(session, site, "a name that another account has")
        return None, NAME_TAKEN
    made = accounts.add(
        session, name=name, password_hash="", roles=roles, must_change=False, at=site.clock(),
        issuer=identity.issuer, subject=identity.subject,
    )  # fmt: skip
    note_account(session, site, made.name, "account", made.key, f"added by the provider: {', '.join(made.roles)}")
    return made, ""


def roles_from(settings: ProviderSettings, groups: Collection[str]) -> list[Role]:
    """The roles that somebody in these groups has, sorted."""
    named = {Role.READER: settings.reader_groups, Role.LEAD: settings.lead_groups, Role.ADMIN: settings.admin_groups}
    return sorted(role for role, members in named.items() if set(members) & set(groups))


def _note_refused(session: Session, site: Site, why: str) -> None:
    """Audit a refusal of somebody who has no account here."""
    audit.append(
        session, at=site.clock(), actor="nobody", action="sign-in", subject="account", outcome=f"refused: {why}"
    )
