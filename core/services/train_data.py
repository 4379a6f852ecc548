"""Train data: finds, divides where nobody did, and audits the images a training is to learn from."""

import csv
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UnusableTrainingData
from core.services.data_audit import Audit, audit, is_used
from core.services.image_facts import ImageFacts, image_facts, look_alikes, twins
from core.services.labelled import (
    GROUP_COLUMNS,
    SPLIT_TABLE,
    LabelledFile,
    check_made_with,
    labelled_files,
    labels_digest,
)
from core.services.split import joined_groups, split_groups
from models.bundle_card import BundleCard
from models.tell import Tell
from models.whole import private_folder, whole


@dataclass(frozen=True, slots=True)
class TrainData:
    """Labelled files, each in a split, and what is wrong with them."""

    files: tuple[LabelledFile, ...]
    audit: Audit
    divided: bool
    """The splits were made here: the data give none."""
    labels_sha256: str
    """Digest of all files, of those that cannot be read too: any reader of the same data gets the same."""

    def facts(self, accepted: Collection[str]) -> dict[str, Any]:
        """What the bundle's card keeps of it."""
        found = {fault.word: fault.count for fault in self.audit.faults}
        return {"divided_by_seed": self.divided, "findings": found, "accepted": sorted(set(accepted) & set(found))}


def inspect(source: Path, *, seed: int = 0, report: Tell) -> TrainData:
    """The labelled files of `source`, divided when it gives no splits, and their audit. Writes nothing.

    Raises UnusableTrainingData when no layout fits, or there are too few images to divide.
    """
    return _inspected(labelled_files(source), seed, report)[0]


def ready(source: Path, run_dir: Path, *, seed: int, accepted: Collection[str], report: Tell) -> TrainData:
    """The data of a run, without what cannot be read. A division made here is kept in the run's folder and used again.

    Raises UnusableTrainingData that tells every error not accepted, or a division that no longer fits the images.
    """
    kept = run_dir / SPLIT_TABLE
    files = _divided_before(labelled_files(source), kept) if kept.exists() else labelled_files(source)
    data, facts = _inspected(files, seed, report)
    for line in data.audit.lines():
        report(line)
    data.audit.check(accepted)
    if data.divided:
        private_folder(run_dir)
        write_table(kept, data.files)
    readable = tuple(file for file, one in zip(data.files, facts, strict=True) if one.readable or not is_used(file))
    return replace(data, files=readable, divided=data.divided or kept.exists())


def check_learned(card: BundleCard, labels_sha256: str) -> None:
    """Raise UnusableTrainingData unless this bundle learned from data of this digest, and not from their `val`.

    A card that does not tell what was learned from is refused too: `val` and `test` may have been among it.
    """
    check_made_with(card, labels_sha256, therefore="it may have learned from what is val and test here")
    if card.training.get("cross_fit"):
        raise UnusableTrainingData(
            f"{card.bundle_id} has learned from val, which has to calibrate what is made of it. Give a bundle that was "
            "trained without --cross-fit."
        )


def _inspected(files: Sequence[LabelledFile], seed: int, report: Tell) -> tuple[TrainData, list[ImageFacts]]:
    report(f"looking through {len(files)} images")
    facts = image_facts(files)
    divided = not any(file.split in ("val", "test") for file in files)
    if divided:
        files = divide(files, facts, seed=seed)
        report("no split is given: divided into train, val and test by group, near-duplicates counting as one group")
    return TrainData(tuple(files), audit(files, facts), divided, labels_digest(files)), facts


def divide(files: Sequence[LabelledFile], facts: Sequence[ImageFacts], *, seed: int) -> list[LabelledFile]:
    """The same files in three splits. Copies and look-alikes stay together, whatever their groups."""
    places = [place for place, file in enumerate(files) if is_used(file)]
    used, seen = [files[place] for place in places], [facts[place] for place in places]
    groups = joined_groups([file.group for file in used], [*twins(seen), *look_alikes(seen)])
    splits = split_groups([file.fractured for file in used], groups, seed=seed)
    placed = dict(zip(places, splits, strict=True))
    return [replace(file, split=placed.get(place, "drop")) for place, file in enumerate(files)]


def write_table(path: Path, files: Sequence[LabelledFile]) -> None:
    """The files as a labels table with whole paths, written whole or not at all; `group` says what stayed together."""
    traits = sorted({name for file in files for name in file.traits} - set(GROUP_COLUMNS))
    with whole(path) as draft, draft.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "group", "boxes", *traits))
        writer.writerows(_row(file, traits) for file in files)


def _row(file: LabelledFile, traits: Sequence[str]) -> tuple[object, ...]:
    own = (file.path.resolve(), int(file.fractured), file.split, file.group, json.dumps(file.boxes))
    return *own, *(file.traits.get(name, "") for name in traits)


def _divided_before(files: Sequence[LabelledFile], table: Path) -> list[LabelledFile]:
    """The files with the splits of an earlier start of this run."""
    splits = {(file.path, file.fractured): file.split for file in labelled_files(table)}
    if {(file.path.resolve(), file.fractured) for file in files} != set(splits):
        raise UnusableTrainingData(
            "The images are no longer those this run divided at its start. Give back what changed, or start another "
            "run with --run-dir."
        )
    return [replace(file, split=splits[file.path.resolve(), file.fractured]) for file in files]
