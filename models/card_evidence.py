"""Card evidence: the sections of a model card that are made of a bundle's evidence: one set for each split."""

from collections.abc import Iterator, Mapping

from models import evidence_words as words
from models.evidence import Part
from models.evidence_words import Table, number

BOTH_WAYS = (
    "Grad-CAM by gradient is taken at the backbone's last convolution; at the layer before the map it gives the map "
    "again, because the head is linear there."
)
UNCHOSEN = "No row was used to choose anything."
STEPS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Places of the decision curve that the card tells; the whole one stands in the report and on the screen."""


def evidence_sections(evidence: Mapping[str, Part]) -> Iterator[str]:
    """The Markdown sections of every split, the test split first."""
    for split in sorted(evidence, key=lambda name: name != "test"):
        for title, parts in _sections(evidence[split]):
            yield "\n\n".join((f"## {title}, `{split}`", *parts))


def _sections(part: Part) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Calibration", (markdown(_calibration(part)),)
    title = "What an answer means where fractures are rarer or more frequent"
    yield title, (markdown(words.predictive_values(part)),)
    yield "Is acting on it worth it", (markdown(_benefit(part)), words.BENEFIT_NOTE)
    yield "Where it does better and worse", (markdown(words.subgroups(part)), words.GROUPS_NOTE, UNCHOSEN)
    if part["localisation"]:
        yield "Where it looks", (*_heat(part), words.HEAT_NOTE)
    yield "Does the map depend on what was learned", (markdown(words.shuffled(part)), words.SHUFFLED_NOTE)
    yield "How it fails", tuple(_failures(part))


def markdown(table: Table) -> str:
    """The table in Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _calibration(part: Part) -> Table:
    rows = [(str(one["count"]), f"{one['predicted']:.3f}", number(one["observed"])) for one in part["reliability"]]
    return Table(("Images", "Mean predicted probability", "Observed share of fractures"), rows)


def _benefit(part: Part) -> Table:
    held = part["net_benefit"]
    chosen = [place for place, at in enumerate(held["threshold"]) if round(at, 2) in STEPS]
    rows = [(f"{held['threshold'][i]:.2f}", f"{held['network'][i]:.4f}", f"{held['all'][i]:.4f}", "0") for i in chosen]
    return Table(("Threshold probability", words.ACT_NETWORK, words.ACT_ALL, words.ACT_NONE), rows)


def _heat(part: Part) -> Iterator[str]:
    for one, title in words.heat_parts(part).items():
        yield f"### {title}"
        yield markdown(words.heat(part, one))
    if all(way in part["localisation"] for way in words.WAYS):
        yield BOTH_WAYS


def _failures(part: Part) -> Iterator[str]:
    for kind, title in words.FAILED.items():
        table = words.failures(part, kind)
        yield f"### {title}"
        yield words.FAILED_TOLD[kind].format(**part["failures"][kind])
        if table.rows:
            yield markdown(table)
