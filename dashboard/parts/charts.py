"""Charts: draws measured curves so that they can be read on both themes, and never by colour alone.

Lines differ by dash and are named in the legend; points carry their name. The screen describes each chart for screen
readers: Streamlit has a place of its own for that.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from core.services.performance import evidence_words as told
from dashboard import performance_wording as wording

HEIGHT = 280
DASHES = [[1, 0], [6, 4], [2, 3]]
COLOURS = ["#3b8fc2", "#8b949c", "#c0752a"]
"""Three to one or better on both themes."""
Part = Mapping[str, Any]


def roc(held: Part) -> alt.LayerChart:
    """The ROC curve with both operating points."""
    axes = (wording.AXES["false_alarms"], wording.AXES["sensitivity"])
    rows = [(*told.operating_point(cells), told.POINTS[name]) for name, cells in held["confusion"].items()]
    marked = pd.DataFrame(rows, columns=["x", "y", "name"])
    return tall(curves(told.roc(held), axes) + dots(marked))


def precision_recall(held: Part) -> alt.LayerChart:
    """Positive predictive value over sensitivity."""
    axes = (wording.AXES["sensitivity"], wording.AXES["right"])
    return tall(alt.layer(curves(told.precision_recall(held), axes)))


def reliability(held: Part) -> alt.LayerChart:
    """Observed shares with their intervals over stated probabilities."""
    axes = (wording.AXES["stated"], wording.AXES["observed"])
    ideal = curves({told.NETWORK: (), told.IDEAL: ((0, 0), (1, 1))}, axes)
    rows = [(one["predicted"], *one["observed"], one["count"]) for one in held["reliability"]]
    base = alt.Chart(pd.DataFrame(rows, columns=["x", "y", "low", "high", "images"])).encode(x="x:Q")
    bars = base.mark_rule(strokeWidth=2, color=COLOURS[0]).encode(y="low:Q", y2="high:Q")
    shown = base.mark_point(filled=True, size=70, color=COLOURS[0], opacity=1)
    return tall(ideal + bars + shown.encode(y="y:Q", tooltip=["x", "y", "low", "high", "images"]))


def net_benefit(held: Part) -> alt.LayerChart:
    """The decision curve."""
    axes = (wording.AXES["threshold"], wording.AXES["benefit"])
    return tall(alt.layer(curves(told.net_benefit(held), axes, shares=False)))


def intervals(frame: pd.DataFrame) -> alt.LayerChart:
    """One dot with its interval for each group; columns group, value, low, high."""
    base = alt.Chart(frame).encode(y=alt.Y("group:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)))
    scale = alt.Scale(domain=[min(0.5, float(frame["low"].min())), 1])
    axis = alt.X("low:Q", scale=scale, title=wording.AXES["auroc"], axis=alt.Axis(tickCount=5))
    bars = base.mark_rule(strokeWidth=2, color=COLOURS[0]).encode(x=axis, x2="high:Q")
    shown = base.mark_point(filled=True, size=80, color=COLOURS[0], opacity=1)
    dotted = shown.encode(x="value:Q", tooltip=["group", "value", "low", "high"])
    return (bars + dotted).properties(height=max(80, 30 * len(frame)))


def lined(lines: told.Lines) -> pd.DataFrame:
    """Named lines as rows: line, place, x, y."""
    rows = [(name, place, x, y) for name, points in lines.items() for place, (x, y) in enumerate(points)]
    return pd.DataFrame(rows, columns=["line", "place", "x", "y"])


def curves(lines: told.Lines, axes: tuple[str, str], *, shares: bool = True) -> alt.Chart:
    """The lines in their own order of points; `shares` for a vertical axis from 0 to 100%."""
    names = list(lines)
    across = alt.Axis(format=".0%", tickCount=6)
    scale, up = (alt.Scale(domain=[0, 1]), across) if shares else (alt.Scale(zero=True), alt.Axis(tickCount=5))
    colours = alt.Scale(domain=names, range=COLOURS[: len(names)])
    dashes = alt.Scale(domain=names, range=DASHES[: len(names)])
    legend = alt.Legend(title=None, orient="top", symbolStrokeWidth=2, symbolSize=400)
    return (
        alt.Chart(lined(lines))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", scale=scale, title=axes[0], axis=across),
            y=alt.Y("y:Q", scale=scale, title=axes[1], axis=up),
            color=alt.Color("line:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=legend),
            order="place:O",
        )
    )


def dots(frame: pd.DataFrame) -> alt.Chart:
    """Named points: columns x, y, name."""
    shapes = alt.Scale(domain=list(frame["name"]), range=["diamond", "triangle-up"])
    legend = alt.Legend(
        title=None, orient="top", symbolFillColor=COLOURS[2], symbolStrokeColor=COLOURS[2], symbolSize=120
    )
    marks = alt.Chart(frame).mark_point(filled=True, size=180, color=COLOURS[2], opacity=1)
    return marks.encode(
        x="x:Q", y="y:Q", shape=alt.Shape("name:N", scale=shapes, legend=legend), tooltip=["name", "x", "y"]
    )


def tall(chart: alt.LayerChart) -> alt.LayerChart:
    """The chart at its height."""
    return chart.properties(height=HEIGHT)
