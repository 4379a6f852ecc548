"""Undo line: the key that takes her last verdict back, and which verdict that is."""

from collections.abc import Callable

import streamlit as st

from core.records import Verdict
from dashboard import reading_wording
from dashboard.keyboard import shortcut


def undo_line(signed: Verdict | None, undo: Callable[[Verdict], None]) -> None:
    """Draw the button for what she signed last, if there is anything; `undo` runs before the page is drawn again."""
    if signed is None:
        return
    st.button(
        reading_wording.undo(signed), type="tertiary", icon=":material/undo:", shortcut=shortcut("undo"),
        help=reading_wording.UNDO_HELP, on_click=undo, args=(signed,), key=f"undo-{signed.key}",
    )  # fmt: skip
