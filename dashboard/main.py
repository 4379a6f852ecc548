"""Main: page settings, who is signed in, her navigation, and one error boundary around whichever screen is open."""

from pathlib import Path

import streamlit as st

from dashboard import keyboard, pages, resources, session, wording
from dashboard.parts import page
from dashboard.parts.boundary import guarded
from dashboard.parts.connection import connection
from dashboard.parts.idle_lock import idle_lock
from dashboard.parts.key_sheet import key_sheet

PARTS = Path(__file__).parent / "parts"


def main() -> None:
    """Draw the frame, then the chosen screen inside the boundary."""
    st.set_page_config(
        page_title=wording.PRODUCT,
        page_icon=str(PARTS / "icon.svg"),
        layout="wide",
        menu_items={"About": wording.ABOUT_MENU},
    )
    st.logo(str(PARTS / "logo.svg"), size="medium")
    page.style()
    guarded(screen)()


def screen() -> None:
    """The screen she chose among hers; whose session has ended is led to the sign-in by the boundary."""
    session.actor()
    idle_lock(resources.settings().idle_minutes)
    connection()
    key_sheet(keyboard.given())
    st.navigation(pages.all_pages(), position="top").run()


main()
