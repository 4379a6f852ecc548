"""Audit: who did what to which case and when; and the proof that nothing in the trail was changed."""

import pandas as pd
import streamlit as st

from core.records import AuditEntry
from core.services.audit_trail import AuditChoices, AuditPage, AuditQuery, check_chain, choices, search
from dashboard import office_wording, resources, session, state, wording
from dashboard.days import days
from dashboard.office_wording import action
from dashboard.parts import page

PAGE_SIZE = 200
WIDE = st.column_config.Column(width="large")


def render() -> None:
    """Filters, the entries, and the check of the chain."""
    page.title_line("Audit")
    st.caption(office_wording.AUDIT_INTRO)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="audit-filters"):
        query = _query(choices(resources.site(), actor=session.actor()))
        asked = st.button("Check the trail", icon=":material/verified_user:", key="audit-check")
    if asked:
        _check()
    shown = _page(query, 1)
    number = _page_number(shown.total)
    if number > 1:
        shown = _page(query, number)
    if not shown.entries:
        st.info(office_wording.AUDIT_EMPTY, icon=":material/filter_alt_off:")
        return
    st.dataframe(
        frame(shown.entries), hide_index=True, height="content" if len(shown.entries) < 18 else 620,
        column_config={"Entry": st.column_config.NumberColumn(width="small"), "Outcome": WIDE},
        alt="Entries of the audit trail, newest first",
    )  # fmt: skip


def frame(entries: tuple[AuditEntry, ...]) -> pd.DataFrame:
    """The entries as a table, times in the reader's own zone."""
    zone = state.zone()
    rows = [
        (
            e.key,
            f"{e.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            e.actor,
            action(e.action),
            e.subject,
            e.outcome,
            e.digest[:12],
        )
        for e in entries
    ]
    return pd.DataFrame(rows, columns=["Entry", "When", "Who", "What", "On", "Outcome", "Digest"])


def _page(query: AuditQuery, number: int) -> AuditPage:
    offset = (number - 1) * PAGE_SIZE
    return search(resources.site(), query, actor=session.actor(), zone=state.zone(), limit=PAGE_SIZE, offset=offset)


def _query(known: AuditChoices) -> AuditQuery:
    who = st.selectbox("Who", ["", *known.actors], format_func=_any, key="audit-who", width=210)
    what = st.selectbox(
        "What", ["", *known.actions], format_func=lambda word: action(word) or "Anything",
        key="audit-what", width=210,
    )  # fmt: skip
    case = st.text_input("Case", placeholder="Number", key="audit-case", width=110, max_chars=12)
    dates = st.date_input("Days", value=[], format="YYYY-MM-DD", key="audit-days", width=230)
    first, last = days(dates)
    return AuditQuery(who, what, subject(case or ""), first, last or first)


def subject(case: str) -> str:
    """What the trail calls the case that was typed in; empty for no case. What is no number finds nothing."""
    word = case.strip().removeprefix("#")
    return f"study:{int(word)}" if word.isdecimal() else word


def _any(word: str) -> str:
    return word or "Anybody"


def _page_number(total: int) -> int:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="audit-count"):
        st.markdown(f"**{wording.counted(total, 'entry', 'entries')}**", width="stretch")
        return st.pagination(-(-total // PAGE_SIZE), key="audit-page") if total > PAGE_SIZE else 1


def _check() -> None:
    with st.spinner("Recomputing every digest …", show_time=True):
        found = check_chain(resources.site(), actor=session.actor())
    if found.broken_at is not None:
        st.error(office_wording.CHAIN_BROKEN.format(key=found.broken_at), icon=":material/gpp_bad:")
        return
    st.success(
        office_wording.CHAIN_WHOLE.format(count=wording.counted(found.entries, "entry", "entries")),
        icon=":material/verified_user:",
    )
    st.code(found.head, language=None)
