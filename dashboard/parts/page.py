"""Page: the frame around every screen: the style sheet, the title line, and who is signed in."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.rights import Right
from dashboard import office_wording, pages, session, state, wording
from dashboard.gate import base
from dashboard.keyboard import shortcut

STYLE = Path(__file__).with_name("page.css")
WORKLIST = "Worklist"
"""The title of that screen."""


def style() -> None:
    """The few rules the theme has no setting for."""
    st.html(STYLE)


def title_line(title: str) -> DeltaGenerator:
    """One compact line: title, room for what the screen adds (returned), the standing line, who is signed in.

    Whoever may read finds the way to the worklist in it, with its key, on every other screen.
    """
    show_notice()
    line = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key="title-line"
    )
    if title:
        line.markdown(f"##### {title}", width="content")
    middle = line.container(
        horizontal=True, vertical_alignment="center", gap="small", width="stretch", key="title-middle"
    )
    with line.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="title-right"):
        st.caption(wording.STANDING_LINE, width="content")
        signed_in_as()
    if title != WORKLIST and session.actor().may(Right.READ):
        _to_worklist(middle)
    return middle


def _to_worklist(place: DeltaGenerator) -> None:
    if place.button(WORKLIST, type="tertiary", icon=":material/arrow_back:", shortcut=shortcut("worklist"), key="back"):
        pages.go_to("worklist")


def signed_in_as() -> None:
    """The name that signs, with the ways to another password and out."""
    held = session.actor()
    with st.popover(held.name, icon=":material/person:", type="tertiary", help="Who is signed in"):
        st.caption(", ".join(office_wording.ROLES[role].partition(":")[0] for role in sorted(held.roles)))
        if held.may(Right.READ) and st.button("Keys", icon=":material/keyboard:", type="tertiary", key="to-keys"):
            pages.go_to("keys")
        if session.has_password():
            _link("Change password", "/lucency/sign-in/password")
        _link("Sign out", "/lucency/sign-in/out")


def _link(label: str, path: str) -> None:
    st.html(f'<a class="account-link" href="{base()}{path}" target="_self">{label}</a>')


def show_notice() -> None:
    """What the action before left to say."""
    if text := state.notice():
        st.toast(text, icon=":material/check_circle:")
