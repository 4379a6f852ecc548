"""About: what Lucency is for, what it is not, and what is known of the network that answers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.services.network import Measure, NetworkFacts
from dashboard import resources, wording
from dashboard.parts import page
from dashboard.parts.boundary import show_error


def render() -> None:
    """Intended use on the left, the network's facts on the right."""
    page.title_line("About", preset_reader=resources.settings().reader)
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
        st.dataframe(measured(facts.measures), hide_index=True, alt="Measured quality of the network")
        st.caption(wording.MEASURES_NOTE)
    st.markdown(
        "\n".join(f"- {name.replace('_', ' ').capitalize()}: {value}" for name, value in facts.training.items())
    )


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
    """One row a measure, with its interval where there is one."""
    rows = [(each.split, each.name, f"{each.value:.3g}", interval(each)) for each in measures]
    return pd.DataFrame(rows, columns=["Split", "Measure", "Value", "95% interval"])


def interval(measure: Measure) -> str:
    """`0.88–0.93`, or empty."""
    return "" if measure.low is None or measure.high is None else f"{measure.low:.3g}–{measure.high:.3g}"
