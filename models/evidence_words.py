"""Evidence words: what a bundle's evidence is called and how it reads, for the card, the report and the screen alike.

Words and plain Python only, so core's exchange may import it; the parts of the evidence are told in `models.evidence`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.evidence import Part

Figure = Sequence[float]
"""Value, low and high of its 95% interval."""
Lines = Mapping[str, Sequence[Sequence[float]]]
"""Name of a curve -> its points, x and y."""

POINTS = {"doubt": "Doubtful or suspected", "fracture": "Suspected only"}
"""Operating points: the answers that count as positive there."""
SHORT_POINTS = {"doubt": "from doubtful", "fracture": "if suspected"}
SCORES = {
    "peak_in_box": "Hottest place inside a found fracture",
    "peak_near_box": "Hottest place inside or near one",
    "overlap_0.1": "A marked region touches one (overlap from 10%)",
    "overlap_0.3": "A marked region fits one (overlap from 30%)",
    "energy_in_box": "Share of the heat inside one",
    "regions": "Marked regions per image",
}
COUNTED = {"regions"}
"""Scores that are numbers, not shares."""
FIGURES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    **{
        f"{kind.lower()}_at_{point}": f"{kind}, {words.lower()}"
        for point, words in POINTS.items()
        for kind in ("Sensitivity", "Specificity")
    },
    "accuracy": "Accuracy at probability 0.5",
    "precision": "Precision at probability 0.5",
    "recall": "Recall at probability 0.5",
    "f1": "F1 at probability 0.5",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Expected calibration error",
    "peak_in_box": SCORES["peak_in_box"],
    "peak_near_box": SCORES["peak_near_box"],
}
"""Name in bundle.json and in the evidence -> name for people, in the order they are shown."""

TRAITS = {"region": "Body region", "view": "View", "hardware": "Hardware", "size": "Image size"}
VALUES = {
    "hardware": {"yes": "with hardware", "no": "without hardware"},
    "size": {"small": "up to 600 pixels", "large": "above 600 pixels"},
}
"""Values of a trait that need more words than the labels give them."""
WAYS = {"linear": "The network's own map", "gradient": "Grad-CAM by gradient"}
PARTS = {
    "all": "All",
    "small": "Small",
    "medium": "Medium",
    "large": "Large",
    "doubt": "Answer doubt",
    "fracture": "Answer fracture",
}
"""Parts of the found fractures: by size, by answer."""
FAILED = {"missed": "Missed fractures", "false_alarms": "False alarms"}
FAILED_TOLD = {
    "missed": "The answer was “no fracture seen” on {count} of {of} fractured images.",
    "false_alarms": "The answer was “fracture suspected” on {count} of {of} healthy images.",
}
NETWORK, CHANCE, IDEAL = "Network", "Guessing", "Perfect agreement"
ACT_NETWORK, ACT_ALL, ACT_NONE = "Act on the network", "Act on every image", "Act on none"

VALUE_COLUMNS = ("Measure", "Value [95% interval]")
GROUP_COLUMNS = (
    *("", "Group", "Images", "Fractured", "AUROC"),
    *(f"{kind} {point}" for point in SHORT_POINTS.values() for kind in ("Sensitivity", "Specificity")),
)
FAILED_COLUMNS = ("", "Group", "Wrong", "Of", "Share")
SHUFFLED_COLUMNS = ("Layers shuffled", "Resemblance to the true map")

BENEFIT_NOTE = (
    "Net benefit (Vickers 2006): fractures found less false alarms, weighed by how many false alarms you accept for "
    "one fracture. The network helps wherever its line is the highest."
)
GROUPS_NOTE = (
    "“Too few”: fewer than ten images of the kind that figure needs. With this many rows, some differ by chance; look "
    "at the intervals before you trust a difference."
)
HEAT_NOTE = (
    "A fracture is what its annotators boxed. Small, medium and large: the largest box covers less than 0.26% of the "
    "image, less than 0.59%, or more (thirds of the training boxes). Near: within a tenth of the image's longer side. "
    "Overlap: intersection over union. Found: answered doubt or fracture. The map shows where a fracture is most "
    "likely, not its outline."
)
SHUFFLED_NOTE = (
    "When the network's layers are shuffled from the last to the first (Adebayo 2018), the map stops resembling itself "
    "(rank correlation; 1: the same, 0: unrelated). A map that stayed the same would only show edges of the image."
)
TOO_FEW = "too few"
FEWEST = 10
"""Images below which a share of them says nothing; its interval would be 50 points wide."""


def number(figure: Figure | None, digits: int = 3) -> str:
    """`0.935 [0.907, 0.960]`, or that there are too few images."""
    if figure is None:
        return TOO_FEW
    return f"{figure[0]:.{digits}f} [{figure[1]:.{digits}f}, {figure[2]:.{digits}f}]"


def share(figure: Figure | None) -> str:
    """`93% [88, 97]`, or that there are too few images."""
    if figure is None:
        return TOO_FEW
    return f"{percent(figure[0])} [{100 * figure[1]:.0f}, {100 * figure[2]:.0f}]"


def percent(value: float) -> str:
    """`93%`: no more than the interval grants; `>99%` and `<1%` at the ends, but for the ends themselves."""
    if 0 < value < 0.01:
        return "<1%"
    return ">99%" if 0.99 < value < 1 else f"{value:.0%}"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in words."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def figures(held: Mapping[str, Figure], names: Iterable[str] = FIGURES) -> Table:
    """Those of the figures that were measured, in the order of `names`."""
    return Table(VALUE_COLUMNS, [(FIGURES[name], number(held[name])) for name in names if name in held])


def predictive_values(part: Part) -> Table:
    """What an answer means where fractures are rarer or more frequent."""
    rows = [
        (POINTS[point], f"{one['prevalence']:.0%}", number(one["positive"]), number(one["negative"]))
        for point, values in part["predictive_values"].items()
        for one in values
    ]
    return Table(("Operating point", "Prevalence", "Positive predictive value", "Negative predictive value"), rows)


def subgroups(part: Part) -> Table:
    """One row for each group, the traits in the order of their words."""
    names = ("sensitivity", "specificity", "sensitivity_at_fracture", "specificity_at_fracture")
    rows = [
        (
            *(TRAITS[trait], group(trait, row["value"]), f"{row['images']:,}", f"{row['fractured']:,}"),
            *(number(row["auroc"], 2), *(share(row[name]) for name in names)),
        )
        for trait in TRAITS
        for row in part["subgroups"].get(trait, ())
    ]
    return Table(GROUP_COLUMNS, rows)


def group(trait: str, value: str) -> str:
    """A trait's value in words."""
    return VALUES.get(trait, {}).get(value, value)


def heat_parts(part: Part) -> dict[str, str]:
    """The parts of the found fractures that occur, each with its words and how many there are; empty without boxes."""
    counts = part["localisation"].get("counts", {})
    return {one: f"{title} ({counts[one]})" for one, title in PARTS.items() if one in counts}


def heat(part: Part, fractures: str, told: Callable[[Figure], str] = number) -> Table:
    """The ways to a map side by side on one part of the found fractures, the shares as `told` writes them.

    A network without a map of its own has the gradient's only.
    """
    held = part["localisation"]
    ways = {way: held[way][fractures] for way in WAYS if way in held}

    def cell(way: str, name: str) -> str:
        value = ways[way][name]
        return number(value, 1) if name in COUNTED else told(value)

    rows = [(title, *(cell(way, name) for way in ways)) for name, title in SCORES.items()]
    return Table(("", *(WAYS[way] for way in ways)), rows)


def shuffled(part: Part) -> Table:
    """How much of the map is left when layers are shuffled."""
    steps = part["randomisation"]
    return Table(SHUFFLED_COLUMNS, [(f"{one['layers']} of {one['of']}", f"{one['correlation']:.2f}") for one in steps])


def failures(part: Part, kind: str) -> Table:
    """Where mistakes of a kind gather; a share only where there are images enough."""
    by = part["failures"][kind]["by"]
    found = [(trait, value, *counts) for trait in TRAITS for value, counts in by.get(trait, {}).items()]
    rows = [
        (TRAITS[trait], group(trait, value), f"{bad:,}", f"{of:,}", percent(bad / of) if of >= FEWEST else TOO_FEW)
        for trait, value, bad, of in found
    ]
    return Table(FAILED_COLUMNS, rows)


def roc(part: Part) -> Lines:
    """Sensitivity over 1 - specificity."""
    return {NETWORK: part["roc"], CHANCE: ((0.0, 0.0), (1.0, 1.0))}


def operating_point(cells: Part) -> tuple[float, float]:
    """(1 - specificity, sensitivity) of a confusion matrix."""
    alarms, cleared = cells["false_positive"], cells["true_negative"]
    found, missed = cells["true_positive"], cells["false_negative"]
    return alarms / max(alarms + cleared, 1), found / max(found + missed, 1)


def precision_recall(part: Part) -> Lines:
    """Positive predictive value over sensitivity."""
    prevalence = part["fractured"] / part["images"]
    return {NETWORK: part["precision_recall"], CHANCE: ((0.0, prevalence), (1.0, prevalence))}


def net_benefit(part: Part) -> Lines:
    """The decision curve; that of acting on every image as far as it is worth something."""
    held = part["net_benefit"]
    at = held["threshold"]
    return {
        ACT_NETWORK: list(zip(at, held["network"], strict=True)),
        ACT_ALL: [(x, y) for x, y in zip(at, held["all"], strict=True) if y >= 0],
        ACT_NONE: ((at[0], 0.0), (at[-1], 0.0)),
    }
