"""Export: chooses cases, shows the table that leaves but for identifiers, and hands it over as CSV."""

from typing import Literal

import pandas as pd
import streamlit as st

from core.records import Answer, Opinion
from core.rights import Right
from core.services.export import ExportOptions, ExportTable, export_size, export_table
from dashboard import download, exchange_wording, resources, session, state, wording
from dashboard.days import moments
from dashboard.keyboard import shortcut
from dashboard.parts import page
from dashboard.tickets import tickets

PREVIEWED = 200
"""Rows that are fetched to be shown; the file holds them all."""
SHORT = 19
"""Rows that are shown without a scroll bar."""


def render() -> None:
    """Filters, the preview, and the download."""
    page.title_line("Export")
    options = _options()
    site, actor = resources.site(), session.actor()
    table = export_table(site, options, actor=actor, limit=PREVIEWED)
    size = export_size(site, options, actor=actor)
    _hand_over(options, size, columns=len(table.header))
    if table.rows:
        if size > PREVIEWED:
            st.caption(exchange_wording.EXPORT_FIRST.format(shown=PREVIEWED))
        if options.identifiers:
            st.caption(exchange_wording.IDENTIFIERS_NOT_SHOWN)
        height: Literal["content"] | int = "content" if len(table.rows) <= SHORT else 620
        st.dataframe(frame(table), hide_index=True, height=height, placeholder="", alt="The rows of the CSV file")
    else:
        st.info(exchange_wording.EXPORT_EMPTY, icon=":material/table_view:")
    if session.actor().may(Right.IDENTIFIERS):
        st.caption(exchange_wording.EXPORT_FOR_TRAINING)


def _options() -> ExportOptions:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="export-filters"):
        flagged = st.toggle("Flagged only", True, key="export-flagged", persist_state="session")
        opinions = st.multiselect(
            "Reader said", list(Opinion), format_func=lambda each: wording.OPINIONS[each].text, placeholder="Anything",
            key="export-opinions", persist_state="session", width=260,
        )  # fmt: skip
        answers = st.multiselect(
            "AI said", list(reversed(Answer)), format_func=lambda each: wording.ANSWERS[each].text,
            placeholder="Anything", key="export-answers", persist_state="session", width=260,
        )  # fmt: skip
        differ = st.toggle(
            "Disagreements only", key="export-disagreements", persist_state="session",
            help=exchange_wording.DISAGREEMENTS_HELP,
        )  # fmt: skip
        received = st.date_input("Received", value=[], format="YYYY-MM-DD", key="export-received", width=230)
        synthetic = st.toggle("Sample studies", True, key="export-synthetic", persist_state="session")
        allowed = session.actor().may(Right.IDENTIFIERS)
        identifiers = allowed and st.toggle(
            "Identifiers", key="export-identifiers", help=exchange_wording.IDENTIFIERS_HELP
        )
    begin, end = moments(received, state.zone())
    return ExportOptions(
        flagged_only=flagged,
        identifiers=identifiers,
        opinions=frozenset(opinions),
        answers=frozenset(answers),
        received_from=begin,
        received_to=end,
        disagreements_only=differ,
        include_synthetic=synthetic,
    )


def _hand_over(options: ExportOptions, size: int, *, columns: int) -> None:
    if options.identifiers:
        st.warning(exchange_wording.IDENTIFIERS_WARNING, icon=":material/badge:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="export-action"):
        st.markdown(f"**{wording.counted(size, 'case')}**, {columns} columns", width="stretch")
        st.link_button(
            "Download CSV",
            download.link(options, tickets(), actor=session.actor()),
            type="primary",
            icon=":material/download:",
            shortcut=shortcut("download"),
            disabled=not size,
            key="download",
        )


def frame(table: ExportTable) -> pd.DataFrame:
    """The rows as they stand in the CSV, as far as they are shown."""
    return pd.DataFrame([list(row) for row in table.rows], columns=list(table.header))
