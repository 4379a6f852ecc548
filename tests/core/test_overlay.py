"""The overlay: transparent where cold, in the right place, the radiograph itself untouched."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.overlay import COLD, blended, colours, layer


def spot(rows: int, columns: int, at: tuple[int, int]) -> NDArray[np.float32]:
    """A heat map with one hot point at (x, y)."""
    heat = np.zeros((rows, columns), np.float32)
    heat[at[1], at[0]] = 1
    return np.asarray(cv2.GaussianBlur(heat, (0, 0), 2) / cv2.GaussianBlur(heat, (0, 0), 2).max(), np.float32)


def test_the_layer_is_hottest_where_the_map_is() -> None:
    painted = layer(spot(32, 24, (18, 5)), size=(320, 240))
    assert painted.shape == (320, 240, 4)
    y, x = np.unravel_index(np.argmax(painted[..., 3]), (320, 240))
    assert abs(int(x) - 185) <= 5
    assert abs(int(y) - 55) <= 5


def test_cold_is_transparent_and_leaves_the_radiograph_alone() -> None:
    grey = np.arange(120 * 80, dtype=np.uint8).reshape(120, 80)
    heat = np.full((12, 8), COLD, np.float32)
    assert not layer(heat, size=(48, 32))[..., 3].any()
    mixed = blended(grey, heat)
    assert (mixed == grey[..., None]).all()


def test_the_input_is_not_written_to() -> None:
    grey, heat = np.full((40, 40), 90, np.uint8), spot(10, 10, (5, 5))
    before = grey.copy(), heat.copy()
    blended(grey, heat)
    assert (grey == before[0]).all()
    assert (heat == before[1]).all()


def test_the_radiograph_shows_through_the_hottest_point() -> None:
    mixed = blended(np.zeros((8, 8), np.uint8), np.ones((4, 4), np.float32))
    hottest = colours(np.ones((1, 1), np.float32))[0, 0]
    assert np.abs(mixed[3, 3].astype(int) - hottest * 0.5).max() <= 1


def test_lightness_grows_with_heat() -> None:
    ramp = colours(np.linspace(0, 1, 256, dtype=np.float32)[None, :])
    lightness = cv2.cvtColor(ramp.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    assert (np.diff(lightness[::8]) > 0).all()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 90), st.integers(1, 90))
def test_any_size_stretches_to_any_size(rows: int, columns: int, to_rows: int, to_columns: int) -> None:
    heat = np.random.default_rng(rows).random((rows, columns), dtype=np.float32)
    assert layer(heat, size=(to_rows, to_columns)).shape == (to_rows, to_columns, 4)
