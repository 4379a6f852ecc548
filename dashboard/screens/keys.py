"""Keys: every action with its key, and a reader's own choice of another."""

from html import escape

import streamlit as st

from dashboard import key_wording, keyboard, state
from dashboard.keys import ACTIONS, BY_NAME, Action, Group, every_key, of_group
from dashboard.parts import page

COLUMNS = 3
CHANGEABLE = [action.name for action in ACTIONS if not action.fixed]


def render() -> None:
    """The change above, the whole keyboard below."""
    page.title_line("Keys")
    st.caption(key_wording.KEYS_INTRO)
    _change()
    held = [(group, of_group(group)) for group in Group]
    for place, column in enumerate(st.columns(COLUMNS, gap="large")):
        with column:
            for group, actions in held[place::COLUMNS]:
                st.markdown(f"###### {key_wording.GROUPS[group]}")
                st.html(f'<dl class="keys">{"".join(_row(action) for action in actions)}</dl>')


def _change() -> None:
    line = st.form("change-key", clear_on_submit=True).container(
        horizontal=True, vertical_alignment="bottom", gap="small"
    )
    with line:
        name = st.selectbox("Action", CHANGEABLE, format_func=_named, width=360, key="key-action")
        key = st.text_input("New key", max_chars=2, width=120, help=key_wording.KEY_HELP, key="key-new")
        changed = st.form_submit_button("Change", type="primary", icon=":material/keyboard:")
        restored = st.form_submit_button("Back to all defaults", icon=":material/restart_alt:", key="key-defaults")
    if restored:
        keyboard.restore()
        _told(key_wording.RESTORED)
    if changed:
        _give(name, (key or "").strip().lower())


def _give(name: str, key: str) -> None:
    if refused := keyboard.change(name, key):
        st.warning(refused, icon=":material/keyboard_off:")
        return
    _told(key_wording.CHANGED.format(words=key_wording.WORDS[name], key=key_wording.cap(key)))


def _told(text: str) -> None:
    """Over the page as it is drawn anew, with the new keys."""
    state.set_notice(text)
    st.rerun()


def _named(name: str) -> str:
    return f"{key_wording.GROUPS[BY_NAME[name].group]}: {key_wording.WORDS[name]} ({_cap(BY_NAME[name])})"


def _cap(action: Action) -> str:
    return key_wording.cap(keyboard.given()[action.name])


def _row(action: Action) -> str:
    caps = [key_wording.cap(key) for key in every_key(keyboard.given(), action)] or [key_wording.cap("")]
    shown = " ".join(f"<kbd>{escape(cap)}</kbd>" for cap in caps)
    changed = keyboard.given()[action.name] != action.key
    mine = f' <small title="{key_wording.CHANGED_HELP.format(key=escape(key_wording.cap(action.key)))}">yours</small>'
    return f"<div><dt>{escape(key_wording.WORDS[action.name])}{mine if changed else ''}</dt><dd>{shown}</dd></div>"
