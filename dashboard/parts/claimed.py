"""Claimed: tells who else has the case on the screen open, and lets her take it over."""

import streamlit as st

from core.services import claim
from dashboard import resources, session, state, wording
from dashboard.keyboard import shortcut
from dashboard.parts.reads import escape


def claimed_line(held: state.Reading) -> None:
    """Draw it, where a colleague has the case open, as far as `changed_hands` has found."""
    if held.claim.reader == session.actor().name:
        return
    key = held.case.study.key
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="claimed"):
        since = wording.moment(held.claim.claimed_at, state.zone())
        st.warning(wording.CLAIMED.format(reader=escape(held.claim.reader), since=since), icon=":material/group:")
        if st.button("Take over", shortcut=shortcut("take_over"), key=f"take-over-{key}", width="content"):
            held.claim = claim.take_over(resources.site(), key, actor=session.actor())
            st.rerun()


def changed_hands(held: state.Reading) -> bool:
    """Look again who has the case open: her own claim is prolonged in time. Whether it is somebody else than before."""
    known = held.claim.reader
    held.claim = claim.claim_case(resources.site(), held.case.study.key, actor=session.actor())
    return held.claim.reader != known
