"""Connection: says in a reader's words that the server does not answer, and has the page drawn anew once it does."""

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard import office_wording


def connection() -> None:
    """Lay the line ready, unseen. It stands over the menu, which leads nowhere meanwhile, never over the picture.

    A server that was restarted knows nothing of the page on the screen: the run that follows draws what is stored.
    """
    _component()(key="connection", data={"lost": office_wording.CONNECTION_LOST}, on_back_change=lambda: None)


@cache
def _component() -> ComponentRenderer:
    folder = files(__package__)
    return st.components.v2.component(
        "lucency_connection",
        html='<div popover="manual"><p role="alert"></p></div>',
        css=folder.joinpath("connection.css").read_text("utf-8"),
        js=folder.joinpath("connection.js").read_text("utf-8"),
    )
