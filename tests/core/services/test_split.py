"""A split keeps groups whole and shares the fractures out; the same seed gives the same split."""

import numpy as np
import pytest

from core.errors import UnusableTrainingData
from core.services.split import deal, joined_groups, split_groups

GROUPS = [str(number // 4) for number in range(280)]
FRACTURED = [(number // 4) % 5 == 0 for number in range(280)]


def test_groups_stay_whole_and_fractures_are_shared_out() -> None:
    splits = split_groups(FRACTURED, GROUPS, seed=1)
    assert all(len({split for split, one in zip(splits, GROUPS, strict=True) if one == group}) == 1 for group in GROUPS)
    counts = {split: splits.count(split) / len(splits) for split in ("train", "val", "test")}
    assert counts == pytest.approx({"train": 5 / 7, "val": 1 / 7, "test": 1 / 7}, abs=0.02)
    for split in counts:
        share = np.mean([one for one, held in zip(FRACTURED, splits, strict=True) if held == split])
        assert share == pytest.approx(0.2, abs=0.05)


def test_the_seed_decides() -> None:
    assert split_groups(FRACTURED, GROUPS, seed=1) == split_groups(FRACTURED, GROUPS, seed=1)
    assert split_groups(FRACTURED, GROUPS, seed=1) != split_groups(FRACTURED, GROUPS, seed=2)


def test_too_few_to_divide_is_told() -> None:
    with pytest.raises(UnusableTrainingData, match="at least 3"):
        split_groups([True, True, False, False, False], list("abcde"))


def test_pairs_join_groups() -> None:
    joined = joined_groups(["a", "a", "b", "", "", ""], [(1, 2), (3, 0), (4, 5)])
    assert len(set(joined[:4])) == 1
    assert joined[4] == joined[5] != joined[0]


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_parts_are_dealt_by_group_and_evenly(parts: int) -> None:
    dealt = np.array(deal(FRACTURED, GROUPS, parts))
    assert all(len(set(dealt[[one == group for one in GROUPS]])) == 1 for group in GROUPS)
    images, fractures = np.bincount(dealt, minlength=parts), np.bincount(dealt, np.array(FRACTURED))
    assert images.max() <= 1.1 * images.min()
    assert fractures.max() - fractures.min() <= 4


def test_more_parts_than_one_class_has_groups_are_refused() -> None:
    with pytest.raises(UnusableTrainingData, match="3 parts"):
        deal([True, True, False, False, False], list("aabcd"), 3)
