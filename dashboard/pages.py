"""Pages: the table of screens, in the order of the day's work, and how one leads to another."""

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from core.rights import Actor, Right
from dashboard import session


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the navigation; `dashboard/screens/<name>.py` holds its `render`."""

    name: str
    title: str
    icon: str
    right: Right | None = None
    """What opens it; None: everybody who is signed in."""
    listed: bool = True
    """It stands in the navigation; else another page leads to it."""


SCREENS = (
    Screen("worklist", "Worklist", ":material/list_alt:", Right.READ),
    Screen("reading", "Reading", ":material/radiology:", Right.READ),
    Screen("upload", "Upload", ":material/upload_file:", Right.UPLOAD),
    Screen("export", "Export", ":material/table_view:", Right.EXPORT),
    Screen("agreement", "Agreement", ":material/handshake:", Right.AGREEMENT),
    Screen("performance", "Performance", ":material/monitoring:"),
    Screen("audit", "Audit", ":material/history:", Right.AUDIT),
    Screen("accounts", "Accounts", ":material/group:", Right.ACCOUNTS),
    Screen("keys", "Keys", ":material/keyboard:", Right.READ, listed=False),
    Screen("about", "About", ":material/info:"),
)


def load_screens() -> None:
    """Import every screen, so that nobody's first visit waits for its libraries."""
    for screen in SCREENS:
        import_module(f"dashboard.screens.{screen.name}")


def page(screen: Screen) -> Page:
    """The screen as Streamlit's navigation wants it; the first one is the default, whose address is empty."""
    render = import_module(f"dashboard.screens.{screen.name}").render
    first = screen is screens_for(session.actor())[0]
    return st.Page(
        render, title=screen.title, icon=screen.icon, url_path="first" if first else screen.name, default=first,
        visibility="visible" if screen.listed else "hidden",
    )  # fmt: skip


def screens_for(actor: Actor) -> list[Screen]:
    """The screens this account may open, never none."""
    return [screen for screen in SCREENS if screen.right is None or actor.may(screen.right)]


def all_pages() -> list[Page]:
    """Her screens, for `st.navigation`: any other address leads to the first of them, as its own name does."""
    hers = screens_for(session.actor())
    return [*(page(screen) for screen in hers), named(hers[0])]


def named(first: Screen) -> Page:
    """What stands under the first screen's name: Streamlit serves the default page at the empty address only."""
    return st.Page(partial(go_to, first.name), title=first.title, url_path=first.name, visibility="hidden")


def go_to(name: str) -> NoReturn:
    """Leave for another screen."""
    st.switch_page(page(next(screen for screen in SCREENS if screen.name == name)))
