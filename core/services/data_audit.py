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

from sklearn.metrics import roc_auc_score

from core.errors import UnusableTrainingData
from core.services.image_facts import ImageFacts, look_alikes, twins
from core.services.labelled import SPLITS, LabelledFile, has_conflict

Pair = tuple[int, int]
NAMED = 20
"""Most images a finding names."""
SIZE_CLUE = 0.6
"""AUROC of the pixel count beyond which size is a clue."""
UNLIKELY = 0.05
"""Chance from which on down a trait falls unevenly on the two classes (Fisher's exact test, twice its smaller tail)."""
FEW_OF_ONE_CLASS, APART = 0.1, 0.1
BOX_SLACK = 2.0
"""Pixels a box may lap over the edge: rounding, and the scaling of a reduced file."""


class Severity(StrEnum):
    """What a finding does to a training."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, said in a sentence or two: what it is, then what to do."""

    word: str
    """Its name in `--accept`."""
    severity: Severity
    count: int
    text: str
    images: tuple[str, ...] = ()
    """The first of the images concerned, by name; pairs joined by ` = `."""
    acceptable: bool = True


@dataclass(frozen=True, slots=True)
class Audit:
    """What the data are, and everything that was found."""

    splits: dict[str, dict[str, int]]
    """Images, fractured ones and groups of each split."""
    findings: tuple[Finding, ...]

    def refused(self, accepted: Collection[str] = ()) -> tuple[Finding, ...]:
        """The errors that stop a training."""
        errors = (finding for finding in self.findings if finding.severity is Severity.ERROR)
        return tuple(finding for finding in errors if not (finding.acceptable and finding.word in accepted))

    def check(self, accepted: Collection[str] = ()) -> None:
        """Raise UnusableTrainingData that tells every error not accepted, and what to do."""
        refused = self.refused(accepted)
        if not refused:
            return
        words = " ".join(finding.word for finding in refused if finding.acceptable)
        way_out = f" To train all the same: --accept {words}." if words else ""
        raise UnusableTrainingData(" ".join(finding.text for finding in refused) + way_out)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"splits": self.splits, "findings": [asdict(finding) for finding in self.findings]}

    def lines(self) -> list[str]:
        """For people: the splits, then the findings, errors first."""
        told = [
            f"{split:<6} {row['images']:>6} images  {row['fractured']:>5} fractured "
            f"({row['fractured'] / max(row['images'], 1):.1%})  {row['groups']:>5} groups"
            for split, row in self.splits.items()
        ]
        told += [_line(finding) for finding in sorted(self.findings, key=lambda one: one.severity)]
        return told if self.findings else [*told, "nothing wrong was found"]


def _line(finding: Finding) -> str:
    shown = f" First: {', '.join(finding.images[:3])}." if finding.images else ""
    return f"{finding.severity:<8} {finding.word}: {finding.text}{shown}"


class Case:
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
    case = Case(files, facts)
    found = tuple(finding for rule in RULES for finding in rule(case))
    return Audit({split: _counts(case.split(split)) for split in SPLITS if case.split(split)}, found)


def _counts(files: Sequence[LabelledFile]) -> dict[str, int]:
    groups = len({file.group for file in files if file.group}) + sum(not file.group for file in files)
    return {"images": len(files), "fractured": sum(file.fractured for file in files), "groups": groups}


def _missing_split(case: Case) -> Iterable[Finding]:
    for split in ("train", "val"):
        if not case.split(split):
            text = f"There are no images of the split {split!r}. Give at least train and val, or no split at all."
            yield Finding("missing_split", Severity.ERROR, 1, text, acceptable=False)


def _one_class(case: Case) -> Iterable[Finding]:
    for split in SPLITS:
        files = case.split(split)
        if len({file.fractured for file in files}) == 1:
            kind = "fractured" if files[0].fractured else "not fractured"
            text = f"Every image of {split} is {kind}. Add images of the other class to it."
            severity = Severity.WARNING if split == "test" else Severity.ERROR
            yield Finding("one_class", severity, len(files), text, acceptable=False)


def _unreadable(case: Case) -> Iterable[Finding]:
    places = [place for place, one in enumerate(case.facts) if not one.readable]
    if places:
        kinds = ", ".join(sorted({case.facts[place].problem for place in places}))
        text = (
            f"{len(places)} of {len(case.files)} images cannot be read ({kinds}). Repair or remove them; accepted, "
            "they are left out."
        )
        yield Finding("unreadable", Severity.ERROR, len(places), text, case.names(places))


def _twins_across(case: Case) -> Iterable[Finding]:
    pairs = case.across(case.twins)
    if pairs:
        text = f"{len(pairs)} images stand in two splits, byte for byte. Keep each in one: the figures would flatter."
        yield Finding("duplicates_across_splits", Severity.ERROR, len(pairs), text, case.pair_names(pairs))


def _look_alikes_across(case: Case) -> Iterable[Finding]:
    pairs = case.across(case.look_alikes)
    if pairs:
        text = (
            f"{len(pairs)} pairs across two splits show the same exposure (scaled, saved again or mirrored). Put both "
            "images of a pair into one split."
        )
        yield Finding("near_duplicates_across_splits", Severity.ERROR, len(pairs), text, case.pair_names(pairs))


def _twins_within(case: Case) -> Iterable[Finding]:
    pairs = [(a, b) for a, b in case.twins if case.files[a].split == case.files[b].split]
    if pairs:
        text = f"{len(pairs)} images repeat another of their split byte for byte, and count twice. Remove the copies."
        yield Finding("duplicates", Severity.WARNING, len(pairs), text, case.pair_names(pairs))


def _contradictions(case: Case) -> Iterable[Finding]:
    if pairs := case.contradicting(case.twins):
        text = f"{len(pairs)} images carry both labels, byte for byte. Decide which label is right."
        yield Finding("label_conflicts", Severity.ERROR, len(pairs), text, case.pair_names(pairs))
    if pairs := case.contradicting(case.look_alikes):
        text = (
            f"{len(pairs)} pairs of the same exposure carry different labels. Decide which is right, or mark them with "
            "1 in the column conflict: such images teach nothing."
        )
        yield Finding("near_label_conflicts", Severity.WARNING, len(pairs), text, case.pair_names(pairs))


def _overlapping_groups(case: Case) -> Iterable[Finding]:
    homes: dict[str, set[str]] = defaultdict(set)
    for file in case.files:
        if file.group:
            homes[file.group].add(file.split)
    torn = {group for group, splits in homes.items() if len(splits) > 1}
    if torn:
        places = [place for place, file in enumerate(case.files) if file.group in torn]
        text = (
            f"{len(torn)} groups stand in two splits, {len(places)} images in all. Give every image of a group the "
            "same split: the figures would flatter."
        )
        yield Finding("overlapping_groups", Severity.ERROR, len(torn), text, case.names(places))


def _no_groups(case: Case) -> Iterable[Finding]:
    if case.files and not any(file.group for file in case.files):
        text = "No image has a group, so one patient may stand in two splits. Give the column group (or patient)."
        yield Finding("no_groups", Severity.WARNING, len(case.files), text)


def _imbalance(case: Case) -> Iterable[Finding]:
    counted = {split: _counts(case.split(split)) for split in SPLITS if case.split(split)}
    shares = {split: row["fractured"] / row["images"] for split, row in counted.items()}
    for split, share in shares.items():
        if 0 < min(share, 1 - share) < FEW_OF_ONE_CLASS:
            text = f"{split} is {share:.1%} fractured: figures on the rarer class rest on few images. Add some."
            yield Finding("imbalance", Severity.WARNING, len(case.split(split)), text)
    if shares and max(shares.values()) - min(shares.values()) > APART:
        told = ", ".join(f"{split} {share:.0%}" for split, share in shares.items())
        text = f"The splits differ in their share of fractures ({told}). Divide them anew, stratified by label."
        yield Finding("uneven_splits", Severity.WARNING, len(shares), text)


def _boxes(case: Case) -> Iterable[Finding]:
    outside = [place for place, file in enumerate(case.files) if _box_outside(file, case.facts[place])]
    if outside:
        text = (
            f"{len(outside)} images have a box that is empty or leaves the image. Boxes are [x0, y0, x1, y1] in pixels "
            "of the file as it is; accepted, they teach as they are."
        )
        yield Finding("boxes_outside", Severity.ERROR, len(outside), text, case.names(outside))
    boxed = [place for place, file in enumerate(case.files) if file.boxes]
    if missing := [place for place, file in enumerate(case.files) if file.fractured and not file.boxes and boxed]:
        text = f"{len(missing)} fractured images have no box, though others have. They teach the answer, not the place."
        yield Finding("no_boxes", Severity.WARNING, len(missing), text, case.names(missing))
    if healthy := [place for place in boxed if not case.files[place].fractured]:
        text = f"{len(healthy)} images have a box but are labelled not fractured. Correct the label or remove the box."
        yield Finding("boxes_on_healthy", Severity.ERROR, len(healthy), text, case.names(healthy))


def _box_outside(file: LabelledFile, facts: ImageFacts) -> bool:
    return facts.readable and any(
        x1 <= x0
        or y1 <= y0
        or min(x0, y0) < -BOX_SLACK
        or x1 > facts.columns + BOX_SLACK
        or y1 > facts.rows + BOX_SLACK
        for x0, y0, x1, y1 in file.boxes
    )


def _clues(case: Case) -> Iterable[Finding]:
    seen = [(file.fractured, one) for file, one in zip(case.files, case.facts, strict=True) if one.readable]
    labels = [fractured for fractured, _ in seen]
    if len(set(labels)) == 2:
        auroc = float(roc_auc_score(labels, [one.rows * one.columns for _, one in seen]))
        if max(auroc, 1 - auroc) > SIZE_CLUE:
            text = (
                f"The number of pixels alone tells the label (AUROC {auroc:.2f}). A network may learn the size instead "
                "of the fracture: bring both classes to the same sizes."
            )
            yield Finding("size_clue", Severity.WARNING, len(seen), text)
    yield from _truncation(case, labels, [one.truncated for _, one in seen])


def _truncation(case: Case, labels: Sequence[bool], cut: Sequence[bool]) -> Iterable[Finding]:
    places = [place for place, one in enumerate(case.facts) if one.truncated]
    if places:
        text = f"{len(places)} files are cut off; the missing part is shown grey. Copy them again from their source."
        yield Finding("truncated", Severity.WARNING, len(places), text, case.names(places))
    table = Counter(zip(labels, cut, strict=True))
    sides = [[table[label, broken] for broken in (True, False)] for label in (True, False)]
    if _chance(*sides[0], *sides[1]) < UNLIKELY:
        text = (
            f"Cut-off files tell the label: {sides[0][0]} of the fractured, {sides[1][0]} of the other images are cut "
            "off. Crop the grey end (every preset does) or leave them out."
        )
        yield Finding("truncation_clue", Severity.WARNING, len(places), text)


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


RULES: tuple[Callable[[Case], Iterable[Finding]], ...] = (
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
