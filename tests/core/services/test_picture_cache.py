"""The cache: within its bytes, least recently used first, one decoding at a time for each picture."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from core.errors import CorruptFile
from core.intake.radiograph import Identity, Radiograph
from core.services.picture_cache import PictureCache


def radiograph(size: int) -> Radiograph:
    """A picture of so many bytes."""
    return Radiograph(
        pixels=np.zeros((1, size), np.uint8),
        inverted=False,
        bits_stored=8,
        voi=(),
        identity=Identity("1", "2", "3"),
        sha256="0" * 64,
        format="PNG",
    )


def never() -> Radiograph:
    raise AssertionError("this picture should be at hand")


def test_a_picture_is_decoded_once() -> None:
    cache = PictureCache(100)
    first = cache.get(("a", 1), lambda: radiograph(10))
    assert cache.get(("a", 1), never) is first


def test_graphics_take_their_room() -> None:
    cache = PictureCache(100)
    cache.put(("a", 1), replace(radiograph(40), graphics=np.zeros((1, 5), np.uint8)))
    assert cache.size == 45


def test_the_least_recently_used_goes_first() -> None:
    cache = PictureCache(100)
    for name in "abc":
        cache.put((name, 1), radiograph(33))
    cache.get(("a", 1), never)
    cache.put(("d", 1), radiograph(33))
    assert cache.size == 99
    cache.get(("a", 1), never)
    with pytest.raises(AssertionError):
        cache.get(("b", 1), never)


def test_a_picture_larger_than_the_cache_is_given_but_not_kept() -> None:
    cache = PictureCache(100)
    assert cache.get(("a", 1), lambda: radiograph(101)).columns == 101
    assert cache.size == 0


def test_what_decoding_raises_reaches_the_caller_and_is_tried_again() -> None:
    cache = PictureCache(100)

    def broken() -> Radiograph:
        raise CorruptFile("The file is damaged. Copy it again.")

    with pytest.raises(CorruptFile):
        cache.get(("a", 1), broken)
    assert cache.get(("a", 1), lambda: radiograph(5)).columns == 5


def test_two_who_want_the_same_picture_wait_for_one_decoding() -> None:
    cache, calls = PictureCache(100), []

    def slow() -> Radiograph:
        calls.append(1)
        time.sleep(0.05)
        return radiograph(10)

    threads = [threading.Thread(target=lambda: cache.get(("a", 1), slow)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_cleared_means_empty() -> None:
    cache = PictureCache(100)
    cache.put(("a", 1), radiograph(10))
    cache.clear()
    assert cache.size == 0
    with pytest.raises(AssertionError):
        cache.get(("a", 1), never)
