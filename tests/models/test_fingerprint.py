"""The same exposure is found again after scaling, saving, mirroring; other bones in the same place are not the same."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.fingerprint import alike, thumbnail
from tests.models.bones import drawn_bones

Image = NDArray[np.uint8]


def limb(seed: int) -> Image:
    """A soft-edged limb of its own shape, 200 x 160."""
    random = np.random.default_rng(seed)
    coarse = random.normal(0, 40, (7, 6)).astype(np.float32)
    soft = cv2.resize(coarse, (160, 200), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(120 + soft + random.normal(0, 2, (200, 160)), 0, 255), np.uint8)


def smaller(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA), np.uint8)


def saved_again(image: Image) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def brighter(image: Image) -> Image:
    return np.asarray(np.clip(image * 1.1 + 10, 0, 255), np.uint8)


@pytest.mark.parametrize("change", [smaller, saved_again, mirrored, brighter])
def test_a_copy_is_found(change: Callable[[Image], Image]) -> None:
    pictures = [limb(1), limb(2), change(limb(1)), limb(3)]
    assert alike(np.stack([thumbnail(one) for one in pictures])) == [(0, 2)]


def test_the_other_polarity_is_turned_around() -> None:
    turned = thumbnail(255 - limb(1), inverted=True)
    assert alike(np.stack([thumbnail(limb(1)), turned])) == [(0, 1)]


def test_other_pictures_and_blank_ones_are_not_alike() -> None:
    bones = [thumbnail(one) for one in drawn_bones().images]
    blank = [thumbnail(np.zeros((50, 40), np.uint8))] * 2
    others = [thumbnail(limb(seed)) for seed in range(20)]
    assert alike(np.stack([*bones, *blank, *others])) == []
    assert alike(np.stack(blank[:1])) == []
