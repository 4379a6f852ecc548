"""Sign in: who is there. Passwords are compared here, sessions begin, lapse and end here; each step is audited."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import AccountLocked, InvalidAccount, SignInRefused
from core.people import Account
from core.rights import COMMAND_LINE, EVERYTHING, SERVER, Actor, Role
from core.services.passwords import NOBODY, checked_password, fits, hashed, outdated
from core.services.site import Site
from core.store import accounts, audit, sign_ins
from core.store.database import Session

MOST_FAILURES = 5
"""Wrong passwords in a row, after which the account is locked."""
LOCKED_FOR = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
"""A shift: after it everybody signs in anew."""
LONGEST_UNREPORTED = timedelta(seconds=45)
LONGEST_NAME = 64
KEPT_ELSEWHERE = "Your password is kept by the hospital, not here. Change it there."
NOT_PEOPLE = frozenset({"nobody", COMMAND_LINE.name, SERVER})
"""Names that stand in the audit trail for something else."""
REFUSED = (
    "Name and password do not fit together, or there were too many wrong ones: an account then opens again after a "
    "quarter of an hour. Try again, or ask the person who keeps the accounts."
)
"""The same words for an unknown name, a wrong password and a lock: which it was is in the audit trail."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's holder."""

    actor: Actor
    must_change: bool
    """She must choose a password of her own before anything else."""
    has_password: bool
    """False where the hospital's provider keeps it."""


def is_new(site: Site) -> bool:
    """Whether nobody has an account yet."""
    with site.database.reading() as session:
        return not accounts.any_there(session)


def needs_first(site: Site) -> bool:
    """Whether the first account is to be made here: nobody has one, and no provider sends an admin."""
    return is_new(site) and not site.settings.oidc.admin_groups


def first_account(site: Site, name: str, password: str) -> str:
    """Make the first account, with every role, and sign in; the session's token. Raises InvalidAccount."""
    if site.settings.oidc.admin_groups:
        raise InvalidAccount(
            "Admins come from the hospital's sign-in here. Use it, or `core account add` on the server."
        )
    known, secret = checked_name(name), hashed(checked_password(password, name))
    with site.database.session() as session:
        if accounts.any_there(session):
            raise InvalidAccount("There is an account already. Sign in with it.")
        made = accounts.add(
            session, name=known, password_hash=secret, roles=EVERYTHING, must_change=False, at=site.clock()
        )
        note_account(session, site, made.name, "account", made.key, "first account")
        return begin_session(session, site, made)


def sign_in(site: Site, name: str, password: str) -> str:
    """Begin a session; its token, which is not kept here. Raises SignInRefused, AccountLocked."""
    with site.database.reading() as session:
        account = accounts.by_name(session, name)
    kept = account.password_hash if account else ""
    right = fits(password, kept or NOBODY)  # slow on purpose, so outside of the writing
    with site.database.session() as session:
        account = accounts.by_name(session, name) if account else None
        refusal = _refusal(session, site, account, right=right)
        if account is not None and refusal is None:
            if outdated(account.password_hash):
                accounts.set_password(session, account.key, hashed(password), must_change=account.must_change)
            return begin_session(session, site, account)
    raise refusal or SignInRefused(REFUSED)


def _refusal(session: Session, site: Site, account: Account | None, *, right: bool) -> SignInRefused | None:
    """Why she may not come in, audited; None when she may. A name nobody has is not written down: it may be a slip."""
    now = site.clock()
    if account is not None and account.issuer is not None:
        note_account(session, site, account.name, "sign-in", account.key, "refused: a password, where there is none")
        return SignInRefused(REFUSED)
    if account is None:
        audit.append(session, at=now, actor="nobody", action="sign-in", subject="account", outcome="unknown name")
        return SignInRefused(REFUSED)
    if account.locked_until is not None and account.locked_until > now:
        note_account(session, site, account.name, "sign-in", account.key, "refused: locked")
        return AccountLocked(REFUSED)
    if not right:
        lock = account.failures + 1 >= MOST_FAILURES
        accounts.count_failure(session, account.key, locked_until=now + LOCKED_FOR if lock else None)
        note_account(
            session, site, account.name, "sign-in", account.key, "wrong password" + ("; locked" if lock else "")
        )
        return AccountLocked(REFUSED) if lock else SignInRefused(REFUSED)
    if account.closed:
        note_account(session, site, account.name, "sign-in", account.key, "refused: closed")
        return SignInRefused(REFUSED)
    if site.settings.oidc.passwords == "admins" and Role.ADMIN not in account.roles:
        note_account(session, site, account.name, "sign-in", account.key, "refused: passwords are for admins")
        return SignInRefused(f"Passwords are for admins here. Sign in with {site.settings.oidc.label}.")
    return None


def begin_session(session: Session, site: Site, account: Account, *, id_token: str = "") -> str:
    """Sign her in, within its transaction; the session's token. `id_token`: the provider's, if it was one."""
    token, now = secrets.token_urlsafe(32), site.clock()
    sign_ins.drop_stale(session, seen_since=now - LONGEST_SESSION)
    sign_ins.begin(session, account.key, digest(token), at=now, id_token=id_token)
    note_account(session, site, account.name, "sign-in", account.key, "done by the provider" if id_token else "done")
    return token


def whoami(site: Site, token: str) -> SignedIn | None:
    """Whose session this is; None for one that is unknown, idle for too long, or a shift old."""
    account = _holder(site, token)
    if account is None:
        return None
    roles = frozenset(Role(word) for word in account.roles if word in frozenset(Role))
    return SignedIn(Actor(account.name, roles), account.must_change, has_password=account.issuer is None)


def still_there(site: Site, token: str) -> bool:
    """Put off the idle lock: somebody has touched the workstation. False when the session has ended."""
    if _holder(site, token) is None:
        return False
    with site.database.session() as session:
        sign_ins.saw(session, digest(token), at=site.clock())
    return True


def report_interval(idle_minutes: float) -> timedelta:
    """How long a page may keep to itself that somebody has touched it."""
    return min(LONGEST_UNREPORTED, timedelta(minutes=idle_minutes) / 4)


def sign_out(site: Site, token: str, *, idle: bool = False) -> str | None:
    """End the session, if there is one; the provider's ID token, if it began with one.

    `idle` ends nothing that was touched lately: the window that asks need not be the one she works in.
    """
    if idle and _touched_lately(site, token):
        return None
    account = _holder(site, token)
    with site.database.session() as session:
        id_token = sign_ins.end(session, digest(token))
        if id_token is not None and account is not None:
            note_account(session, site, account.name, "sign-out", account.key, "idle" if idle else "done")
    return id_token


def change_password(site: Site, token: str, old: str, new: str) -> str:
    """Choose another password; every other session of the account ends. The new session's token.

    Raises SignInRefused for the wrong old one, InvalidAccount for a new one that does not do.
    """
    account = _holder(site, token)
    if account is None:
        raise SignInRefused("Your session has ended. Sign in, then change the password.")
    if account.issuer is not None:
        raise InvalidAccount(KEPT_ELSEWHERE)
    if checked_password(new, account.name) == old:
        raise InvalidAccount("This is the password you have. Choose another one.")
    sign_in(site, account.name, old)  # the same comparison, with the same lock after too many
    with site.database.session() as session:
        accounts.set_password(session, account.key, hashed(new), must_change=False)
        sign_ins.end_all(session, account.key)
        note_account(session, site, account.name, "password", account.key, "changed")
        return begin_session(session, site, account)


def _touched_lately(site: Site, token: str) -> bool:
    """Later than a window left alone for the whole time can have reported: its last report is an interval late.

    The second interval is for slow lines and timers.
    """
    idle = site.settings.idle_minutes
    return _holder(site, token, within=timedelta(minutes=idle) - 2 * report_interval(idle)) is not None


def _holder(site: Site, token: str, *, within: timedelta | None = None) -> Account | None:
    """Whose session this is, if she was seen within this time, or that of the idle lock."""
    if not token:
        return None
    now = site.clock()
    seen = now - (within or timedelta(minutes=site.settings.idle_minutes))
    with site.database.reading() as session:
        return sign_ins.signed_in(session, digest(token), seen_since=seen, begun_since=now - LONGEST_SESSION)


def checked_name(name: str) -> str:
    """The name with single blanks. Raises InvalidAccount when it is empty, too long, not printable, or no person's."""
    known = " ".join(name.split())
    if not known or len(known) > LONGEST_NAME or not known.isprintable():
        raise InvalidAccount(f"A name has 1 to {LONGEST_NAME} printable characters. It stands beside every verdict.")
    if known.casefold() in NOT_PEOPLE:
        raise InvalidAccount("The audit trail uses this name for something else. Choose another one.")
    return known


def digest(token: str) -> str:
    """What is kept of a token: who reads the database cannot take over a session."""
    return hashlib.sha256(token.encode()).hexdigest()


def note_account(session: Session, site: Site, who: str, action: str, account_key: int, outcome: str) -> None:
    """Audit something about an account, within its transaction."""
    at: datetime = site.clock()
    audit.append(session, at=at, actor=who, action=action, subject=f"account:{account_key}", outcome=outcome)
