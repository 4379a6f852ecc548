"""Split: divides labelled images into train, val and test, whole groups only, fractures shared out evenly."""

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from core.errors import UnusableTrainingData

FOLDS = 7
"""One fold each for val and test, five to train: 71%, 14%, 14%."""
FEWEST = 3


def split_groups(fractured: Sequence[bool], groups: Sequence[str], *, seed: int = 0, folds: int = FOLDS) -> list[str]:
    """`train`, `val` or `test` for each image; the same for the same seed, and one split for all of a group.

    Raises UnusableTrainingData when a class has fewer than three groups: no split could hold both kinds.
    """
    held = set(zip(groups, fractured, strict=True))
    folds = min(folds, *(sum(kind == one for _, kind in held) for one in (True, False)))
    if folds < FEWEST:
        raise UnusableTrainingData(
            f"Too few images to divide: each class needs at least {FEWEST} that belong to different groups. "
            "Add images, or give the column split."
        )
    chosen = np.full(len(groups), "train", dtype="<U5")
    divider = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    labels = np.array(fractured, np.int64)
    parts = [part for _, part in divider.split(labels, labels, np.array(groups))]
    chosen[parts[0]], chosen[parts[1]] = "test", "val"
    return [str(one) for one in chosen]


def deal(fractured: Sequence[bool], groups: Sequence[str], parts: int) -> list[int]:
    """A part, from 0, for each image: whole groups, fractures and images shared out evenly, always the same way.

    `groups` as `joined_groups` names them. Those with most fractures are dealt first, each to the part that has fewest.
    Raises UnusableTrainingData where a part would lack one of the classes.
    """
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    broken = {group: sum(fractured[place] for place in places) for group, places in members.items()}
    fractures, images, part_of = [0] * parts, [0] * parts, [0] * len(groups)
    for group in sorted(members, key=lambda name: (-broken[name], -len(members[name]), name)):
        load = [(fractures[part] if broken[group] else 0, images[part]) for part in range(parts)]
        part = load.index(min(load))
        fractures[part] += broken[group]
        images[part] += len(members[group])
        for place in members[group]:
            part_of[place] = part
    _check_parts(fractured, part_of, parts)
    return part_of


def _check_parts(fractured: Sequence[bool], part_of: Sequence[int], parts: int) -> None:
    held = set(zip(part_of, fractured, strict=True))
    if len(held) < 2 * parts:
        raise UnusableTrainingData(
            f"Too few validation images for {parts} parts: each needs fractured and other images, of groups of its own."
        )


def joined_groups(groups: Sequence[str], pairs: Iterable[tuple[int, int]]) -> list[str]:
    """A group for every image: its own where it has none, and one for both images of each pair of positions."""
    home = {name: name for name in _named(groups)}
    own = _named(groups)
    for first, second in pairs:
        home[_root(home, own[first])] = _root(home, own[second])
    return [_root(home, name) for name in own]


def _named(groups: Sequence[str]) -> list[str]:
    return [f"group {group}" if group else f"image {number}" for number, group in enumerate(groups)]


def _root(home: dict[str, str], name: str) -> str:
    while home[name] != name:
        name = home[name]
    return name
