"""Page: the frame around every screen: the style sheet, the title line, and who is reading."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state, wording

STYLE = Path(__file__).with_name("page.css")


def style() -> None:
    """The few rules the theme has no setting for."""
    st.html(STYLE)


def title_line(title: str, *, preset_reader: str) -> DeltaGenerator:
    """One compact line: title, room for what the screen adds (returned), the standing line, who is reading."""
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
        reader_name(preset_reader)
    return middle


def reader_name(preset: str) -> None:
    """Asks for the name once a session; afterwards shows it, with a way to hand over to a colleague."""
    name = state.reader()
    if not name:
        _ask(preset, key="title")
        return
    with st.popover(name, icon=":material/person:", type="tertiary", help="Who is reading"):
        st.write("Hand over to another reader:")
        _ask("", key="hand-over")


def reader_gate(preset: str) -> None:
    """Stands in the place of a case while nobody has said who is reading."""
    _, centre, _ = st.columns([1, 1, 1])
    with centre.container(border=True, key="reader-gate"):
        st.markdown(f"#### {wording.READER_QUESTION}")
        st.write(wording.READER_REASON)
        _ask(preset, key="gate")


def _ask(preset: str, *, key: str) -> None:
    with st.form(f"reader-{key}", border=False, enter_to_submit=True):
        line = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall")
        name = line.text_input(
            wording.READER_QUESTION, preset, max_chars=64, placeholder=wording.READER_QUESTION,
            label_visibility="collapsed", width=190, autocomplete="name", key=f"reader-name-{key}",
        )  # fmt: skip
        if line.form_submit_button("Start") and name and name.strip():
            state.set_reader(name.strip())
            st.rerun()


def show_notice() -> None:
    """What the action before left to say."""
    if text := state.notice():
        st.toast(text, icon=":material/check_circle:")
