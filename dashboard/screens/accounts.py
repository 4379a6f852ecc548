"""Accounts: who may sign in and what each may do; for the person who keeps the accounts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from core.errors import LucencyError
from core.people import Account
from core.rights import Role
from core.services import accounts
from core.services.sign_in import LONGEST_NAME, checked_name
from dashboard import office_wording, resources, session, state, wording
from dashboard.parts import page
from dashboard.parts.boundary import show_error
from dashboard.parts.reads import escape
from dashboard.state import MadePasswords


def render() -> None:
    """The accounts, a form for a new one, and what can be changed of the chosen one."""
    page.title_line("Accounts")
    st.caption(office_wording.ACCOUNTS_INTRO)
    _made(state.made())
    everybody = accounts.every_account(resources.site(), actor=session.actor())
    st.dataframe(frame(everybody), hide_index=True, alt="The accounts, by name")
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, key="new-account"):
        _add()
    with right.container(border=True, key="change-account"):
        _change(everybody)


def frame(everybody: Sequence[Account]) -> pd.DataFrame:
    """The accounts as a table, times in the browser's zone."""
    now, zone = resources.site().clock(), state.zone()
    rows = [
        (each.name, ", ".join(each.roles), standing(each, now), origin(each), wording.moment(each.created_at, zone))
        for each in everybody
    ]
    return pd.DataFrame(rows, columns=["Name", "Roles", "State", "Signs in with", "Since"])


def origin(account: Account) -> str:
    """Where she signs in: here with a password, or at the provider of this address."""
    return "a password" if account.issuer is None else urlsplit(account.issuer).netloc


def standing(account: Account, now: datetime) -> str:
    """Whether the account can be used, in a word or two."""
    if account.closed:
        return "closed"
    if account.locked_until is not None and account.locked_until > now:
        return "locked: too many wrong passwords"
    return "must choose a password" if account.must_change else "open"


def _add() -> None:
    site, actor, made = resources.site(), session.actor(), state.made()
    with st.form(f"add-account-{made.accounts}", border=False):
        st.markdown("**New account**")
        name = st.text_input(
            "Name", max_chars=LONGEST_NAME, help=office_wording.NAME_HINT, key=f"account-name-{made.accounts}"
        )
        roles = _roles(f"account-roles-{made.accounts}", [Role.READER])
        if st.form_submit_button("Add", type="primary", icon=":material/person_add:") and name:

            def add() -> None:
                made.by_name[checked_name(name)] = accounts.add_account(site, name, roles, actor=actor)
                made.accounts += 1

            _do(add)


def _change(everybody: Sequence[Account]) -> None:
    st.markdown("**Change an account**")
    by_key = {each.key: each for each in everybody}
    key = st.selectbox(
        "Account", list(by_key), format_func=lambda key: by_key[key].name, index=None, placeholder="Choose a name",
        label_visibility="collapsed", key="account-chosen",
    )  # fmt: skip
    if key is None:
        return
    chosen = by_key[key]
    if chosen.issuer is not None:
        st.caption(office_wording.FROM_PROVIDER.format(provider=escape(origin(chosen))))
        _open_or_close(chosen)
        return
    roles = _roles(f"roles-{key}", [Role(word) for word in chosen.roles])
    with st.container(horizontal=True, gap="small"):
        _change_local(chosen, roles)
        _open_or_close(chosen)


def _change_local(chosen: Account, roles: Sequence[Role]) -> None:
    """Roles and password, which a provider's account has from there."""
    site, key, actor, made = resources.site(), chosen.key, session.actor(), state.made()
    if st.button("Save roles", key="save-roles"):
        _do(lambda: accounts.change_roles(site, key, roles, actor=actor))
    shown = chosen.name in made.by_name
    hint = office_wording.NOT_PUT_AWAY if shown else office_wording.ENDS_SESSIONS
    if st.button("New password", key="reset-password", help=hint, disabled=shown):

        def reset() -> None:
            if chosen.name not in made.by_name:
                made.by_name[chosen.name] = accounts.reset_password(site, key, actor=actor)

        _do(reset)


def _open_or_close(chosen: Account) -> None:
    site, key, actor = resources.site(), chosen.key, session.actor()
    if chosen.closed and st.button("Reopen", key="reopen-account"):
        _do(lambda: accounts.reopen_account(site, key, actor=actor))
    if not chosen.closed and st.button("Close", key="close-account", help="Nobody signs in with it any more"):
        _do(lambda: accounts.close_account(site, key, actor=actor))


def _roles(key: str, chosen: Sequence[Role]) -> list[Role]:
    return st.multiselect(
        "Roles", list(Role), default=list(chosen), format_func=lambda role: office_wording.ROLES[role], key=key
    )


def _made(made: MadePasswords) -> None:
    """Why the last change was refused, and the passwords that were made up, until they are put away."""
    with made.turn:
        refusal, passwords = made.refusal, dict(made.by_name)
    if refusal is not None:
        show_error(refusal)
    if not passwords:
        return
    st.info(office_wording.SHOWN_ONCE, icon=":material/key:")
    for name, password in passwords.items():
        st.markdown(escape(name))
        st.code(password, language=None)
    st.button("Put away", on_click=_put_away, args=(made, tuple(passwords)), key="put-away")


def _put_away(made: MadePasswords, names: Sequence[str]) -> None:
    """Those that were shown: not one that was made since."""
    for name in names:
        made.by_name.pop(name, None)


def _do(change: Callable[[], None]) -> None:
    """Carry a change out and show the page anew, with what was made or why not.

    The change itself touches nothing of the page: a further click could stop it half done.
    """
    made = state.made()
    with made.turn:
        made.refusal = None
        try:
            change()
        except LucencyError as error:
            made.refusal = error
    st.rerun()
