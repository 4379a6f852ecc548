"""Verdict form: the four opinions as keys, and what else a reader may say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.records import Opinion, Verdict
from core.services.review import LONGEST
from dashboard import reading_wording, wording
from dashboard.keyboard import shortcut


@dataclass(frozen=True, slots=True)
class Entered:
    """A verdict as the reader signs it."""

    opinion: Opinion
    body_region: str
    fracture_type: str
    confidence: int | None
    comment: str


def verdict_form(
    key: str,
    *,
    opinion: Opinion | None,
    choose: Callable[[Opinion], None],
    region: str,
    first: Opinion | None,
    warn: Callable[[], None],
    draft: Verdict | None = None,
    title: str = "",
) -> Entered | None:
    """Draw the form; what was entered when the reader signs in this run, else None.

    `key` names the study, the verdict and the opening: nothing is carried over from the case before, and a key pressed
    while one case gives way to the next is lost, not taken for a case that was not on the screen yet; what was entered
    is still there when she comes back from another page. `choose` keeps the opinion; `first` is what she said before,
    when this is her second verdict. `warn` draws what stands against signing or leaving, above the signature. `draft`
    is a verdict she took back: the form begins with what it says, but for the opinion, which she chooses anew. `title`
    stands in the usual one's place.
    """
    st.markdown(title or wording.verdict_title(first))
    _opinions(key, opinion, choose)
    body_region = _words("Region", wording.BODY_REGIONS, draft.body_region if draft else named(region), f"region-{key}")
    kind = draft.fracture_type if draft else ""
    types = reading_wording.FRACTURE_TYPES
    fracture_type = _words("Type", types, kind, f"type-{key}") if opinion is Opinion.FRACTURE else ""
    confidence = _confidence(key, draft.confidence if draft else None)
    comment = st.text_area(
        "Comment", draft.comment if draft else "", placeholder="Comment (optional)", height=68, max_chars=LONGEST,
        label_visibility="collapsed", key=f"comment-{key}", persist_state="session",
    )  # fmt: skip
    if not (_signed(key, opinion, first, warn) and opinion):
        return None
    return Entered(opinion, body_region, fracture_type, confidence, comment or "")


def _signed(key: str, opinion: Opinion | None, first: Opinion | None, warn: Callable[[], None]) -> bool:
    """Whether she signs in this run; what keeps her from it stands above the button, which is always on the screen."""
    with st.container(gap="xsmall", key="sign-foot"):
        told = st.container(gap="xsmall")
        signed = st.button(
            "Sign second verdict" if first else "Sign verdict", type="primary", icon=":material/signature:",
            shortcut=shortcut("sign"), width="stretch", key=f"sign-{key}",
        )  # fmt: skip
    with told:
        warn()
        if signed and opinion is None:
            st.caption(f":orange[{wording.SIGN_HELP}]")
    return signed


def typed_comment(key: str, told: str) -> str:
    """What stands in the comment of this form; `told` where it was not drawn yet."""
    return str(st.session_state.get(f"comment-{key}", told) or "")


def named(body_part: str) -> str:
    """The region that the DICOM body part names, empty unless it names one."""
    index = wording.region_index(body_part)
    return "" if index is None else wording.BODY_REGIONS[index]


def _words(label: str, usual: Sequence[str], told: str, key: str) -> str:
    """One of the usual words, or one she types; `told` stands there at first, usual or not."""
    offered = [*usual, *({told} - {"", *usual})]
    chosen: str | None = st.selectbox(
        label, offered, offered.index(told) if told else None, accept_new_options=True, placeholder="Not given",
        key=key, persist_state="session",
    )  # fmt: skip
    return chosen or ""


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


def _confidence(key: str, told: int | None) -> int | None:
    chosen: int | None = st.segmented_control(
        "Confidence", list(wording.CONFIDENCES), default=told, format_func=wording.CONFIDENCES.__getitem__,
        help=wording.CONFIDENCE_HELP, width="stretch", key=f"confidence-{key}", persist_state="session",
    )  # fmt: skip
    return chosen
