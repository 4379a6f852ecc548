"""Evaluation page: writes what was measured as one HTML file that needs no network, no script and no other file.

The parts of `evidence` are told in `models.evidence`; an empty one leaves its section out.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from pathlib import Path
from typing import Any

from core.exchange.plots import Line, Plot, as_svg
from models import evidence_words as words
from models.evidence_words import Table, number

STYLE = Path(__file__).with_name("page.css")
Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with what is to be said below it."""

    data: bytes
    caption: str


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


def table(shown: Table) -> str:
    """An HTML table; empty without rows."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in shown.rows)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in shown.columns)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>' if body else ""


def noted(shown: Table, note: str) -> str:
    """The table with what it means below it; empty without rows."""
    body = table(shown)
    return f"{body}<p class=soft>{escape(note)}</p>" if body else ""


def _headline(evidence: Part) -> str:
    return (
        f"Split {evidence['split']}: {evidence['images']:,} images, {evidence['fractured']:,} fractured; "
        f"{evidence['outside']:,} outside of the intended use. Intervals are 95%. "
        "For research use only: not a medical device."
    )


def _sections(content: Content) -> Iterator[tuple[str, str]]:
    held = content.evidence
    yield "Figures", table(words.figures(held["figures"]))
    yield "Curves", curves(held)
    yield "Confusion matrices", confusion(held["confusion"])
    yield "Predictive values", table(words.predictive_values(held))
    yield "Subgroups", noted(words.subgroups(held), words.GROUPS_NOTE)
    yield "Where it looks", heat(held) + noted(words.shuffled(held), words.SHUFFLED_NOTE)
    yield "Failures", failures(held)
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
    dots = [(words.POINTS[name], words.operating_point(cells)) for name, cells in held["confusion"].items()]
    told = f"Area {number(figures.get('auroc'))}."
    yield Plot("ROC curve", "1 - specificity", "Sensitivity", _lines(words.roc(held)), dots=dots), told
    told = f"Average precision {number(figures.get('average_precision'))} at {share:.0%} fractured images."
    lines = _lines(words.precision_recall(held))
    yield Plot("Precision and recall", "Sensitivity", "Positive predictive value", lines), told
    lines = [_reliability(held), Line(words.IDEAL, ((0.0, 0.0), (1.0, 1.0)))]
    counts = ", ".join(str(one["count"]) for one in held["reliability"])
    told = f"Expected calibration error {number(figures.get('ece'))}; images per point: {counts}."
    yield Plot("Reliability", "Predicted probability", "Observed share", lines), told
    yield _benefit(held, share), words.BENEFIT_NOTE


def _lines(named: words.Lines) -> list[Line]:
    return [Line(name, [(x, y) for x, y in points]) for name, points in named.items()]


def _reliability(held: Part) -> Line:
    bins = held["reliability"]
    points = [(one["predicted"], one["observed"][0]) for one in bins]
    ends = [(one["observed"][1], one["observed"][2]) for one in bins]
    return Line(words.NETWORK, points, marks=True, bars=ends, joined=False)


def _benefit(held: Part, share: float) -> Plot:
    parts = max(1, ceil(share / 0.05))
    names, ranges = ("Decision curve", "Threshold probability", "Net benefit"), ((0, 0.6), (0, 0.05 * parts))
    return Plot(*names, _lines(words.net_benefit(held)), *ranges, steps=(6, parts), legend_on_top=True)


def confusion(held: Part) -> str:
    """One matrix for each operating point, as seed-d shows it."""
    return "".join(
        f"<h3>{escape(words.POINTS[name])}</h3>"
        + table(
            Table(
                ("", "called fractured", "called not fractured"),
                (
                    ("fractured", str(cells["true_positive"]), str(cells["false_negative"])),
                    ("not fractured", str(cells["false_positive"]), str(cells["true_negative"])),
                ),
            )
        )
        for name, cells in held.items()
    )


def heat(held: Part) -> str:
    """Both ways to a map, side by side, for each part of the found fractures."""
    tables = [
        f"<h3>{escape(title)}</h3>{table(words.heat(held, one))}" for one, title in words.heat_parts(held).items()
    ]
    return "".join([*tables, f"<p class=soft>{escape(words.HEAT_NOTE)}</p>"]) if tables else ""


def failures(held: Part) -> str:
    """Counts, and where they gather."""
    return "".join(
        f"<h3>{escape(title)}</h3>"
        f"<p>{escape(words.FAILED_TOLD[kind].format(**held['failures'][kind]))}</p>{table(words.failures(held, kind))}"
        for kind, title in words.FAILED.items()
    )


def pictures(gallery: Gallery) -> str:
    """The pictures of one gallery, inside the page."""
    shown = "".join(
        f'<figure><img alt="{escape(one.caption)}" src="data:image/jpeg;base64,{b64encode(one.data).decode()}">'
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
