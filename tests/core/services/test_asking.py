"""Asking in batches and in order, with steady memory."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CorruptFile
from core.services.asking import chunks, in_order


@given(st.lists(st.integers()), st.integers(1, 7))
def test_chunks_hold_everything_in_order(items: list[int], size: int) -> None:
    parts = list(chunks(items, size))
    assert [item for part in parts for item in part] == items
    assert all(len(part) == size for part in parts[:-1])


def test_results_come_in_the_order_of_the_items() -> None:
    first = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            first.wait(10)
        else:
            first.set()
        return number

    with ThreadPoolExecutor(3) as pool:
        assert list(in_order(pool, work, range(6), ahead=3)) == list(range(6))


def test_items_are_taken_only_as_results_are_wanted() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        results = in_order(pool, lambda n: n, items(), ahead=4)
        assert next(results) == 0
        assert len(taken) == 5
        results.close()  # type: ignore[attr-defined]
    assert len(taken) == 5


def test_an_error_comes_at_its_place() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise CorruptFile("The file is damaged. Copy it again.")
        return number

    with ThreadPoolExecutor(2) as pool:
        results = in_order(pool, work, range(5), ahead=2)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(CorruptFile):
            next(results)
