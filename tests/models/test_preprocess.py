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
