"""Fingerprint: finds pictures of one exposure among many, also scaled, saved again or mirrored.

Two pictures are alike when both of two tests say so; either alone is fooled by radiographs, where limb after limb lies
in the same place on black film:

1. their 256-bit difference hashes (16 x 16 "brighter than the left neighbour", Krawetz 2013) differ in at most
   `MOST_BITS` places, and
2. their 32 x 32 thumbnails correlate with at least `LEAST_CORRELATION`.

The limits were read off FracAtlas' six million pairs. Up to 12 bits and from .97 on there are 75 pairs, 71 of them in
one group already, and none across its splits, which were freed of near-duplicates before. From 11 bits on the other
foot in the same pose comes in, at 20 ten pairs across splits. A hash of 64 bits has 64 chance hits across splits at
distance 0. Not found: copies that were turned, or cropped by more than a few percent.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 32, 33
MOST_BITS = 12
LEAST_CORRELATION = 0.97
_BLOCK = 512
"""Pictures compared with all others at a time; bounds the memory."""


def thumbnail(pixels: NDArray[Any], *, inverted: bool = False) -> NDArray[np.float32]:
    """`(32, 33)` float32 of a grey picture `(rows, columns)` of any number type; turned to bright bone if inverted."""
    small = cv2.resize(pixels.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(-small if inverted else small, np.float32)


def alike(thumbnails: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs of positions, first below second, among `(n, 32, 33)` thumbnails that show the same exposure."""
    if len(thumbnails) < 2:
        return []
    seen = _Views(thumbnails)
    mirrored = _Views(thumbnails[:, :, ::-1])
    pairs = {pair for other in (seen, mirrored) for pair in _pairs(seen, other)}
    return sorted(pairs)


class _Views:
    """Hash and standardised thumbnail of every picture, seen from one side."""

    def __init__(self, thumbnails: NDArray[np.float32]) -> None:
        bits = np.stack([_bits(one) for one in thumbnails])
        self.hashes = np.packbits(bits, axis=1).view(np.uint64)
        flat = np.stack([_standardised(one) for one in thumbnails])
        self.values = flat

    def __len__(self) -> int:
        return len(self.hashes)


def _bits(one: NDArray[np.float32]) -> NDArray[np.bool_]:
    small = cv2.resize(np.ascontiguousarray(one), (17, 16), interpolation=cv2.INTER_AREA)
    return np.asarray(np.diff(small, axis=1) > 0).reshape(-1)


def _standardised(one: NDArray[np.float32]) -> NDArray[np.float32]:
    """Zero mean, unit length; a blank picture becomes zeros, which correlate with nothing."""
    square = cv2.resize(np.ascontiguousarray(one), (ROWS, ROWS), interpolation=cv2.INTER_AREA).reshape(-1)
    centred = square - square.mean()
    length = float(np.linalg.norm(centred))
    return np.asarray(centred / length if length > 1 else np.zeros_like(centred), np.float32)


def _pairs(one: _Views, other: _Views) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for start in range(0, len(one), _BLOCK):
        differing = _distances(one.hashes[start : start + _BLOCK], other.hashes)
        first, second = np.nonzero(differing <= MOST_BITS)
        first = first + start
        chosen = first < second
        first, second = first[chosen], second[chosen]
        close = (one.values[first] * other.values[second]).sum(axis=1) >= LEAST_CORRELATION
        found |= set(zip(first[close].tolist(), second[close].tolist(), strict=True))
    return found


def _distances(some: NDArray[np.uint64], all_of_them: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Differing bits between `(m, 4)` and `(n, 4)` words: `(m, n)`."""
    total = np.zeros((len(some), len(all_of_them)), np.uint16)
    for word in range(some.shape[1]):
        total += np.bitwise_count(some[:, word, None] ^ all_of_them[None, :, word])
    return total
