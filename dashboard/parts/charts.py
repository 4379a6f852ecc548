"""Charts: draws measured curves so that they can be read on both themes, and never by colour alone.

Lines differ by dash and are named in the legend; points carry their name; each chart is described for screen readers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard import performance_wording as wording

HEIGHT = 300
DASHES = [[1, 0], [6, 4], [2, 3], [9, 3, 2, 3]]
Part = Mapping[str, Any]
Points = Sequence[Sequence[float]]


def roc(held: Part) -> alt.LayerChart:
    """The ROC curve with both operating points."""
    axes = (wording.AXES["false_alarms"], wording.AXES["sensitivity"])
    lines = lined({wording.NETWORK: held["roc"], wording.CHANCE: ((0, 0), (1, 1))})
    rows = [(*operating_point(cells), wording.POINTS[name]) for name, cells in held["confusion"].items()]
    marked = pd.DataFrame(rows, columns=["x", "y", "name"])
    return described(curves(lines, axes) + dots(marked), wording.ROC)


def precision_recall(held: Part) -> alt.LayerChart:
    """Positive predictive value over sensitivity."""
    prevalence = held["fractured"] / held["images"]
    lines = lined({wording.NETWORK: held["precision_recall"], wording.CHANCE: ((0, prevalence), (1, prevalence))})
    axes = (wording.AXES["sensitivity"], wording.AXES["right"])
    return described(alt.layer(curves(lines, axes)), wording.PRECISION_RECALL)


def reliability(held: Part) -> alt.LayerChart:
    """Observed shares with their intervals over stated probabilities."""
    axes = (wording.AXES["stated"], wording.AXES["observed"])
    ideal = curves(lined({wording.NETWORK: (), wording.IDEAL: ((0, 0), (1, 1))}), axes)
    rows = [(one["predicted"], *one["observed"], one["count"]) for one in held["reliability"]]
    frame = pd.DataFrame(rows, columns=["x", "y", "low", "high", "images"])
    base = alt.Chart(frame).encode(x=alt.X("x:Q"))
    bars = base.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    shown = base.mark_point(filled=True, size=70).encode(y="y:Q", tooltip=["x", "y", "low", "high", "images"])
    return described(ideal + bars + shown, wording.RELIABILITY)


def net_benefit(held: Part) -> alt.LayerChart:
    """The decision curve."""
    at, benefit = held["net_benefit"]["threshold"], held["net_benefit"]
    everyone = [(x, y) for x, y in zip(at, benefit["all"], strict=True) if y >= 0]
    lines = {
        wording.ACT_NETWORK: list(zip(at, benefit["network"], strict=True)),
        wording.ACT_ALL: everyone,
        wording.ACT_NONE: ((at[0], 0), (at[-1], 0)),
    }
    axes = (wording.AXES["threshold"], wording.AXES["benefit"])
    return described(alt.layer(curves(lined(lines), axes, unit=False)), wording.BENEFIT)


def intervals(frame: pd.DataFrame) -> alt.LayerChart:
    """One dot with its interval for each group; columns group, value, low, high."""
    base = alt.Chart(frame).encode(y=alt.Y("group:N", sort=None, title=None))
    scale = alt.Scale(domain=[min(0.5, float(frame["low"].min())), 1])
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale, title=wording.AXES["auroc"]), x2="high:Q")
    shown = base.mark_point(filled=True, size=80).encode(x="value:Q", tooltip=["group", "value", "low", "high"])
    return (bars + shown).properties(height=max(80, 34 * len(frame)), description=wording.AXES["auroc"])


def operating_point(cells: Part) -> tuple[float, float]:
    """1 - specificity and sensitivity of a confusion matrix."""
    healthy = cells["false_positive"] + cells["true_negative"]
    fractured = cells["true_positive"] + cells["false_negative"]
    return cells["false_positive"] / max(healthy, 1), cells["true_positive"] / max(fractured, 1)


def lined(lines: Mapping[str, Points]) -> pd.DataFrame:
    """Named lines as rows: line, place, x, y."""
    rows = [(name, place, x, y) for name, points in lines.items() for place, (x, y) in enumerate(points)]
    return pd.DataFrame(rows, columns=["line", "place", "x", "y"])


def curves(frame: pd.DataFrame, axes: tuple[str, str], *, unit: bool = True) -> alt.Chart:
    """The lines in their own order of points; `unit` for axes from 0 to 1."""
    names = list(dict.fromkeys(frame["line"]))
    scale = alt.Scale(domain=[0, 1]) if unit else alt.Scale(zero=False)
    legend = alt.Legend(title=None, orient="top", symbolStrokeWidth=2, symbolSize=400)
    return (
        alt.Chart(frame)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", scale=scale, title=axes[0]),
            y=alt.Y("y:Q", scale=scale, title=axes[1]),
            color=alt.Color("line:N", sort=names, legend=legend),
            strokeDash=alt.StrokeDash("line:N", sort=names, scale=alt.Scale(range=DASHES[: len(names)])),
            order="place:O",
        )
    )


def dots(frame: pd.DataFrame) -> alt.LayerChart:
    """Named points: columns x, y, name."""
    base = alt.Chart(frame).encode(x="x:Q", y="y:Q")
    marks = base.mark_point(filled=True, size=110).encode(shape=alt.Shape("name:N", legend=None))
    return marks + base.mark_text(align="left", dx=9, dy=12).encode(text="name:N")


def described(chart: alt.LayerChart, title: str) -> alt.LayerChart:
    """The chart at its height, with words for those who cannot see it."""
    return chart.properties(height=HEIGHT, description=title)
