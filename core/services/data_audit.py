"""Data audit: tells what is wrong with labelled images before a network learns from them.

An error stops the training unless its word is accepted; a warning is told and the training goes on. Both are kept
in the bundle's card.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from math import exp, lgamma
from typing import Any

import numpy as np

from core.errors import UnusableTrainingData
from core.services.image_facts import ImageFacts, look_alikes, twins
from core.services.labelled import SPLITS, LabelledFile, has_conflict
from models.evaluate import auroc

Pair = tuple[int, int]
NAMED = 20
"""Most images a fault names."""
SIZE_CLUE = 0.6
"""AUROC of the pixel count beyond which size is a clue."""
UNLIKELY = 0.05
"""Chance from which on down a trait falls unevenly on the two classes (Fisher's exact test, twice its smaller tail)."""
FEW_OF_ONE_CLASS, APART = 0.1, 0.1
BOX_SLACK = 2.0
"""Pixels a box may lap over the edge: rounding, and the scaling of a reduced file."""


class Severity(StrEnum):
    """What a fault does to a training."""

    ERROR = "error"
    WARNING = "warning"


ACCEPTABLE = (
    "unreadable",
    "duplicates_across_splits",
    "near_duplicates_across_splits",
    "label_conflicts",
    "overlapping_groups",
    "boxes_outside",
    "boxes_on_healthy",
)
"""Errors an operator may accept by name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, said in a sentence or two: what it is, then what to do."""

    word: str
    """Its name in `--accept`."""
    severity: Severity
    count: int
    text: str
    images: tuple[str, ...] = ()
    """The first of the images concerned, by name; pairs joined by ` = `."""

    @property
    def acceptable(self) -> bool:
        """Whether an operator may accept it by name."""
        return self.word in ACCEPTABLE


@dataclass(frozen=True, slots=True)
class Audit:
    """What the data are, and everything that was found."""

    splits: dict[str, dict[str, int]]
    """Images, fractured ones and groups of each split."""
    faults: tuple[Fault, ...]

    def refused(self, accepted: Collection[str] = ()) -> tuple[Fault, ...]:
        """The errors that stop a training."""
        errors = (fault for fault in self.faults if fault.severity is Severity.ERROR)
        return tuple(fault for fault in errors if not (fault.acceptable and fault.word in accepted))

    def check(self, accepted: Collection[str] = ()) -> None:
        """Raise UnusableTrainingData that tells every error not accepted, and what to do."""
        refused = self.refused(accepted)
        if not refused:
            return
        words = " ".join(fault.word for fault in refused if fault.acceptable)
        way_out = f" To train all the same: --accept {words}." if words else ""
        raise UnusableTrainingData(" ".join(fault.text for fault in refused) + way_out)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        findings = [asdict(fault) | {"acceptable": fault.acceptable} for fault in self.faults]
        return {"splits": self.splits, "findings": findings}

    def lines(self) -> list[str]:
        """For people: the splits, then the faults, errors first."""
        told = [
            f"{split:<6} {row['images']:>6} images  {row['fractured']:>5} fractured "
            f"({row['fractured'] / max(row['images'], 1):.1%})  {row['groups']:>5} groups"
            for split, row in self.splits.items()
        ]
        told += [_line(fault) for fault in sorted(self.faults, key=lambda one: one.severity)]
        return told if self.faults else [*told, "nothing wrong was found"]


def _line(fault: Fault) -> str:
    shown = f" First: {', '.join(fault.images[:3])}." if fault.images else ""
    return f"{fault.severity:<8} {fault.word}: {fault.text}{shown}"


class Inspection:
    """The files of one audit with their facts, and the pairs that look alike."""

    def __init__(self, files: Sequence[LabelledFile], facts: Sequence[ImageFacts]) -> None:
        used = [place for place, file in enumerate(files) if is_used(file)]
        self.files = [files[place] for place in used]
        self.facts = [facts[place] for place in used]

    @cached_property
    def twins(self) -> list[Pair]:
        """Same bytes."""
        return twins(self.facts)

    @cached_property
    def look_alikes(self) -> list[Pair]:
        """Same exposure, other bytes."""
        return look_alikes(self.facts)

    def split(self, name: str) -> list[LabelledFile]:
        """The files of one split."""
        return [file for file in self.files if file.split == name]

    def names(self, places: Iterable[int]) -> tuple[str, ...]:
        """Names of the first few."""
        return tuple(self.files[place].path.name for place in list(places)[:NAMED])

    def pair_names(self, pairs: Sequence[Pair]) -> tuple[str, ...]:
        """Names of the first few pairs."""
        return tuple(f"{self.files[a].path.name} = {self.files[b].path.name}" for a, b in pairs[:NAMED])

    def across(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those that stand in two splits."""
        return [(a, b) for a, b in pairs if self.files[a].split != self.files[b].split]

    def contradicting(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those with different labels, unless the table marks them as a conflict itself."""
        return [
            (a, b)
            for a, b in pairs
            if self.files[a].fractured != self.files[b].fractured
            and not (has_conflict(self.files[a]) or has_conflict(self.files[b]))
        ]


def is_used(file: LabelledFile) -> bool:
    """Whether a training or a measurement looks at this file at all."""
    return file.split in SPLITS and not (file.split == "train" and has_conflict(file))


def audit(files: Sequence[LabelledFile], facts: Sequence[ImageFacts]) -> Audit:
    """Everything that is wrong with these files. `facts` are theirs, in the same order."""
    data = Inspection(files, facts)
    found = tuple(fault for rule in RULES for fault in rule(data))
    return Audit({split: _counts(data.split(split)) for split in SPLITS if data.split(split)}, found)


def _counts(files: Sequence[LabelledFile]) -> dict[str, int]:
    groups = len({file.group for file in files if file.group}) + sum(not file.group for file in files)
    return {"images": len(files), "fractured": sum(file.fractured for file in files), "groups": groups}


def _missing_split(data: Inspection) -> Iterable[Fault]:
    for split in ("train", "val"):
        if not data.split(split):
            text = f"There are no images of the split {split!r}. Give at least train and val, or no split at all."
            yield Fault("missing_split", Severity.ERROR, 1, text)


def _one_class(data: Inspection) -> Iterable[Fault]:
    for split in SPLITS:
        files = data.split(split)
        if len({file.fractured for file in files}) == 1:
            kind = "fractured" if files[0].fractured else "not fractured"
            text = f"Every image of {split} is {kind}. Add images of the other class to it."
            severity = Severity.WARNING if split == "test" else Severity.ERROR
            yield Fault("one_class", severity, len(files), text)


def _unreadable(data: Inspection) -> Iterable[Fault]:
    places = [place for place, one in enumerate(data.facts) if not one.readable]
    if places:
        kinds = ", ".join(sorted({data.facts[place].problem for place in places}))
        text = (
            f"{len(places)} of {len(data.files)} images cannot be read ({kinds}). Repair or remove them; accepted, "
            "they are left out."
        )
        yield Fault("unreadable", Severity.ERROR, len(places), text, data.names(places))


def _twins_across(data: Inspection) -> Iterable[Fault]:
    pairs = data.across(data.twins)
    if pairs:
        text = f"{len(pairs)} images stand in two splits, byte for byte. Keep each in one: the figures would flatter."
        yield Fault("duplicates_across_splits", Severity.ERROR, len(pairs), text, data.pair_names(pairs))


def _look_alikes_across(data: Inspection) -> Iterable[Fault]:
    pairs = data.across(data.look_alikes)
    if pairs:
        text = (
            f"{len(pairs)} pairs across two splits show the same exposure (scaled, saved again or mirrored). Put both "
            "images of a pair into one split."
        )
        yield Fault("near_duplicates_across_splits", Severity.ERROR, len(pairs), text, data.pair_names(pairs))


def _twins_within(data: Inspection) -> Iterable[Fault]:
    pairs = [(a, b) for a, b in data.twins if data.files[a].split == data.files[b].split]
    if pairs:
        text = f"{len(pairs)} images repeat another of their split byte for byte, and count twice. Remove the copies."
        yield Fault("duplicates", Severity.WARNING, len(pairs), text, data.pair_names(pairs))


def _contradictions(data: Inspection) -> Iterable[Fault]:
    if pairs := data.contradicting(data.twins):
        text = f"{len(pairs)} images carry both labels, byte for byte. Decide which label is right."
        yield Fault("label_conflicts", Severity.ERROR, len(pairs), text, data.pair_names(pairs))
    if pairs := data.contradicting(data.look_alikes):
        text = (
            f"{len(pairs)} pairs of the same exposure carry different labels. Decide which is right, or mark them with "
            "1 in the column conflict: such images teach nothing."
        )
        yield Fault("near_label_conflicts", Severity.WARNING, len(pairs), text, data.pair_names(pairs))


def _overlapping_groups(data: Inspection) -> Iterable[Fault]:
    homes: dict[str, set[str]] = defaultdict(set)
    for file in data.files:
        if file.group:
            homes[file.group].add(file.split)
    torn = {group for group, splits in homes.items() if len(splits) > 1}
    if torn:
        places = [place for place, file in enumerate(data.files) if file.group in torn]
        text = (
            f"{len(torn)} groups stand in two splits, {len(places)} images in all. Give every image of a group the "
            "same split: the figures would flatter."
        )
        yield Fault("overlapping_groups", Severity.ERROR, len(torn), text, data.names(places))


def _no_groups(data: Inspection) -> Iterable[Fault]:
    if data.files and not any(file.group for file in data.files):
        text = "No image has a group, so one patient may stand in two splits. Give the column group (or patient)."
        yield Fault("no_groups", Severity.WARNING, len(data.files), text)


def _imbalance(data: Inspection) -> Iterable[Fault]:
    counted = {split: _counts(data.split(split)) for split in SPLITS if data.split(split)}
    shares = {split: row["fractured"] / row["images"] for split, row in counted.items()}
    for split, share in shares.items():
        if 0 < min(share, 1 - share) < FEW_OF_ONE_CLASS:
            text = f"{split} is {share:.1%} fractured: figures on the rarer class rest on few images. Add some."
            yield Fault("imbalance", Severity.WARNING, len(data.split(split)), text)
    if shares and max(shares.values()) - min(shares.values()) > APART:
        told = ", ".join(f"{split} {share:.0%}" for split, share in shares.items())
        text = f"The splits differ in their share of fractures ({told}). Divide them anew, stratified by label."
        yield Fault("uneven_splits", Severity.WARNING, len(shares), text)


def _boxes(data: Inspection) -> Iterable[Fault]:
    outside = [place for place, file in enumerate(data.files) if _box_outside(file, data.facts[place])]
    if outside:
        text = (
            f"{len(outside)} images have a box that is empty or leaves the image. Boxes are [x0, y0, x1, y1] in pixels "
            "of the file as it is; accepted, they teach as they are."
        )
        yield Fault("boxes_outside", Severity.ERROR, len(outside), text, data.names(outside))
    boxed = [place for place, file in enumerate(data.files) if file.boxes]
    if missing := [place for place, file in enumerate(data.files) if file.fractured and not file.boxes and boxed]:
        text = f"{len(missing)} fractured images have no box, though others have. They teach the answer, not the place."
        yield Fault("no_boxes", Severity.WARNING, len(missing), text, data.names(missing))
    if healthy := [place for place in boxed if not data.files[place].fractured]:
        text = f"{len(healthy)} images have a box but are labelled not fractured. Correct the label or remove the box."
        yield Fault("boxes_on_healthy", Severity.ERROR, len(healthy), text, data.names(healthy))


def _box_outside(file: LabelledFile, facts: ImageFacts) -> bool:
    return facts.readable and any(
        x1 <= x0
        or y1 <= y0
        or min(x0, y0) < -BOX_SLACK
        or x1 > facts.columns + BOX_SLACK
        or y1 > facts.rows + BOX_SLACK
        for x0, y0, x1, y1 in file.boxes
    )


def _clues(data: Inspection) -> Iterable[Fault]:
    seen = [(file.fractured, one) for file, one in zip(data.files, data.facts, strict=True) if one.readable]
    labels = [fractured for fractured, _ in seen]
    if len(set(labels)) == 2:
        told = auroc(np.array(labels, np.float64), np.array([one.rows * one.columns for _, one in seen], np.float64))
        if max(told, 1 - told) > SIZE_CLUE:
            text = (
                f"The number of pixels alone tells the label (AUROC {told:.2f}). A network may learn the size instead "
                "of the fracture: bring both classes to the same sizes."
            )
            yield Fault("size_clue", Severity.WARNING, len(seen), text)
    yield from _truncation(data, labels, [one.truncated for _, one in seen])


def _truncation(data: Inspection, labels: Sequence[bool], cut: Sequence[bool]) -> Iterable[Fault]:
    places = [place for place, one in enumerate(data.facts) if one.truncated]
    if places:
        text = f"{len(places)} files are cut off; the missing part is shown grey. Copy them again from their source."
        yield Fault("truncated", Severity.WARNING, len(places), text, data.names(places))
    table = Counter(zip(labels, cut, strict=True))
    sides = [[table[label, broken] for broken in (True, False)] for label in (True, False)]
    if _chance(*sides[0], *sides[1]) < UNLIKELY:
        text = (
            f"Cut-off files tell the label: {sides[0][0]} of the fractured, {sides[1][0]} of the other images are cut "
            "off. Crop the grey end (every preset does) or leave them out."
        )
        yield Fault("truncation_clue", Severity.WARNING, len(places), text)


def _chance(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test of the table [[a, b], [c, d]]: twice the smaller tail, at most 1."""
    cut, cases, total = a + c, a + b, a + b + c + d

    def weight(k: int) -> float:
        ways = _log_choose(cases, k) + _log_choose(total - cases, cut - k) - _log_choose(total, cut)
        return exp(ways)

    low, high = max(0, cut - (total - cases)), min(cut, cases)
    tails = sum(map(weight, range(low, a + 1))), sum(map(weight, range(a, high + 1)))
    return min(1.0, 2 * min(tails))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


RULES: tuple[Callable[[Inspection], Iterable[Fault]], ...] = (
    _missing_split,
    _one_class,
    _unreadable,
    _twins_across,
    _look_alikes_across,
    _twins_within,
    _contradictions,
    _overlapping_groups,
    _no_groups,
    _imbalance,
    _boxes,
    _clues,
)
