"""State: everything one browser session remembers, each behind a typed accessor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from threading import Lock
from typing import Literal, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from core.errors import LucencyError
from core.records import Case, Claim, Image, Mark, Opinion, Statement, Verdict, WorklistFilter
from core.services.sign_in import SignedIn

T = TypeVar("T")
Way = Literal["next_case", "undo"]
"""The keys that take a case off the screen."""


def new_sheet() -> str:
    """A name that no sheet of marks had before."""
    return uuid4().hex


@dataclass(frozen=True)
class KnownActor:
    """Who is signed in, and when that was looked up, in seconds of the monotonic clock."""

    held: SignedIn
    at: float


@dataclass
class Reading:
    """The case on the screen and what the reader has chosen so far.

    Streamlit may stop a run wherever it touches the session or the page, so what must not come apart is changed in
    this object itself.
    """

    case: Case
    revealed: bool
    claim: Claim
    """Who has the case open: she herself, or a colleague."""
    opinion: Opinion | None = None
    changing: bool = False
    """She has seen the AI's answer and is giving a second verdict."""
    following: tuple[Image, ...] = ()
    """The images of the case that comes next: the browser loads them while she reads."""
    prior: Case | None = None
    """The patient's last study of the same part and side."""
    prior_shown: bool = True
    adjudicating: bool = False
    """Two reads differ, and hers decides."""
    marks: tuple[Mark, ...] = ()
    """What she has marked so far; once she has signed, what her verdict in force marks."""
    begun: Statement = field(default_factory=Statement)
    """What the form began with."""
    kept: Statement | None = None
    """What is kept for her of what she has said; None: nothing."""
    saved_at: datetime | None = None
    """When that was said which the form began with; None: it began empty."""
    sheet: str = field(default_factory=new_sheet)
    """Names the sheet of her marks: another one with every case opened and every verdict signed or begun."""
    taken_back: bool = False
    """She has just taken her verdict back: what she signs instead begins with it."""
    told: tuple[Way, Statement] | None = None
    """The way on which she was told that this is not signed: taken again, it leaves it so."""


@dataclass
class LastSigned:
    """The verdict she signed last, unless she took it back."""

    verdict: Verdict | None


@dataclass
class MadePasswords:
    """Passwords made up for accounts, shown until they are put away, and why the last change was refused.

    A second click starts another run while the first is still at work, and stops that one at the next line that touches
    the page: what was made must be safe before, and whoever looks waits for it.
    """

    by_name: dict[str, str] = field(default_factory=dict)
    refusal: LucencyError | None = None
    accounts: int = 0
    """How many accounts were added: each leaves an empty form, in which the click that added it means nothing."""
    turn: Lock = field(default_factory=Lock)
    """Held while a password is made, and to look."""


def _get(key: str, kind: type[T], default: T) -> T:
    value = st.session_state.get(key, default)
    return value if isinstance(value, kind) else default


def known_actor() -> KnownActor | None:
    """Who was signed in when it was last looked up; `dashboard.session` keeps it fresh."""
    held: KnownActor | None = st.session_state.get("known_actor")
    return held


def set_known_actor(known: KnownActor) -> None:
    """Remember who is signed in. Somebody else finds no case, undo or password, and has her own keys."""
    before = known_actor()
    if before is not None and before.held.actor.name != known.held.actor.name:
        close_reading()
        for name in ("study", "signed", "skipped", "made_passwords"):
            st.session_state.pop(name, None)
        set_keys(None)
    st.session_state["known_actor"] = known


def zone() -> tzinfo:
    """The time zone of the reader's browser; UTC where it is not known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def filters() -> WorklistFilter:
    """The worklist's filters: also the order in which the next case comes."""
    return _get("filters", WorklistFilter, WorklistFilter())


def set_filters(chosen: WorklistFilter) -> None:
    """Remember the filters; other filters start at the first page."""
    if chosen != filters():
        set_page_number(1)
    st.session_state["filters"] = chosen


def page_number() -> int:
    """The worklist's page, from 1: what its pagination holds."""
    return _get("page", int, 1)


def set_page_number(number: int) -> None:
    """Turn to a page of the worklist, before its pagination is drawn."""
    st.session_state["page"] = number


def study() -> int | None:
    """The study to read, or None for the most urgent one."""
    return _get("study", int, 0) or None


def knows_study() -> bool:
    """Whether a study was ever chosen or asked for: not yet on a page loaded anew."""
    return "study" in st.session_state


def set_study(key: int | None) -> None:
    """Choose the study to read."""
    st.session_state["study"] = key or 0


def reading() -> Reading | None:
    """The case on the screen, if it is the study to read."""
    held: Reading | None = st.session_state.get("reading")
    return held if held and held.case.study.key == study() else None


def set_reading(held: Reading) -> None:
    """Put a case on the screen."""
    st.session_state["reading"] = held


def close_reading() -> None:
    """Take the case off the screen: it is fetched anew when opened again."""
    st.session_state.pop("reading", None)


def skipped() -> set[int]:
    """The cases she has left unsigned in this session: the set itself, to be changed in place."""
    held: set[int] = st.session_state.setdefault("skipped", set())
    return held


def signed() -> LastSigned | None:
    """What she signed last, whatever case came next; None where it was not looked up yet, as on a page loaded anew."""
    held: LastSigned | None = st.session_state.get("signed")
    return held


def set_signed(held: LastSigned) -> None:
    """Remember it."""
    st.session_state["signed"] = held


def keys() -> Mapping[str, str] | None:
    """Her key of every action; None until it was looked up."""
    held: Mapping[str, str] | None = st.session_state.get("keys")
    return held


def set_keys(given: Mapping[str, str] | None) -> None:
    """Remember her keys; None has them looked up again."""
    st.session_state["keys"] = given


def uploader_round() -> int:
    """Part of the uploader's key: a new number gives an empty uploader."""
    return _get("uploader_round", int, 0)


def empty_uploader() -> None:
    """Let go of the files in the uploader once they are handed over."""
    st.session_state["uploader_round"] = uploader_round() + 1


def made() -> MadePasswords:
    """What was made up in this session and is not put away: the object itself, to be changed in place."""
    held: MadePasswords = st.session_state.setdefault("made_passwords", MadePasswords())
    return held


def notice() -> str:
    """A message left by the action before, told once."""
    text: str = st.session_state.pop("notice", "")
    return text


def set_notice(text: str) -> None:
    """Leave a message for the next run of a page."""
    st.session_state["notice"] = text
