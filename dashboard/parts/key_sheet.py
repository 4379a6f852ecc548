"""Key sheet: every action with the key that the reader has, over any page at `?`; and the keys that lead to a field."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard import key_wording
from dashboard.keys import ACTIONS, Action, By, Group, every_key, of_group

FIELDS = {
    "comment": "comment-",
    "confidence": "confidence-",
    "region": "region-",
    "fracture_type": "type-",
    "flag_reason": "reason-",
    "search": "search",
}
"""How the keys of the widgets begin that these actions lead to."""


def key_sheet(given: Mapping[str, str]) -> None:
    """Lay the sheet ready, unseen: `?` opens and closes it in the browser, without a word to the server."""
    _component()(key="key-sheet", data=sent(given))


def sent(given: Mapping[str, str]) -> dict[str, object]:
    """The sheet as the browser gets it; `fields` are the keys that lead to a widget, `once` those of the buttons."""
    groups = [
        {"title": key_wording.GROUPS[group], "rows": [_row(given, action) for action in of_group(group)]}
        for group in Group
    ]
    fields = {given[name]: prefix for name, prefix in FIELDS.items() if given[name]}
    return {
        "title": key_wording.SHEET_TITLE, "note": key_wording.SHEET_NOTE, "groups": groups, "fields": fields,
        "once": _once(given),
    }  # fmt: skip


def _once(given: Mapping[str, str]) -> list[str]:
    """The keys of the page's buttons, but for one that another screen's picture repeats."""
    repeating = {key for action in ACTIONS if action.repeats for key in every_key(given, action)}
    return sorted({given[action.name] for action in ACTIONS if action.by is By.BUTTON} - repeating - {""})


def _row(given: Mapping[str, str], action: Action) -> dict[str, object]:
    caps = [key_wording.cap(key) for key in every_key(given, action)] or [key_wording.cap("")]
    return {"words": key_wording.WORDS[action.name], "caps": caps, "before": key_wording.HELD if action.held else ""}


@cache
def _component() -> ComponentRenderer:
    folder = files(__package__)
    scripts = (folder.joinpath("viewer_js", "typed.js"), folder.joinpath("key_sheet.js"))
    return st.components.v2.component(
        "lucency_key_sheet",
        html='<dialog aria-labelledby="title"></dialog>',
        css=folder.joinpath("key_sheet.css").read_text("utf-8"),
        js="\n".join(script.read_text("utf-8") for script in scripts),
    )
