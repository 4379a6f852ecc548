"""Boundary: turns any error into words a clinician can act on. Details go to the log, without patient data."""

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from core.errors import LucencyError, place
from dashboard import wording
from dashboard.gate import SignedOut
from dashboard.parts.idle_lock import idle_lock

P = ParamSpec("P")

log = logging.getLogger("lucency.dashboard")


def guarded(draw: Callable[P, None]) -> Callable[P, None]:
    """Draw, or say what went wrong. A fragment needs its own: it reruns without the page around it."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except SignedOut as error:
            show_error(error)
            idle_lock(0, ended=True)
        except LucencyError as error:
            show_error(error)
        except Exception as error:
            show_unexpected(error)

    return wrapper


def show_error(error: LucencyError) -> None:
    """A failure we know: what happened, then what to do."""
    words = wording.advice(error)
    st.error(f"**{words.title}**  \n{error}  \n{words.next_step}", icon=":material/error:")


def show_unexpected(error: Exception) -> None:
    """A defect: a calm message with a reference that finds the log entry."""
    reference = secrets.token_hex(3).upper()
    log.error("Reference %s: %s at %s", reference, type(error).__name__, place(error))
    words = wording.UNEXPECTED
    st.error(f"**{words.title}**  \n{words.next_step}  \nReference `{reference}`", icon=":material/error:")
