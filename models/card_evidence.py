"""Card evidence: the sections of a model card that are made of a bundle's evidence: one set for each split."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.evidence import Part
from models.localise import PARTS

POINTS = {"doubt": "doubt or fracture", "fracture": "fracture only"}
TRAITS = {"region": "body region", "view": "view", "hardware": "hardware", "size": "image size"}
SCORES = {
    "peak_in_box": "peak inside a box",
    "peak_near_box": "peak inside a box grown by 10% of the longer side",
    "overlap_0.1": "a region shown overlaps a box, IoU at least 0.1",
    "overlap_0.3": "a region shown overlaps a box, IoU at least 0.3",
    "energy_in_box": "share of the heat inside the boxes",
    "regions": "regions shown per image",
}
WAYS = {"linear": "the network's own map", "gradient": "Grad-CAM by gradient"}
PARTS_TOLD = (
    "Small, medium and large: the largest box covers less than 0.26% of the image, less than 0.59%, or more (thirds of "
    "the training boxes). Doubt and fracture: what the network answered."
)
BOTH_WAYS = (
    " Grad-CAM by gradient is taken at the backbone's last convolution; at the layer before the map it gives the map "
    "again, because the head is linear there."
)
FAILED = {"missed": "missed fractures (answer none)", "false_alarms": "false alarms (answer fracture)"}


def evidence_sections(evidence: Mapping[str, Part]) -> Iterator[str]:
    """The Markdown sections of every split, the test split first."""
    for split in sorted(evidence, key=lambda name: name != "test"):
        part = evidence[split]
        yield f"## Calibration, `{split}`\n\n{_calibration(part)}"
        yield f"## What an answer means where fractures are rarer or more frequent, `{split}`\n\n{_predictive(part)}"
        yield f"## Is acting on it worth it, `{split}`\n\n{_benefit(part)}"
        yield f"## Where it does better and worse, `{split}`\n\n{_subgroups(part)}"
        if part["localisation"]:
            yield f"## Where it looks, `{split}`\n\n{_localisation(part)}"
        yield f"## Does the map depend on what was learned, `{split}`\n\n{_randomisation(part)}"
        yield f"## How it fails, `{split}`\n\n{_failures(part)}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _figure(value: Sequence[float] | None, digits: int = 3) -> str:
    if value is None:
        return "too few"
    return f"{value[0]:.{digits}f} [{value[1]:.{digits}f}, {value[2]:.{digits}f}]"


def _calibration(part: Part) -> str:
    rows = [(str(one["count"]), f"{one['predicted']:.3f}", _figure(one["observed"])) for one in part["reliability"]]
    return _table(("images", "mean predicted probability", "observed share of fractures"), rows)


def _predictive(part: Part) -> str:
    rows = [
        (POINTS[name], f"{one['prevalence']:.0%}", _figure(one["positive"]), _figure(one["negative"]))
        for name, values in part["predictive_values"].items()
        for one in values
    ]
    return _table(("operating point", "prevalence", "positive predictive value", "negative predictive value"), rows)


def _benefit(part: Part) -> str:
    """Some places of the decision curve; the whole one stands in the report and on the Performance screen."""
    held = part["net_benefit"]
    chosen = [place for place, at in enumerate(held["threshold"]) if round(at, 2) in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)]
    rows = [(f"{held['threshold'][i]:.2f}", f"{held['network'][i]:.4f}", f"{held['all'][i]:.4f}", "0") for i in chosen]
    told = (
        f"Net benefit (Vickers 2006) at the split's own {part['fractured'] / part['images']:.0%} fractured images.\n\n"
    )
    return told + _table(("threshold probability", "acting on the network", "acting on all", "acting on none"), rows)


def _subgroups(part: Part) -> str:
    names = ("auroc", "sensitivity", "specificity", "sensitivity_at_fracture", "specificity_at_fracture")
    rows = [
        (
            f"{TRAITS[trait]}: {row['value']}",
            f"{row['images']} / {row['fractured']}",
            *(_figure(row[n], 2) for n in names),
        )
        for trait in TRAITS
        for row in part["subgroups"].get(trait, ())
    ]
    header = ("part", "images / fractured", "AUROC", *(f"{name}, {at}" for at in POINTS for name in ("sens.", "spec.")))
    return (
        _table(header, rows) + "\n\n*Too few*: fewer than ten images of a class. Image size: small up to 600 pixels. "
        "Rows were not used to choose anything; with this many, one in twenty intervals misses by chance."
    )


def _localisation(part: Part) -> str:
    held = part["localisation"]
    ways = [way for way in WAYS if way in held]
    rows = [
        (f"{name}, {one}", str(held["counts"][one]), *(_figure(held[way][one][key]) for way in ways))
        for key, name in SCORES.items()
        for one in PARTS
        if one in held["counts"]
    ]
    header = ("score, size of the fracture or answer", "found fractures", *(WAYS[way] for way in ways))
    return f"{_table(header, rows)}\n\n{PARTS_TOLD}{BOTH_WAYS if len(ways) > 1 else ''}"


def _randomisation(part: Part) -> str:
    rows = [(f"{one['layers']} of {one['of']}", f"{one['correlation']:.2f}") for one in part["randomisation"]]
    return (
        "Layers shuffled from the head down (Adebayo 2018), and the map's rank correlation with itself before.\n\n"
        + (_table(("layers", "correlation"), rows))
    )


def _failures(part: Part) -> str:
    lines = []
    for kind, words in FAILED.items():
        held = part["failures"][kind]
        lines.append(f"- {words}: {held['count']} of {held['of']}{''.join(_gathered(held['by']))}")
    return "\n".join(lines)


def _gathered(by: Mapping[str, Mapping[str, Sequence[int]]]) -> Iterator[str]:
    for trait in TRAITS:
        told = [f"{value} {bad} of {of}" for value, (bad, of) in by.get(trait, {}).items() if bad]
        if told:
            yield f"; {TRAITS[trait]}: {', '.join(told)}"
