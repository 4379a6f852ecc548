"""Unsigned: what she has said of the case on the screen and not signed, and the word before a key drops it."""

import streamlit as st

from dashboard import keyboard, reading_wording, session
from dashboard.parts.reads import covers, own
from dashboard.parts.verdict_form import typed_comment
from dashboard.state import Reading, Unsigned, Way


def covered(held: Reading) -> bool:
    """Whether a verdict of hers covers the case as it is on the screen."""
    return covers(own(held.case.verdicts, session.actor().name), held.case.images)


def asks(held: Reading) -> bool:
    """Whether a verdict of hers is wanted: the form is on the screen, and she may mark."""
    return held.changing or not covered(held)


def form_key(held: Reading) -> str:
    """Names the form of this case, of this verdict on it, and of this time she opened it."""
    return f"{held.case.study.key}-{len(held.case.verdicts)}-{held.sheet}"


def unsigned(held: Reading) -> Unsigned | None:
    """What she has said that no signature holds; None where nothing would be lost."""
    if not asks(held):
        return None
    comment = held.draft.comment if held.draft else ""
    said = Unsigned(held.opinion, held.marks, typed_comment(form_key(held), comment))
    return None if said == Unsigned(None, held.begun, comment) else said


def kept_back(held: Reading, way: Way) -> bool:
    """Whether this way only tells what it would drop; taken again, with nothing said in between, it does it."""
    said = unsigned(held)
    if said is None or held.told == (way, said):
        return False
    held.told = (way, said)
    return True


def told(held: Reading) -> Way | None:
    """The way on which `kept_back` left its word, as long as that holds."""
    return held.told[0] if held.told is not None and held.told[1] == unsigned(held) else None


def unsigned_line(held: Reading) -> None:
    """Draw that word beside the case, where a key left it."""
    way, given = told(held), keyboard.given()
    if way is None or way == "other_case":
        return
    st.warning(reading_wording.not_signed(way, sign=given["sign"], again=given[way]), icon=":material/draw:")
