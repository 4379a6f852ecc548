"""About: what Lucency is for, what it is not, and what is known of the network that answers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.services.network import Measure, NetworkFacts
from core.services.performance import evidence_words
from dashboard import resources, wording
from dashboard.parts import page
from dashboard.parts.boundary import show_error


def render() -> None:
    """Intended use on the left, the network's facts on the right."""
    page.title_line("About")
    left, right = st.columns(2, gap="large")
    with left:
        for title, text in wording.ABOUT:
            st.markdown(f"###### {title}\n{text}")
    with right:
        _network()


def _network() -> None:
    if problem := resources.bundle_problem():
        show_error(problem)
        return
    facts = resources.network()
    if facts is None:
        st.info(wording.NETWORK_LOADING, icon=":material/hourglass_top:")
        return
    st.markdown(f"###### The network in use: `{facts.bundle}`")
    st.markdown(operating_points(facts))
    if facts.measures:
        st.dataframe(measured(facts.measures), hide_index=True, height="content", alt="Measured quality of the network")
        st.caption(wording.MEASURES_NOTE)
    st.caption(" · ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.training.items()))


def operating_points(facts: NetworkFacts) -> str:
    """The three answers, the thresholds between them, and what the bundle was made for."""
    regions = ", ".join(facts.body_regions) or "not stated"
    views = ", ".join(facts.views) or "not stated"
    return (
        f"- {wording.ANSWERS_EXPLAINED.format(doubt=facts.doubt, fracture=facts.fracture)}\n"
        f"- Body regions it was trained on: {regions}. Views: {views}.\n"
        f"- Architecture: {facts.preset}. Licence of the bundle: {facts.licence}."
    )


def measured(measures: Sequence[Measure]) -> pd.DataFrame:
    """The measures of the test split that a reader is shown, each with its interval where there is one."""
    found = {each.name: each for each in measures if each.split == wording.TEST_SPLIT}
    chosen = [(evidence_words.FIGURES[name], found[name]) for name in wording.MEASURES if name in found]
    rows = [(title, f"{each.value:.3f}", interval(each)) for title, each in chosen]
    return pd.DataFrame(rows, columns=["Measure", "Value", "95% interval"])


def interval(measure: Measure) -> str:
    """`0.881–0.932`, or empty."""
    return "" if measure.low is None or measure.high is None else f"{measure.low:.3f}–{measure.high:.3f}"
