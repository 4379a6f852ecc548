"""Unsigned: what she has said of the case on the screen and not signed is kept for her, and told before she leaves."""

from dataclasses import replace

import streamlit as st

from core.records import Case, Statement
from core.services.unsigned_read import discard_unsigned, keep_unsigned
from dashboard import keyboard, reading_wording, resources, session, state, wording
from dashboard.keyboard import shortcut
from dashboard.parts.boundary import guarded
from dashboard.parts.reads import covers, own
from dashboard.parts.verdict_form import named, stated
from dashboard.state import Reading, Way


def covered(held: Reading) -> bool:
    """Whether a verdict of hers covers the case as it is on the screen."""
    return covers(own(held.case.verdicts, session.actor().name), held.case.images)


def asks(held: Reading) -> bool:
    """Whether a verdict of hers is wanted: the form is on the screen, and she may mark."""
    return held.changing or not covered(held)


def form_key(held: Reading) -> str:
    """Names the form of this case, of this verdict on it, and of this time she opened it."""
    return f"{held.case.study.key}-{len(held.case.verdicts)}-{held.sheet}"


def untouched(case: Case, reader: str) -> Statement:
    """What the form holds where she has said nothing: what she has signed but for the opinion, or the file's region."""
    mine = own(case.verdicts, reader)
    return replace(mine.alone(), opinion=None) if mine else Statement(body_region=named(case.study.body_part))


def said(held: Reading) -> Statement:
    """What she has said of the case so far."""
    return stated(form_key(held), opinion=held.opinion, marks=held.marks, begun=held.begun)


def keep(held: Reading) -> None:
    """Keep for her what she has said, where that changed; nothing where she has said nothing. Raises LucencyError."""
    if not asks(held):
        return
    site, actor, study = resources.site(), session.actor(), held.case.study.key
    now = said(held)
    wanted = None if now == untouched(held.case, actor.name) else now
    if wanted == held.kept:
        return
    if wanted is None:
        discard_unsigned(site, study, actor=actor)
    else:
        keep_unsigned(site, study, wanted, actor=actor)
    held.kept = wanted


def kept_back(held: Reading, way: Way) -> bool:
    """Whether this way only tells what is not signed; taken again, with nothing said in between, it leaves the case.

    What she said before she opened the case was left once already, and is not told again.
    """
    now = said(held)
    if not asks(held) or now == held.begun or held.told == (way, now):
        return False
    held.told = (way, now)
    return True


def unsigned_line(held: Reading) -> None:
    """Draw that word beside the case, as long as it holds."""
    if held.told is None or held.told[1] != said(held):
        return
    way, given = held.told[0], keyboard.given()
    st.warning(reading_wording.not_signed(way, sign=given["sign"], again=given[way]), icon=":material/draw:")


def begun_line(held: Reading) -> None:
    """Draw what the form begins with, where that is not nothing, and the way to an empty one.

    Outside of the form's fragment: the picture, too, is drawn anew without her marks.
    """
    if held.taken_back:
        st.markdown(f":orange[{reading_wording.taken_back(after_ai=held.revealed)}]")
    elif held.saved_at:
        when = wording.moment(held.saved_at, state.zone())
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="begun"):
            st.markdown(f":orange[{reading_wording.BEGUN.format(when=when)}]", width="stretch")
            st.button(
                "Discard", type="tertiary", icon=":material/ink_eraser:", shortcut=shortcut("discard"),
                on_click=_discard, args=(held.sheet,), key=f"discard-{form_key(held)}",
            )  # fmt: skip


@guarded
def _discard(sheet: str) -> None:
    """An empty form in the place of the one she had begun, or none where she has signed; once for a sheet."""
    held = state.reading()
    if held is None or held.sheet != sheet:
        return
    site, actor = resources.site(), session.actor()
    begun = untouched(held.case, actor.name)
    discard_unsigned(site, held.case.study.key, actor=actor)
    held.changing, held.opinion, held.marks = False, None, begun.marks
    held.begun, held.kept, held.saved_at, held.sheet = begun, None, None, state.new_sheet()
