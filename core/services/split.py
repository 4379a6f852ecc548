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
