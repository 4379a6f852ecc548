"""Pages: the table of screens, in the order of the day's work, and how one leads to another."""

from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the navigation; `dashboard/screens/<name>.py` holds its `render`."""

    name: str
    title: str
    icon: str


SCREENS = (
    Screen("worklist", "Worklist", ":material/list_alt:"),
    Screen("reading", "Reading", ":material/radiology:"),
    Screen("upload", "Upload", ":material/upload_file:"),
    Screen("export", "Export", ":material/table_view:"),
    Screen("agreement", "Agreement", ":material/handshake:"),
    Screen("performance", "Performance", ":material/monitoring:"),
    Screen("audit", "Audit", ":material/history:"),
    Screen("about", "About", ":material/info:"),
)


def page(screen: Screen) -> Page:
    """The screen as Streamlit's navigation wants it; the first one is the default."""
    render = import_module(f"dashboard.screens.{screen.name}").render
    return st.Page(render, title=screen.title, icon=screen.icon, url_path=screen.name, default=screen is SCREENS[0])


def all_pages() -> list[Page]:
    """Every screen, for `st.navigation`."""
    return [page(screen) for screen in SCREENS]


def go_to(name: str) -> NoReturn:
    """Leave for another screen."""
    st.switch_page(page(next(screen for screen in SCREENS if screen.name == name)))
