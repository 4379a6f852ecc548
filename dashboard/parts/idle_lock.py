"""Idle lock: signs a workstation out when nobody has touched it for a while, so that no picture stays on its screen."""

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.services.sign_in import report_interval
from dashboard import office_wording
from dashboard.gate import base

PANEL = '<div popover="manual"><p role="alert"></p><div aria-hidden="true"><b><i></i></b><span></span></div></div>'
"""The warning, unseen until a minute before the end."""


def idle_lock(minutes: float, *, ended: bool = False) -> None:
    """Watch for keys, clicks and movements; leave for the sign-in after `minutes` without, or at once when `ended`.

    Those in another window of the same browser count too: the windows share one session.
    A warning stands over the page for the last minute (half of the time, where that is shorter).
    """
    data = {
        "base": base(),
        "seconds": minutes * 60,
        "reports": report_interval(minutes).total_seconds(),
        "ended": ended,
        "warning": office_wording.IDLE_WARNING,
    }
    _component()(key="idle-lock", data=data)


@cache
def _component() -> ComponentRenderer:
    folder = files(__package__)
    return st.components.v2.component(
        "lucency_idle_lock",
        html=PANEL,
        css=folder.joinpath("idle_lock.css").read_text("utf-8"),
        js=folder.joinpath("idle_lock.js").read_text("utf-8"),
    )
