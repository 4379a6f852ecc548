"""AI card: draws the network's answer after the reveal: in words, as a probability, compared with the reader's."""

from dataclasses import dataclass

import streamlit as st

from core.records import Answer, Finding, Opinion, agree
from dashboard import wording
from dashboard.wording import Sign


@dataclass(frozen=True, slots=True)
class Scale:
    """The two operating points of the bundle that answered, as probabilities."""

    doubt: float
    fracture: float


def ai_card(finding: Finding | None, *, opinion: Opinion | None, scale: Scale | None, notes: tuple[str, ...]) -> None:
    """Draw the answer. `scale` is left out where another bundle than the one in use gave it.

    `notes` stand below the answer; where there is none, they tell why.
    """
    with st.container(border=True, gap="xsmall", key="ai-card"):
        if finding is None:
            st.markdown(f"**{wording.NO_ANSWER.text}**")
            for reason in notes or (wording.AI_MISSING,):
                st.caption(reason)
            return
        if finding.outside:
            st.markdown(f"AI: {coloured(wording.OUTSIDE)}")
            st.markdown(f"The image is not for this AI: {wording.OUTSIDE_REASONS[finding.outside]}.")
            st.caption(wording.OUTSIDE_ADVICE)
        else:
            _answer(finding)
            st.html(bar(finding.probability, finding.answer, scale))
            if compared := comparison(opinion, finding.answer):
                st.markdown(coloured(compared))
        for note in notes:
            st.caption(f"⚠ {note}")
        st.caption(f"Network {finding.bundle}")


def comparison(opinion: Opinion | None, answer: Answer) -> Sign | None:
    """Agree, disagree, or why there is nothing to compare; None before a verdict."""
    if opinion is None:
        return None
    if answer is Answer.DOUBT:
        return wording.AI_DOUBTS
    same = agree(opinion, answer)
    if same is None:
        return wording.NOT_COMPARED
    return wording.AGREES_WITH_YOU if same else wording.DISAGREES_WITH_YOU


def coloured(sign: Sign) -> str:
    """A sign as Markdown, bold and in its tone."""
    return f":{wording.TONE_COLOURS[sign.tone]}[**{sign.text}**]"


def bar(probability: float, answer: Answer, scale: Scale | None) -> str:
    """The probability as HTML: three zones cut by the thresholds, and a mark. Numbers only, no text from outside.

    Where the thresholds are not known, one zone in the tone of the answer.
    """
    told = f"Probability of a fracture: {wording.percent(probability)}"
    zones, legend = f'<i class="zone {answer}" style="width:100%"></i>', ""
    if scale:
        doubt, fracture = f"doubtful from {scale.doubt:.0%}", f"suspected from {scale.fracture:.0%}"
        told, zones = f"{told}; {doubt}, {fracture}", _zones(scale)
        legend = f'<div class="legend"><span>◆ {doubt}</span><span>▲ {fracture}</span></div>'
    mark = f'<b class="mark" style="left:{probability:.1%}"></b>'
    drawn = f'<div class="zones">{zones}{mark}</div>{legend}'
    return f'<div class="probability-scale" role="img" aria-label="{told}">{drawn}</div>'


def _zones(scale: Scale) -> str:
    widths = (("none", scale.doubt), ("doubt", scale.fracture - scale.doubt), ("fracture", 1 - scale.fracture))
    return "".join(f'<i class="zone {name}" style="width:{width:.1%}"></i>' for name, width in widths)


def _answer(finding: Finding) -> None:
    sign = wording.ANSWERS[finding.answer]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"AI: {coloured(sign)}", width="stretch")
        st.markdown(f"**{wording.percent(finding.probability)}**", width="content", help=wording.PROBABILITY_HELP)
