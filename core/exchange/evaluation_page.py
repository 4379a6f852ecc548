"""Evaluation page: writes what was measured as one HTML file that needs no network, no script and no other file.

The parts of `evidence` are told in `models.evidence`; a part that is missing leaves its section out.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from pathlib import Path
from typing import Any

from core.exchange.plots import Line, Plot, as_svg

STYLE = Path(__file__).with_name("page.css")
Part = Mapping[str, Any]
Rows = Sequence[Sequence[str]]

POINTS = {"doubt": "Doubt or fracture", "fracture": "Fracture only"}
WAYS = {"linear": "the network's own map", "gradient": "Grad-CAM by gradient"}
SCORES = {
    "peak_in_box": "Peak inside a box",
    "peak_near_box": "Peak within 10% of the longer side of one",
    "overlap_0.1": "A region overlaps a box, IoU ≥ 0.1",
    "overlap_0.3": "A region overlaps a box, IoU ≥ 0.3",
    "energy_in_box": "Share of the heat inside the boxes",
    "regions": "Regions shown, per image",
}
TRAITS = {"region": "Body region", "view": "View", "hardware": "Hardware in the image", "size": "Image size"}
PARTS = ("all", "small", "medium", "large", "doubt", "fracture")
TOO_FEW = "too few"
BENEFIT = "Net benefit (Vickers 2006) of acting on the network, on every image, or on none: higher is better."


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG with what is to be said below it."""

    data: bytes
    caption: str
    media_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures under one heading."""

    title: str
    explanation: str
    pictures: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Content:
    """All that goes into a page."""

    title: str
    evidence: Part
    figure_names: Mapping[str, str]
    """Name of a figure -> its words, in the order they are shown."""
    galleries: Sequence[Gallery] = ()
    history: Mapping[str, Sequence[float]] | None = None
    """Columns of a training run's history.csv; None without one."""


def as_html(content: Content) -> str:
    """The whole page."""
    sections = [(title, body) for title, body in _sections(content) if body]
    links = "".join(f'<a href="#{slug(title)}">{escape(title)}</a>' for title, _ in sections)
    parts = [f'<section id="{slug(title)}"><h2>{escape(title)}</h2>{body}</section>' for title, body in sections]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(content.title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><h1>{escape(content.title)}</h1>"
        f"<p class=soft>{escape(_headline(content.evidence))}</p><nav>{links}</nav>{''.join(parts)}</body></html>\n"
    )


def slug(title: str) -> str:
    """A title as the name of its place in the page."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())


def figure(value: Sequence[float] | None, digits: int = 3) -> str:
    """`0.935 [0.907, 0.960]`, or that there are too few images."""
    if value is None:
        return TOO_FEW
    return f"{value[0]:.{digits}f} [{value[1]:.{digits}f}, {value[2]:.{digits}f}]"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; empty without rows."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>' if body else ""


def _headline(evidence: Part) -> str:
    return (
        f"Split {evidence['split']}: {evidence['images']:,} images, {evidence['fractured']:,} fractured; "
        f"{evidence['outside']:,} outside of the intended use. Intervals are 95%. "
        "For research use only: not a medical device."
    )


def _sections(content: Content) -> Iterator[tuple[str, str]]:
    held = content.evidence
    rows = [
        (name, figure(held["figures"][key])) for key, name in content.figure_names.items() if key in held["figures"]
    ]
    yield "Figures", table(("Figure", "Value [95% interval]"), rows)
    yield "Curves", curves(held)
    yield "Confusion matrices", confusion(held["confusion"])
    yield "Predictive values", predictive(held["predictive_values"])
    yield "Subgroups", subgroups(held["subgroups"])
    yield "Where it looks", localisation(held.get("localisation", {})) + randomisation(held.get("randomisation", ()))
    yield "Failures", failures(held["failures"])
    for gallery in content.galleries:
        yield gallery.title, pictures(gallery)
    yield "Training", training(content.history or {})


def curves(held: Part) -> str:
    """ROC, precision and recall, reliability, net benefit."""
    return f'<div class="plots">{"".join(_framed(*each) for each in _curves(held))}</div>'


def _framed(plot: Plot, note: str) -> str:
    return (
        f"<figure><figcaption>{escape(plot.title)}</figcaption>{as_svg(plot)}<p class=soft>{escape(note)}</p></figure>"
    )


def _curves(held: Part) -> Iterator[tuple[Plot, str]]:
    figures, share = held["figures"], held["fractured"] / held["images"]
    diagonal = ((0.0, 0.0), (1.0, 1.0))
    dots = [(POINTS[name], _operating_point(cells)) for name, cells in held["confusion"].items()]
    lines = (Line("network", held["roc"]), Line("chance", diagonal))
    yield Plot("ROC curve", "1 - specificity", "Sensitivity", lines, dots=dots), f"Area {figure(figures.get('auroc'))}."
    lines = (Line("network", held["precision_recall"]), Line("chance", ((0.0, share), (1.0, share))))
    told = f"Average precision {figure(figures.get('average_precision'))} at {share:.0%} fractured images."
    yield Plot("Precision and recall", "Sensitivity", "Positive predictive value", lines), told
    lines = (_reliability(held), Line("ideal", diagonal))
    counts = ", ".join(str(one["count"]) for one in held["reliability"])
    told = f"Expected calibration error {figure(figures.get('ece'))}; images per point: {counts}."
    yield Plot("Reliability", "Predicted probability", "Observed share", lines), told
    yield _benefit(held["net_benefit"], share), BENEFIT


def _operating_point(cells: Part) -> tuple[float, float]:
    alarms, cleared = cells["false_positive"], cells["true_negative"]
    found, missed = cells["true_positive"], cells["false_negative"]
    return alarms / max(alarms + cleared, 1), found / max(found + missed, 1)


def _reliability(held: Part) -> Line:
    bins = held["reliability"]
    points = [(one["predicted"], one["observed"][0]) for one in bins]
    ends = [(one["observed"][1], one["observed"][2]) for one in bins]
    return Line("network", points, marks=True, bars=ends, joined=False)


def _benefit(benefit: Part, share: float) -> Plot:
    at = benefit["threshold"]
    everyone = [(x, y) for x, y in zip(at, benefit["all"], strict=True) if y >= 0]
    lines = (
        Line("network", list(zip(at, benefit["network"], strict=True))),
        Line("act on every image", everyone),
        Line("act on none", ((at[0], 0.0), (at[-1], 0.0))),
    )
    parts = max(1, ceil(share / 0.05))
    names, ranges = ("Decision curve", "Threshold probability", "Net benefit"), ((0, 0.6), (0, 0.05 * parts))
    return Plot(*names, lines, *ranges, steps=(6, parts), legend_on_top=True)


def confusion(held: Part) -> str:
    """One matrix for each operating point, as seed-d shows it."""
    return "".join(
        f"<h3>{escape(POINTS[name])}</h3>"
        + table(
            ("", "called fractured", "called not fractured"),
            (
                ("fractured", str(cells["true_positive"]), str(cells["false_negative"])),
                ("not fractured", str(cells["false_positive"]), str(cells["true_negative"])),
            ),
        )
        for name, cells in held.items()
    )


def predictive(held: Part) -> str:
    """What an answer means where fractures are rarer or more frequent."""
    rows = [
        (POINTS[name], f"{one['prevalence']:.0%}", figure(one["positive"]), figure(one["negative"]))
        for name, values in held.items()
        for one in values
    ]
    return table(("Operating point", "Prevalence", "Positive predictive value", "Negative predictive value"), rows)


def subgroups(held: Part) -> str:
    """One table for each trait."""
    header = ("", "images", "fractured", "AUROC", "sensitivity, doubt", "specificity, doubt")
    return "".join(
        f"<h3>{escape(TRAITS.get(name, name))}</h3>"
        + table((*header, "sensitivity, fracture", "specificity, fracture"), [_subgroup(row) for row in rows])
        for name, rows in _by_trait(held)
    )


def _by_trait(held: Part) -> list[tuple[str, Any]]:
    """The traits in the order of their words."""
    return [(trait, held[trait]) for trait in TRAITS if trait in held]


def _subgroup(row: Part) -> tuple[str, ...]:
    names = ("auroc", "sensitivity", "specificity", "sensitivity_at_fracture", "specificity_at_fracture")
    return row["value"], str(row["images"]), str(row["fractured"]), *(figure(row[name]) for name in names)


def localisation(held: Part) -> str:
    """Both ways to a map, side by side, by the size of the fracture and by the answer."""
    if not held:
        return ""
    ways = [way for way in WAYS if way in held]
    rows = [
        (f"{name}; {part} ({held['counts'][part]})", *(figure(held[way][part][key]) for way in ways))
        for key, name in SCORES.items()
        for part in PARTS
        if part in held["counts"]
    ]
    return "<p>On fractures that were found.</p>" + table(
        ("Score; size of the fracture, or answer", *(WAYS[w] for w in ways)), rows
    )


def randomisation(steps: Sequence[Part]) -> str:
    """The cascade's correlations."""
    rows = [(f"{one['layers']} of {one['of']}", f"{one['correlation']:.2f}") for one in steps]
    told = (
        "<p>Rank correlation of the map with itself while layers are randomised from the head down (Adebayo 2018).</p>"
    )
    return told + table(("Layers randomised", "Correlation"), rows) if rows else ""


def failures(held: Part) -> str:
    """Counts, and where they gather."""
    names = {"missed": "Missed fractures", "false_alarms": "False alarms (answer: fracture)"}
    return "".join(
        f"<h3>{names[kind]}: {one['count']} of {one['of']}</h3>"
        + table(
            ("", "", "images", "share"),
            [
                (TRAITS.get(trait, trait), value, f"{bad} of {of}", f"{bad / of:.0%}")
                for trait, values in _by_trait(one["by"])
                for value, (bad, of) in values.items()
            ],
        )
        for kind, one in held.items()
    )


def pictures(gallery: Gallery) -> str:
    """The pictures of one gallery, inside the page."""
    shown = "".join(
        f'<figure><img alt="{escape(one.caption)}" src="data:{one.media_type};base64,{b64encode(one.data).decode()}">'
        f"<figcaption>{escape(one.caption)}</figcaption></figure>"
        for one in gallery.pictures
    )
    return f'<p>{escape(gallery.explanation)}</p><div class="pictures">{shown}</div>' if shown else ""


def training(history: Mapping[str, Sequence[float]]) -> str:
    """Seed-d's curves: each measure over the epochs, training beside validation."""
    named = [name for name in history if name != "epoch" and not name.startswith("val_") and history[name]]
    plots = [_trained(name, history) for name in named]
    return f'<div class="plots">{"".join(_framed(plot, "") for plot in plots)}</div>' if plots else ""


def _trained(name: str, history: Mapping[str, Sequence[float]]) -> Plot:
    kinds = {"training": history[name], "validation": history.get(f"val_{name}", ())}
    values = [value for kind in kinds.values() for value in kind]
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or 0.5
    last = max(len(history[name]), 2)
    lines = [Line(kind, list(enumerate(held, start=1))) for kind, held in kinds.items() if held]
    return Plot(name.replace("_", " "), "Epoch", "", lines, (1, last), (low - room, high + room))
