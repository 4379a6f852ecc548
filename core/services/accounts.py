"""Accounts: who may sign in and with what roles, as the person who keeps the accounts decides; each change audited."""

from collections.abc import Collection

from core.errors import InvalidAccount
from core.people import Account
from core.rights import Actor, Right, Role, permit
from core.services.passwords import hashed, made_up
from core.services.sign_in import checked_name, note_account
from core.services.site import Site
from core.store import accounts, sign_ins
from core.store.database import Session


def every_account(site: Site, *, actor: Actor) -> tuple[Account, ...]:
    """All accounts, by name. Raises NotAllowed."""
    permit(actor, Right.ACCOUNTS)
    with site.database.reading() as session:
        return accounts.every(session)


def add_account(site: Site, name: str, roles: Collection[Role], *, actor: Actor) -> str:
    """A new account; its password for the first sign-in, after which its holder must choose her own.

    Raises NotAllowed, InvalidAccount.
    """
    who, known, given = permit(actor, Right.ACCOUNTS), checked_name(name), checked_roles(roles)
    if site.settings.oidc.passwords == "admins" and Role.ADMIN not in given:
        raise InvalidAccount("Passwords are for admins here: everybody else signs in through the hospital.")
    secret = made_up()
    hash_of_it = hashed(secret)
    with site.database.session() as session:
        if accounts.taken(session, known):
            raise InvalidAccount("Somebody has this name already. Choose another one.")
        made = accounts.add(
            session, name=known, password_hash=hash_of_it, roles=given, must_change=True, at=site.clock()
        )
        note_account(session, site, who, "account", made.key, f"added: {', '.join(made.roles)}")
    return secret


def change_roles(site: Site, key: int, roles: Collection[Role], *, actor: Actor) -> None:
    """Give other roles, at once also to sessions that are open. Raises NotAllowed, NotFound, InvalidAccount."""
    who, given = permit(actor, Right.ACCOUNTS), checked_roles(roles)
    with site.database.session() as session:
        check_local(session, key, "Its roles come from the hospital at each sign-in. Have its groups changed there.")
        accounts.set_roles(session, key, given)
        check_admin_left(session)
        note_account(session, site, who, "account", key, f"roles: {', '.join(given)}")


def close_account(site: Site, key: int, *, actor: Actor) -> None:
    """Nobody signs in with it any more, and its sessions end; what it has signed stays.

    Raises NotAllowed, NotFound, InvalidAccount.
    """
    who = permit(actor, Right.ACCOUNTS)
    with site.database.session() as session:
        accounts.set_closed(session, key, closed=True)
        sign_ins.end_all(session, key)
        check_admin_left(session)
        note_account(session, site, who, "account", key, "closed")


def reopen_account(site: Site, key: int, *, actor: Actor) -> None:
    """Let it sign in again. Raises NotAllowed, NotFound."""
    who = permit(actor, Right.ACCOUNTS)
    with site.database.session() as session:
        accounts.set_closed(session, key, closed=False)
        note_account(session, site, who, "account", key, "reopened")


def reset_password(site: Site, key: int, *, actor: Actor) -> str:
    """A made-up password for the next sign-in; open sessions end, a lock is lifted.

    Raises NotAllowed, NotFound, InvalidAccount.
    """
    who, secret = permit(actor, Right.ACCOUNTS), made_up()
    hash_of_it = hashed(secret)
    with site.database.session() as session:
        check_local(session, key, "Its password is kept by the hospital, not here.")
        accounts.set_password(session, key, hash_of_it, must_change=True)
        sign_ins.end_all(session, key)
        note_account(session, site, who, "password", key, "reset")
    return secret


def checked_roles(roles: Collection[Role]) -> list[Role]:
    """The roles, sorted. Raises InvalidAccount without any."""
    if not roles:
        raise InvalidAccount("An account needs a role: reader, lead or admin. To keep somebody out, close it.")
    return sorted({Role(role) for role in roles})


def check_local(session: Session, key: int, refusal: str) -> None:
    """Raises InvalidAccount for an account that an OpenID provider knows, NotFound where there is none."""
    if accounts.get(session, key).issuer is not None:
        raise InvalidAccount(refusal)


def check_admin_left(session: Session) -> None:
    """Raises InvalidAccount when nobody could keep the accounts any more."""
    if not any(Role.ADMIN in account.roles and not account.closed for account in accounts.every(session)):
        raise InvalidAccount("Nobody would be left to keep the accounts. Give the role admin to somebody else first.")
