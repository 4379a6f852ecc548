"""Agreement: what the site's own reads say: readers and the AI, readers among themselves, changes of mind, time."""

import pandas as pd
import streamlit as st

from core.services.agreement import (
    AgainstAi,
    Changes,
    Doubles,
    Pair,
    ReadingTime,
    SiteAgreement,
    readers,
    site_agreement,
)
from dashboard import double_wording, office_wording, resources, session, wording
from dashboard.office_wording import kappa, share
from dashboard.parts import page

EVERYBODY = "All readers"


def render() -> None:
    """The choice of a reader, then one block a question."""
    page.title_line("Agreement")
    reader, synthetic = _choice()
    found = site_agreement(resources.site(), actor=session.actor(), reader=reader, include_synthetic=synthetic)
    if not found.cases:
        st.info(office_wording.NO_READS, icon=":material/handshake:")
        if found.doubles:
            _doubles(found.doubles)
        return
    left, right = st.columns(2, gap="large")
    with left:
        _against_ai(found)
        _pairs(found.pairs)
        if found.doubles:
            _doubles(found.doubles)
    with right:
        _changes(found.changes)
        if found.withdrawn:
            st.caption(office_wording.WITHDRAWN.format(reads=wording.counted(found.withdrawn, "read")))
        _times(found.times)
    st.caption(office_wording.AGREEMENT_NOTE)


def _choice() -> tuple[str, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="agreement-filters"):
        reader = st.selectbox(
            "Reader",
            ["", *readers(resources.site(), actor=session.actor())],
            format_func=lambda name: name or EVERYBODY,
            key="agreement-reader",
            width=240,
        )
        synthetic = st.toggle("Sample studies", False, key="agreement-synthetic")
    return reader, synthetic


def _against_ai(found: SiteAgreement) -> None:
    st.markdown(f"##### {office_wording.AGAINST_AI}")
    st.dataframe(against_ai_frame(found.against_ai), hide_index=True, alt="Agreement of readers with the AI")


def against_ai_frame(rows: tuple[AgainstAi, ...]) -> pd.DataFrame:
    """One line an operating point and moment."""
    told = [
        (
            office_wording.POINTS[row.point],
            when,
            each.cases,
            share(each),
            kappa(each),
            each.first_only,
            each.second_only,
        )
        for row in rows
        for when, each in (("first", row.before), ("last", row.after))
    ]
    return pd.DataFrame(
        told, columns=["AI says fracture", "Verdict", "Reads", "Agree", "Kappa [95%]", "Only reader", "Only AI"]
    )


def _pairs(pairs: tuple[Pair, ...]) -> None:
    st.markdown(f"##### {office_wording.BETWEEN_READERS}")
    if not pairs:
        st.caption(office_wording.NO_PAIRS)
        return
    told = [
        (pair.first, pair.second, pair.agreement.cases, share(pair.agreement), kappa(pair.agreement)) for pair in pairs
    ]
    columns = ["Reader", "Reader ", "Cases", "Agree", "Kappa [95%]"]
    st.dataframe(pd.DataFrame(told, columns=columns), hide_index=True, alt="Agreement between readers")


def _doubles(doubles: Doubles) -> None:
    st.markdown(f"##### {double_wording.TWO_READS}")
    counts = (doubles.agreed, doubles.adjudicated, doubles.to_adjudicate, doubles.read_once)
    frame = pd.DataFrame(list(zip(double_wording.DOUBLES, counts, strict=True)), columns=["Of all readers", "Cases"])
    st.dataframe(frame, hide_index=True, alt="What became of cases that two readers read")


def _changes(changes: Changes) -> None:
    st.markdown(f"##### {office_wording.CHANGES_OF_MIND}")
    told = zip(
        office_wording.CHANGES, (changes.kept, changes.towards_ai, changes.away_from_ai, changes.other), strict=True
    )
    frame = pd.DataFrame(list(told), columns=["After the AI's answer was shown", "Reads"])
    st.dataframe(frame, hide_index=True, alt="What became of first verdicts")


def _times(times: tuple[ReadingTime, ...]) -> None:
    st.markdown(f"##### {office_wording.TIME_PER_CASE}")
    if not times:
        st.caption(office_wording.NO_TIMES)
        return
    told = [
        (each.reader or EVERYBODY, each.reads, office_wording.seconds(each.median),
         f"{office_wording.seconds(each.lower)} to {office_wording.seconds(each.upper)}")
        for each in times
    ]  # fmt: skip
    columns = ["Reader", "Reads", "Median", "Middle half"]
    st.dataframe(pd.DataFrame(told, columns=columns), hide_index=True, alt="Time from opening a case to the verdict")
