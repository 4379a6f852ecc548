"""Performance: how good a network is, for whom, where it looks and how it fails; for any network this site knows."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.services.performance import KnownBundle, Performance, known_bundles, performance
from core.services.performance import evidence_words as told
from dashboard import performance_wording as words
from dashboard import resources
from dashboard import wording as common
from dashboard.parts import charts, page

Part = Mapping[str, Any]
USUAL = 0.20
"""Share of fractured images that stands there first."""


def render() -> None:
    """The choice of network and images, then what was measured."""
    middle = page.title_line("Performance")
    known = known_bundles(resources.settings())
    if not known:
        st.info(words.NO_BUNDLE, icon=":material/info:")
        return
    chosen = _bundle(middle, known)
    held = performance(chosen.folder)
    if not held.evidence:
        _not_measured(chosen, held)
        return
    _measured(held, _split(middle, held))


def _bundle(place: st.delta_generator.DeltaGenerator, known: Sequence[KnownBundle]) -> KnownBundle:
    names = {one.bundle: words.IN_USE.format(bundle=one.bundle) if one.in_use else one.bundle for one in known}
    picked = place.selectbox(
        "Network", list(names), format_func=lambda bundle: names[bundle], label_visibility="collapsed", width=330,
        key="performance-bundle",
    )  # fmt: skip
    return next(one for one in known if one.bundle == picked)


def _split(place: st.delta_generator.DeltaGenerator, held: Performance) -> str:
    splits = [split for split in words.SPLITS if split in held.evidence]
    if len(splits) == 1:
        place.caption(words.SPLITS[splits[0]], width="content", help=words.SPLIT_HELP)
        return splits[0]
    picked = place.segmented_control(
        "Images", splits, default=splits[0], format_func=lambda split: words.SPLITS[split], required=True,
        label_visibility="collapsed", key="performance-split",
    )  # fmt: skip
    return picked or splits[0]


def _not_measured(chosen: KnownBundle, held: Performance) -> None:
    st.info(words.NOT_MEASURED, icon=":material/straighten:")
    st.code(words.COMMAND.format(folder=chosen.folder), language="bash")
    for split, figures in held.figures.items():
        st.markdown(f"###### {words.SPLITS.get(split, split)}")
        _table(told.figures(figures, common.MEASURES))


def _measured(held: Performance, split: str) -> None:
    part = held.evidence[split]
    if split != common.TEST_SPLIT:
        st.warning(words.NOT_TEST, icon=":material/warning:")
    glance, curves, groups, heat, mistakes = st.tabs(words.TABS, key="performance-tabs")
    with glance:
        _glance(part)
    with curves:
        _curves(part)
    with groups:
        _groups(part)
    with heat:
        _heat(part)
    with mistakes:
        _mistakes(part)


def _glance(part: Part) -> None:
    st.markdown(words.HEADLINE.format(images=part["images"], fractured=part["fractured"]))
    figures = part["figures"]
    with st.container(horizontal=True, gap="small", key="performance-metrics"):
        for name, meaning in words.METRICS.items():
            _metric(told.FIGURES[name], told.number(figures.get(name)), meaning)
        for point, title in told.SHORT_POINTS.items():
            for kind in ("sensitivity", "specificity"):
                value = told.share(figures.get(f"{kind}_at_{point}"))
                _metric(f"{kind.title()} {title}", value, words.POINTS_HELP[point])
    _natural(part)
    if part["outside"]:
        st.caption(words.OUTSIDE.format(outside=part["outside"]))
    with st.expander(words.FIGURES):
        _table(told.figures(figures, common.MEASURES))


def _metric(title: str, value: str, meaning: str) -> None:
    """The value large, its interval below."""
    large, _, interval = value.partition(" ")
    st.metric(
        title, large, interval or None, help=meaning, delta_color="off", delta_arrow="off", border=True, width=184
    )


def _natural(part: Part) -> None:
    known = [one["prevalence"] for one in next(iter(part["predictive_values"].values()))]
    share = st.segmented_control(
        words.PREVALENCE, known, default=USUAL, format_func=lambda one: f"{one:.0%}", required=True,
        key="performance-prevalence",
    )  # fmt: skip
    prevalence = USUAL if share is None else share
    st.markdown(words.NATURAL.format(fractures=f"{1000 * prevalence:.0f}"))
    _table(told.Table(words.NATURAL_COLUMNS, natural_rows(part, prevalence)))
    st.caption(words.NATURAL_NOTE)


def natural_rows(part: Part, prevalence: float) -> list[tuple[str, ...]]:
    """What happens to 1,000 images at each operating point, in whole images, and the predictive values."""
    rows = []
    for point, cells in part["confusion"].items():
        alarms, found = told.operating_point(cells)
        fractured = round(1000 * prevalence)
        hits, false = round(found * fractured), round(alarms * (1000 - fractured))
        values = next(one for one in part["predictive_values"][point] if one["prevalence"] == prevalence)
        counted = (hits, fractured - hits, false, 1000 - fractured - false)
        ends = (told.share(values["positive"]), told.share(values["negative"]))
        rows.append((told.POINTS[point], *(f"{one:,}" for one in counted), *ends))
    return rows


def _curves(part: Part) -> None:
    figures = part["figures"]
    share = part["fractured"] / part["images"]
    precision = words.PRECISION_RECALL_NOTE.format(value=told.number(figures.get("average_precision")), share=share)
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(words.ROC, charts.roc(part), words.ROC_NOTE.format(auroc=told.number(figures.get("auroc"))))
        _chart(
            words.RELIABILITY, charts.reliability(part), words.RELIABILITY_NOTE.format(ece=told.number(figures["ece"]))
        )
        with st.expander(words.NUMBERS):
            _table(told.Table((words.AXES["stated"], words.AXES["observed"], "Images"), reliability_rows(part)))
    with right:
        _chart(words.PRECISION_RECALL, charts.precision_recall(part), precision)
        _chart(words.BENEFIT, charts.net_benefit(part), told.BENEFIT_NOTE)
        with st.expander(words.NUMBERS):
            titles = (words.AXES["threshold"], told.ACT_NETWORK, told.ACT_ALL, told.ACT_NONE)
            _table(told.Table(titles, benefit_rows(part["net_benefit"])))


def _chart(title: str, chart: Any, note: str) -> None:
    st.markdown(f"###### {title}")
    st.altair_chart(chart, width="stretch", alt=f"{title}. {note}")
    st.caption(note)


def reliability_rows(part: Part) -> list[tuple[str, str, str]]:
    """The points of the reliability diagram."""
    return [
        (told.percent(one["predicted"]), told.share(one["observed"]), f"{one['count']:,}")
        for one in part["reliability"]
    ]


def benefit_rows(held: Part) -> list[tuple[str, ...]]:
    """Every fifth point of the decision curve."""
    rows = list(zip(held["threshold"], held["network"], held["all"], strict=True))[4::5]
    return [(f"{at:.0%}", f"{network:.3f}", f"{everyone:.3f}", "0") for at, network, everyone in rows]


def _groups(part: Part) -> None:
    if not part["subgroups"]:
        st.info(words.GROUPS_MISSING, icon=":material/groups:")
        return
    _table(told.subgroups(part))
    st.caption(told.GROUPS_NOTE)
    frame = auroc_frame(part["subgroups"])
    if len(frame):
        left, _ = st.columns(2)
        with left:
            st.altair_chart(charts.intervals(frame), width="stretch", alt=words.AXES["auroc"])


def auroc_frame(held: Mapping[str, Sequence[Part]]) -> pd.DataFrame:
    """The groups that have an AUROC: group, value, low, high."""
    rows = [
        (f"{title}: {told.group(trait, row['value'])}", *row["auroc"])
        for trait, title in told.TRAITS.items()
        for row in held.get(trait, ())
        if row["auroc"]
    ]
    return pd.DataFrame(rows, columns=["group", "value", "low", "high"])


def _heat(part: Part) -> None:
    held = part["localisation"]
    if not held:
        st.info(words.HEAT_MISSING, icon=":material/local_fire_department:")
        return
    st.markdown(words.HEAT_INTRO.format(count=held["counts"]["all"]))
    if all(way in held for way in told.WAYS):
        st.markdown(words.HEAT_BESIDE)
    parts = told.heat_parts(part)
    shown = st.segmented_control(
        "Size of the fracture, or answer", list(parts), default="all", required=True, key="performance-fractures",
        format_func=lambda one: parts[one],
    )  # fmt: skip
    _table(told.heat(part, shown or "all", told.share))
    st.caption(told.HEAT_NOTE)
    st.markdown(f"###### {words.SANITY}")
    _table(told.shuffled(part))
    st.caption(told.SHUFFLED_NOTE)


def _mistakes(part: Part) -> None:
    for place, (kind, title) in zip(st.columns(2, gap="medium"), told.FAILED.items(), strict=True):
        with place:
            st.markdown(f"###### {title}")
            st.markdown(told.FAILED_TOLD[kind].format(**part["failures"][kind]))
            _table(told.failures(part, kind))
    st.caption(words.FAILED_NOTE)


def _table(table: told.Table) -> None:
    shown = [[unquoted(cell) for cell in row] for row in table.rows]
    st.table(pd.DataFrame(shown, columns=list(table.columns)), border="horizontal", hide_index=True, width="content")


def unquoted(cell: str) -> str:
    """The cell as Markdown shows it: a leading `>` would make a quotation of it."""
    return f"\\{cell}" if cell.startswith(">") else cell
