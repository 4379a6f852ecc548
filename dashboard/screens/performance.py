"""Performance: how good a network is, for whom, where it looks and how it fails; for any network this site knows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.services.performance import KnownBundle, Performance, known_bundles, performance
from dashboard import performance_wording as words
from dashboard import resources
from dashboard import wording as common
from dashboard.parts import charts, page

Part = Mapping[str, Any]
PREVALENCES = (0.05, 0.10, 0.20, 0.40)
USUAL = 0.20


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
        _table(figure_rows(figures), ("Measure", "Value [95% interval]"))


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
        _groups(part["subgroups"])
    with heat:
        _heat(part)
    with mistakes:
        _mistakes(part["failures"])


def _glance(part: Part) -> None:
    st.markdown(words.HEADLINE.format(images=part["images"], fractured=part["fractured"]))
    figures = part["figures"]
    with st.container(horizontal=True, gap="small", key="performance-metrics"):
        for name, (title, told) in words.METRICS.items():
            _metric(title, words.number(figures.get(name)), told)
        for point, title in words.SHORT_POINTS.items():
            for kind in ("sensitivity", "specificity"):
                value = words.share(figures.get(f"{kind}_at_{point}"))
                _metric(f"{kind.title()} {title}", value, words.POINTS_HELP[point])
    _natural(part)
    if part["outside"]:
        st.caption(words.OUTSIDE.format(outside=part["outside"]))
    with st.expander(words.FIGURES):
        _table(figure_rows(figures), ("Measure", "Value [95% interval]"))


def _metric(title: str, value: str, told: str) -> None:
    """The value large, its interval below."""
    large, _, interval = value.partition(" ")
    st.metric(title, large, interval or None, delta_color="off", delta_arrow="off", help=told, border=True, width=184)


def _natural(part: Part) -> None:
    share = st.segmented_control(
        words.PREVALENCE, PREVALENCES, default=USUAL, format_func=lambda one: f"{one:.0%}", required=True,
        key="performance-prevalence",
    )  # fmt: skip
    prevalence = USUAL if share is None else share
    st.markdown(words.NATURAL.format(fractures=f"{1000 * prevalence:.0f}"))
    _table(natural_rows(part, prevalence), words.NATURAL_COLUMNS)
    st.caption(words.NATURAL_NOTE)


def natural_rows(part: Part, prevalence: float) -> list[tuple[str, ...]]:
    """What happens to 1,000 images at each operating point, in whole images, and the predictive values."""
    rows = []
    for point, cells in part["confusion"].items():
        alarms, found = charts.operating_point(cells)
        fractured = round(1000 * prevalence)
        hits, false = round(found * fractured), round(alarms * (1000 - fractured))
        values = next(one for one in part["predictive_values"][point] if one["prevalence"] == prevalence)
        counted = (hits, fractured - hits, false, 1000 - fractured - false)
        ends = (words.share(values["positive"]), words.share(values["negative"]))
        rows.append((words.POINTS[point], *(f"{one:,}" for one in counted), *ends))
    return rows


def figure_rows(figures: Mapping[str, Sequence[float]]) -> list[tuple[str, str]]:
    """Every figure that has words, in their order."""
    return [(title, words.number(tuple(figures[name]))) for name, title in common.MEASURES.items() if name in figures]


def _curves(part: Part) -> None:
    figures = part["figures"]
    share = part["fractured"] / part["images"]
    precision = words.PRECISION_RECALL_NOTE.format(value=words.number(figures.get("average_precision")), share=share)
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(words.ROC, charts.roc(part), words.ROC_NOTE.format(auroc=words.number(figures.get("auroc"))))
        _chart(
            words.RELIABILITY, charts.reliability(part), words.RELIABILITY_NOTE.format(ece=words.number(figures["ece"]))
        )
        with st.expander(words.NUMBERS):
            _table(reliability_rows(part), (words.AXES["stated"], words.AXES["observed"], "Images"))
    with right:
        _chart(words.PRECISION_RECALL, charts.precision_recall(part), precision)
        _chart(words.BENEFIT, charts.net_benefit(part), words.BENEFIT_NOTE)
        with st.expander(words.NUMBERS):
            titles = (words.AXES["threshold"], words.ACT_NETWORK, words.ACT_ALL, words.ACT_NONE)
            _table(benefit_rows(part["net_benefit"]), titles)


def _chart(title: str, chart: Any, told: str) -> None:
    st.markdown(f"###### {title}")
    st.altair_chart(chart, width="stretch", alt=f"{title}. {told}")
    st.caption(told)


def reliability_rows(part: Part) -> list[tuple[str, str, str]]:
    """The points of the reliability diagram."""
    return [
        (words.percent(one["predicted"]), words.share(one["observed"]), f"{one['count']:,}")
        for one in part["reliability"]
    ]


def benefit_rows(held: Part) -> list[tuple[str, ...]]:
    """Every fifth point of the decision curve."""
    rows = list(zip(held["threshold"], held["network"], held["all"], strict=True))[4::5]
    return [(f"{at:.0%}", f"{network:.3f}", f"{everyone:.3f}", "0") for at, network, everyone in rows]


def _groups(held: Mapping[str, Sequence[Part]]) -> None:
    if not held:
        st.info(words.GROUPS_MISSING, icon=":material/groups:")
        return
    ends = [f"{kind} {name}" for name in words.SHORT_POINTS.values() for kind in ("Sensitivity", "Specificity")]
    _table([group_row(trait, row) for trait, row in ordered(held)], (*words.GROUP_COLUMNS, *ends))
    st.caption(words.GROUPS_NOTE)
    frame = auroc_frame(held)
    if len(frame):
        left, _ = st.columns(2)
        with left:
            st.altair_chart(charts.intervals(frame), width="stretch", alt=words.AXES["auroc"])


def ordered(held: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Trait and one of its rows, the traits in the order of their words."""
    return [(trait, row) for trait in words.TRAITS for row in held.get(trait, ())]


def group_row(trait: str, row: Part) -> tuple[str, ...]:
    """One group's cells."""
    names = ("sensitivity", "specificity", "sensitivity_at_fracture", "specificity_at_fracture")
    head = (words.TRAITS[trait], group_name(trait, row["value"]), f"{row['images']:,}", f"{row['fractured']:,}")
    return *head, words.number(row["auroc"], 2), *(words.share(row[name]) for name in names)


def group_name(trait: str, value: str) -> str:
    """A group in words."""
    return words.VALUES.get(trait, {}).get(value, value)


def auroc_frame(held: Mapping[str, Sequence[Part]]) -> pd.DataFrame:
    """The groups that have an AUROC: group, value, low, high."""
    found = [(trait, row) for trait, row in ordered(held) if row["auroc"]]
    rows = [(f"{words.TRAITS[trait]}: {group_name(trait, row['value'])}", *row["auroc"]) for trait, row in found]
    return pd.DataFrame(rows, columns=["group", "value", "low", "high"])


def _heat(part: Part) -> None:
    held = part["localisation"]
    if not held:
        st.info(words.HEAT_MISSING, icon=":material/local_fire_department:")
        return
    st.markdown(words.HEAT_INTRO.format(count=held["counts"]["all"]))
    if len(ways(held)) > 1:
        st.markdown(words.HEAT_BESIDE)
    parts = [one for one in words.PARTS if one in held["counts"]]
    part_shown = st.segmented_control(
        "Size of the fracture, or answer", parts, default="all", required=True, key="performance-fractures",
        format_func=lambda one: f"{words.PARTS[one]} ({held['counts'][one]})",
    )  # fmt: skip
    _table(heat_rows(held, part_shown or "all"), ("", *(words.WAYS[way] for way in ways(held))))
    st.caption(words.HEAT_NOTE)
    st.markdown(f"###### {words.SANITY}")
    steps = part["randomisation"]
    _table([(f"{one['layers']} of {one['of']}", f"{one['correlation']:.2f}") for one in steps], words.SANITY_COLUMNS)
    st.caption(words.SANITY_NOTE)


def ways(held: Part) -> list[str]:
    """The ways to a map that were scored: a network without a map of its own has the gradient only."""
    return [way for way in words.WAYS if way in held]


def heat_rows(held: Part, part: str) -> list[tuple[str, ...]]:
    """Both ways to a map side by side, for one part of the fractures."""

    def cell(way: str, name: str) -> str:
        value = held[way][part][name]
        return words.number(value, 1) if name in words.COUNTS else words.share(value)

    return [(title, *(cell(way, name) for way in ways(held))) for name, title in words.SCORES.items()]


def _mistakes(held: Part) -> None:
    for place, (kind, title) in zip(st.columns(2, gap="medium"), words.FAILED.items(), strict=True):
        one = held[kind]
        with place:
            st.markdown(f"###### {title}")
            st.markdown(words.FAILED_TOLD[kind].format(count=one["count"], of=one["of"]))
            _table(failure_rows(one["by"]), words.FAILED_COLUMNS)
    st.caption(words.FAILED_NOTE)


def failure_rows(by: Mapping[str, Mapping[str, Sequence[int]]]) -> list[tuple[str, ...]]:
    """Where mistakes gather; a share only where there are images enough."""
    rows = [(trait, value, bad, of) for trait in words.TRAITS for value, (bad, of) in by.get(trait, {}).items()]
    return [
        (
            words.TRAITS[trait],
            group_name(trait, value),
            f"{bad:,}",
            f"{of:,}",
            words.percent(bad / of) if of >= words.FEWEST else words.TOO_FEW,
        )
        for trait, value, bad, of in rows
    ]


def _table(rows: Iterable[Sequence[str]], columns: Sequence[str]) -> None:
    shown = [[unquoted(cell) for cell in row] for row in rows]
    st.table(pd.DataFrame(shown, columns=list(columns)), border="horizontal", hide_index=True, width="content")


def unquoted(cell: str) -> str:
    """The cell as Markdown shows it: a leading `>` would make a quotation of it."""
    return f"\\{cell}" if cell.startswith(">") else cell
