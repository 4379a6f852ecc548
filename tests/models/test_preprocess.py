"""What the network sees: geometry there and back, the same picture from any depth, borders cut away."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.preprocess import Array, Geometry, PreprocessSettings, prepare

SETTINGS = PreprocessSettings(size=96)


def straight(part: Array) -> NDArray[np.float32]:
    """8-bit values as brightness."""
    return np.asarray(part, np.float32) / np.float32(255)


def textured(rows: int, columns: int, top: int = 255) -> NDArray[np.float64]:
    """A smooth random texture between 0 and `top`."""
    coarse = np.random.default_rng(5).uniform(0, top, (max(2, rows // 12), max(2, columns // 12)))
    return np.asarray(cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float64)


@given(
    rows=st.integers(8, 4000),
    columns=st.integers(8, 4000),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
def test_points_go_there_and_back(rows: int, columns: int, x: float, y: float) -> None:
    scale = 96 / max(rows, columns)
    geometry = Geometry(rows, columns, (0, 0, columns, rows), scale, (3, 5))
    point = np.array([[x * (columns - 1), y * (rows - 1)]])
    np.testing.assert_allclose(geometry.to_original(geometry.to_input(point)), point, atol=1e-6)


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (40, 40), (2140, 1760)])
def test_aspect_is_kept_and_the_rest_is_black(shape: tuple[int, int]) -> None:
    prepared = prepare(textured(*shape).astype(np.uint8), SETTINGS)
    x, y = prepared.geometry.pad
    assert prepared.image.shape == (96, 96)
    assert not prepared.image[:y].any()
    assert not prepared.image[:, :x].any()
    _, _, width, height = prepared.geometry.crop
    assert max(width, height) * prepared.geometry.scale == pytest.approx(96)


@pytest.mark.parametrize("aspect", [0.5, 0.8, 1.5, 2.0])
def test_pixels_that_are_not_square_are_seen_in_true_proportions(aspect: float) -> None:
    """The same picture scanned with pixels of another height gives nearly the same input, and places stay its own."""
    true = textured(480, 360).astype(np.uint8)
    scanned = cv2.resize(true, (360, round(480 / aspect)), interpolation=cv2.INTER_LINEAR)
    straightened, square = prepare(scanned, SETTINGS, straight, aspect=aspect), prepare(true, SETTINGS, straight)
    assert np.abs(straightened.image.astype(int) - square.image).mean() < 2
    points = np.array([[0.0, 0.0], [180.0, 240.0], [360.0, 480.0]])
    there = straightened.geometry.to_input(points / [1, aspect])
    np.testing.assert_allclose(there, square.geometry.to_input(points), atol=0.5)
    np.testing.assert_allclose(straightened.geometry.to_original(there), points / [1, aspect], atol=1e-6)


@given(rows=st.integers(8, 400), columns=st.integers(8, 400))
def test_square_pixels_are_seen_as_ever(rows: int, columns: int) -> None:
    """Bit by bit: the figures of the card are those of this input."""
    pixels = np.random.default_rng(rows).integers(0, 4096, (rows, columns)).astype(np.uint16)
    prepared = prepare(pixels, SETTINGS)
    x, y, width, height = prepared.geometry.crop
    scale = SETTINGS.size / max(width, height)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    assert prepared.geometry.scale == scale
    assert prepared.geometry.pad == ((SETTINGS.size - target[0]) // 2, (SETTINGS.size - target[1]) // 2)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    low, high = float(pixels.min()), float(pixels.max())
    small = cv2.resize(pixels[y : y + height, x : x + width], target, interpolation=method)
    bright = ((small.astype(np.float32) - low) / max(high - low, 1e-6)).astype(np.float32)
    ends = np.percentile(bright, SETTINGS.stretch)
    grey = np.clip(np.rint((bright - ends[0]) * (255.0 / max(float(ends[1] - ends[0]), 1e-3))), 0, 255)
    left, top = prepared.geometry.pad
    seen = prepared.image[top : top + target[1], left : left + target[0]]
    np.testing.assert_array_equal(seen, grey.astype(np.uint8))


def test_depth_does_not_matter() -> None:
    """12-bit values in uint16, signed, or float32 give the picture of the same values."""
    values = textured(240, 180, 4095).astype(np.uint16)
    images = [prepare(values.astype(kind), SETTINGS).image for kind in (np.uint16, np.int16, np.float32, np.int32)]
    for image in images[1:]:
        assert np.abs(image.astype(int) - images[0]).max() <= 1


@pytest.mark.parametrize("border", [0, 128, 255])
def test_flat_borders_are_cut_away(border: int) -> None:
    """The collimator's black, the grey end of a truncated JPEG, a white frame."""
    framed = np.full((400, 300), border, np.uint8)
    framed[100:300, 60:240] = textured(200, 180)
    x, y, width, height = prepare(framed, SETTINGS).geometry.crop
    assert abs(x - 60) <= 4
    assert abs(y - 100) <= 4
    assert abs(width - 180) <= 8
    assert abs(height - 200) <= 8


def test_a_blank_image_stays_whole() -> None:
    prepared = prepare(np.full((50, 70), 9, np.uint8), SETTINGS)
    assert prepared.geometry.crop == (0, 0, 70, 50)


def test_the_tone_is_what_counts() -> None:
    """An inverted image with a tone that inverts gives the same input."""
    values = textured(200, 200).astype(np.uint8)
    plain = prepare(values, SETTINGS, straight)
    inverted = prepare(255 - values, SETTINGS, lambda part: 1 - straight(part))
    assert np.abs(plain.image.astype(int) - inverted.image).max() <= 1


def test_only_grey_images() -> None:
    with pytest.raises(ValueError, match="one grey image"):
        prepare(np.zeros((4, 4, 3), np.uint8), SETTINGS)


def test_settings_survive_json() -> None:
    settings = PreprocessSettings(size=320, crop=False, stretch=(1.0, 99.0), clahe_clip=2.0)
    assert PreprocessSettings.from_json(settings.to_json()) == settings
