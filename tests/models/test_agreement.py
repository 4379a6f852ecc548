"""Agreement: kappa against scikit-learn's, and what is said where it is not defined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from models.agreement import agreement

VOTES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60)


@given(VOTES)
def test_kappa_is_cohens(votes: list[tuple[bool, bool]]) -> None:
    first, second = np.array(votes, bool).T
    found = agreement(first, second)
    if len({*first, *second}) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    assert found.cases == len(votes)
    assert found.share == pytest.approx(np.mean(first == second))


def test_the_interval_holds_kappa_and_narrows_with_cases() -> None:
    first = np.array([True, True, False, False, False] * 6)
    second = np.array([True, False, False, False, False] * 6)
    few, many = agreement(first, second), agreement(np.tile(first, 9), np.tile(second, 9))
    assert few.low is not None and few.high is not None and few.kappa is not None  # noqa: PT018
    assert many.low is not None and many.high is not None  # noqa: PT018
    assert few.low < few.kappa < few.high
    assert many.high - many.low < few.high - few.low
    assert (few.both, few.first_only, few.second_only, few.neither) == (6, 6, 0, 18)


def test_reads_of_one_case_are_drawn_together() -> None:
    """Who counts each case four times knows no more than before; where each has its own, nothing changes."""
    first = np.array([True, True, False, False, False] * 6)
    second = np.array([True, False, False, False, False] * 6)
    once = agreement(first, second)
    often = agreement(np.repeat(first, 4), np.repeat(second, 4), of=np.repeat(np.arange(30), 4))
    assert (often.cases, often.kappa, often.low, often.high) == (120, once.kappa, once.low, once.high)
    assert agreement(first, second, of=np.arange(30)) == once
    apart = agreement(np.repeat(first, 4), np.repeat(second, 4))
    assert apart.low is not None and once.low is not None and apart.low > once.low  # noqa: PT018
    few = agreement(first, second, of=np.arange(30) // 4)
    assert (few.kappa, few.low, few.high) == (once.kappa, None, None)


def test_few_cases_get_no_interval_and_none_no_kappa() -> None:
    few = agreement(np.array([True, False]), np.array([True, False]))
    assert (few.kappa, few.low, few.high) == (1.0, None, None)
    none = agreement(np.array([], bool), np.array([], bool))
    assert (none.kappa, none.share, none.cases) == (None, None, 0)
