"""Session: who is signed in, as the pages ask for it."""

import time

import streamlit as st

from core.rights import Actor
from core.services.sign_in import SignedIn
from dashboard import resources, state
from dashboard.gate import COOKIE, signed_in

TRUSTED_SECONDS = 2.0
"""For how long a page goes by what it last learned: a closed account or another role counts after that."""


def token() -> str:
    """The session's token, from the browser's cookie."""
    return str(st.context.cookies.get(COOKIE, ""))


def actor() -> Actor:
    """Who is signed in at this moment, with her roles. Raises SignedOut."""
    return _held().actor


def has_password() -> bool:
    """Whether her password is kept here, not by the hospital's provider. Raises SignedOut."""
    return _held().has_password


def _held() -> SignedIn:
    now = time.monotonic()
    known = state.known_actor()
    if known is None or now - known.at > TRUSTED_SECONDS:
        known = state.KnownActor(signed_in(resources.site(), token()), now)
        state.set_known_actor(known)
    return known.held
