"""Verdict form: the four opinions as keys, and what else a reader may say."""

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.records import Mark, Opinion, Statement
from core.services.statement import LONGEST
from dashboard import reading_wording, wording
from dashboard.keyboard import shortcut

SHORTEST = 3
"""Letters that may stand for a longer word: R is right rather than ribs."""


def verdict_form(
    key: str,
    *,
    opinion: Opinion | None,
    choose: Callable[[Opinion], None],
    begun: Statement,
    first: Opinion | None,
    warn: Callable[[], None],
    title: str = "",
) -> bool:
    """Draw the form; whether the reader signs in this run. What she has entered is `stated`.

    `key` names the study, the verdict and the opening: nothing is carried over from the case before, and a key pressed
    while one case gives way to the next is lost, not taken for a case that was not on the screen yet; what was entered
    is still there when she comes back from another page. `choose` keeps the opinion; `begun` is what the fields hold at
    first; `first` is what she said before, when this is her second verdict. `warn` draws what stands against signing
    or leaving, above the signature. `title` stands in the usual one's place.
    """
    st.markdown(title or wording.verdict_title(first))
    _opinions(key, opinion, choose)
    _words("Region", wording.BODY_REGIONS, begun.body_region, f"region-{key}")
    if opinion is Opinion.FRACTURE:
        _words("Type", reading_wording.FRACTURE_TYPES, begun.fracture_type, f"type-{key}")
    _confidence(key, begun.confidence)
    st.text_area(
        "Comment", begun.comment, placeholder="Comment (optional)", height=68, label_visibility="collapsed",
        key=f"comment-{key}", persist_state="session",
    )  # fmt: skip
    return _signed(key, opinion, first, warn) and opinion is not None and not _too_long(key)


def stated(key: str, *, opinion: Opinion | None, marks: tuple[Mark, ...], begun: Statement) -> Statement:
    """What stands in this form now, drawn in this run or not; `begun` where it was not drawn yet.

    A type of fracture is there with the opinion fracture, or as long as there is none. Of a comment that is too long
    the beginning is: the form says so, and is not signed.
    """
    held, other = st.session_state, opinion not in (None, Opinion.FRACTURE)
    return Statement(
        opinion,
        body_region=held.get(f"region-{key}", begun.body_region) or "",
        fracture_type="" if other else held.get(f"type-{key}", begun.fracture_type) or "",
        confidence=held.get(f"confidence-{key}", begun.confidence),
        comment=(held.get(f"comment-{key}", begun.comment) or "").strip()[:LONGEST],
        marks=marks,
    )


def _too_long(key: str) -> int:
    """By how many characters the comment is: a field that Streamlit limits refuses a paste whole, without a word."""
    return max(0, len((st.session_state.get(f"comment-{key}") or "").strip()) - LONGEST)


def _signed(key: str, opinion: Opinion | None, first: Opinion | None, warn: Callable[[], None]) -> bool:
    """Whether she signs in this run; what keeps her from it stands above the button, which is always on the screen."""
    with st.container(gap="xsmall", key="sign-foot"):
        told = st.container(gap="xsmall")
        signed = st.button(
            "Sign second verdict" if first else "Sign verdict", type="primary", icon=":material/signature:",
            shortcut=shortcut("sign"), width="stretch", key=f"sign-{key}",
        )  # fmt: skip
    with told:
        if over := _too_long(key):
            st.markdown(f":orange[{reading_wording.too_long(over, longest=LONGEST)}]")
        warn()
        if signed and opinion is None:
            st.caption(f":orange[{wording.SIGN_HELP}]")
    return signed


def named(body_part: str) -> str:
    """The region that the DICOM body part names, empty unless it names one."""
    index = wording.region_index(body_part)
    return "" if index is None else wording.BODY_REGIONS[index]


def _words(label: str, usual: Sequence[str], told: str, key: str) -> None:
    """One of the usual words, or one she types; `told` stands there at first, usual or not."""
    offered = [*usual, *({told} - {"", *usual})]
    st.selectbox(
        label, offered, offered.index(told) if told else None, accept_new_options=True, placeholder="Not given",
        on_change=_spell_out, args=(key, usual), key=key, persist_state="session",
    )  # fmt: skip


def _spell_out(key: str, usual: Sequence[str]) -> None:
    """Streamlit's Enter takes what was typed before any word of the list: put the word it means in its place, seen."""
    typed = st.session_state.get(key)
    if typed and (word := usual_word(typed, usual)) != typed:
        st.session_state[key] = word


def usual_word(typed: str, usual: Sequence[str]) -> str:
    """The usual word that this is but for case, or that alone begins so; what was typed where there is none."""
    text = typed.strip().casefold()
    same = [word for word in usual if word.casefold() == text]
    longer = [word for word in usual if word.casefold().startswith(text)] if len(text) >= SHORTEST else []
    found = same or longer
    return found[0] if len(found) == 1 else typed


def _opinions(key: str, chosen: Opinion | None, choose: Callable[[Opinion], None]) -> None:
    rows = (tuple(Opinion)[:2], tuple(Opinion)[2:])
    with st.container(gap="xsmall", key="opinions"):
        for row in rows:
            for place, opinion in zip(st.columns(2, gap="xsmall"), row, strict=True):
                _opinion(place, opinion, key=f"opinion-{opinion}-{key}", chosen=opinion is chosen, choose=choose)


def _opinion(
    place: DeltaGenerator, opinion: Opinion, *, key: str, chosen: bool, choose: Callable[[Opinion], None]
) -> None:
    place.button(
        wording.OPINIONS[opinion].text,
        icon=":material/check:" if chosen else None,
        type="primary" if chosen else "secondary",
        shortcut=shortcut(opinion),
        width="stretch",
        on_click=choose,
        args=(opinion,),
        key=key,
    )


def _confidence(key: str, told: int | None) -> None:
    st.segmented_control(
        "Confidence", list(wording.CONFIDENCES), default=told, format_func=wording.CONFIDENCES.__getitem__,
        help=wording.CONFIDENCE_HELP, width="stretch", key=f"confidence-{key}", persist_state="session",
    )  # fmt: skip
