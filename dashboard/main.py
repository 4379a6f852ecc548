"""Main: page settings, navigation, and one error boundary around whichever screen is open."""

from pathlib import Path

import streamlit as st

from dashboard import pages, wording
from dashboard.parts import page
from dashboard.parts.boundary import guarded

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
    chosen = st.navigation(pages.all_pages(), position="top")
    guarded(chosen.run)()


main()
