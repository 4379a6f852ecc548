"""Idle lock: signs a workstation out when nobody has touched it for a while, so that no picture stays on its screen."""

from functools import cache
from importlib.resources import files

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.gate import base


def idle_lock(minutes: float, *, ended: bool = False) -> None:
    """Watch for keys, clicks and movements; leave for the sign-in after `minutes` without, or at once when `ended`."""
    data = {"base": f"{base()}/lucency/sign-in", "seconds": minutes * 60, "ended": ended}
    _component()(key="idle-lock", data=data)


@cache
def _component() -> ComponentRenderer:
    script = files(__package__).joinpath("idle_lock.js").read_text("utf-8")
    return st.components.v2.component("lucency_idle_lock", js=script)
