"""Heat in original pixels: peak, spread and regions lie where the evidence lies."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.heat import HeatFrame, peak, regions, spread
from models.preprocess import Geometry
from models.tune_heat import LEVELS, region_level

SHAPES = [(400, 300, (0, 0, 300, 400)), (300, 400, (0, 0, 400, 300)), (2140, 1760, (160, 140, 1500, 1800))]


def frame_of(rows: int, columns: int, crop: tuple[int, int, int, int], aspect: float = 1.0) -> HeatFrame:
    """384 input pixels, 48 cells, letterboxed as the preprocessing does it."""
    scale = 384 / max(crop[2], crop[3] * aspect)
    pad = ((384 - round(crop[2] * scale)) // 2, (384 - round(crop[3] * scale * aspect)) // 2)
    return HeatFrame(Geometry(rows, columns, crop, scale, pad, aspect), 384, 48)


def bump(frame: HeatFrame, x: float, y: float, *, width: float = 1.5) -> NDArray[np.float32]:
    """A round bump at (x, y) in original pixels."""
    at = frame.geometry.to_input(np.array([[x, y]]))[0] / frame.stride - 0.5
    axis = np.arange(frame.cells)
    return np.outer(
        np.exp(-((axis - at[1]) ** 2) / (2 * width**2)), np.exp(-((axis - at[0]) ** 2) / (2 * width**2))
    ).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_peak_is_within_a_cell(shape: tuple[int, int, tuple[int, int, int, int]]) -> None:
    frame = frame_of(*shape)
    x, y = peak(bump(frame, 190, 170), frame)
    cell = frame.stride / frame.geometry.scale
    assert abs(x - 190) <= cell / 2 + 1
    assert abs(y - 170) <= cell / 2 + 1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_spread_map_covers_the_whole_image(shape: tuple[int, int, tuple[int, int, int, int]]) -> None:
    frame = frame_of(*shape)
    rows, columns = shape[:2]
    heat = spread(bump(frame, columns * 0.6, rows * 0.4), frame)
    assert max(heat.shape) == 128
    assert heat.shape[0] / heat.shape[1] == pytest.approx(rows / columns, rel=0.02)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert column / heat.shape[1] == pytest.approx(0.6, abs=0.02)
    assert row / heat.shape[0] == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("aspect", [0.5, 1.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_map_over_pixels_that_are_not_square_lies_where_the_evidence_lies(
    shape: tuple[int, int, tuple[int, int, int, int]], aspect: float
) -> None:
    frame = frame_of(*shape, aspect)
    rows, columns = shape[:2]
    cells = bump(frame, columns * 0.6, rows * 0.4, width=3)
    heat = spread(cells, frame)
    assert heat.shape[0] / heat.shape[1] == pytest.approx(rows / columns, rel=0.02), "a map of the pixels as they are"
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert column / heat.shape[1] == pytest.approx(0.6, abs=0.03)
    assert row / heat.shape[0] == pytest.approx(0.4, abs=0.03)
    [(left, top, width, height, _)] = regions(cells, frame, level=0.3)
    assert left <= columns * 0.6 <= left + width
    assert top <= rows * 0.4 <= top + height
    assert width / (height * aspect) == pytest.approx(1, abs=0.15), "a round bump has a square box, seen true"


@pytest.mark.parametrize("shape", SHAPES)
def test_peak_and_region_of_one_cell_have_its_centre(shape: tuple[int, int, tuple[int, int, int, int]]) -> None:
    frame = frame_of(*shape)
    heat = np.zeros((48, 48), np.float32)
    heat[20, 24] = 1
    x, y = frame.geometry.to_original(np.array([[24.5 * 8, 20.5 * 8]]))[0]
    assert peak(heat, frame) == (int(x), int(y))
    [(left, top, width, height, _)] = regions(heat, frame, level=0.5)
    assert (left + width / 2, top + height / 2) == pytest.approx((x, y), abs=1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_spread_map_is_shifted_by_less_than_a_thirtieth_of_a_cell(
    shape: tuple[int, int, tuple[int, int, int, int]], axis: int
) -> None:
    """A ramp tells each place of the map which cell it took its value from."""
    frame = frame_of(*shape)
    ramp = np.tile(np.arange(48, dtype=np.float32) / np.float32(48), (48, 1))
    wide = spread(ramp if axis else ramp.T, frame)
    line = 48 * wide[wide.shape[0] // 2] if axis else 48 * wide[:, wide.shape[1] // 2]
    centres = (np.arange(len(line)) + 0.5) * shape[axis] / len(line)
    points = np.column_stack([centres, centres])
    cells = frame.geometry.to_input(points)[:, 1 - axis] / frame.stride - 0.5
    inner = (cells > 1) & (cells < 46)
    np.testing.assert_allclose(line[inner], cells[inner], atol=1 / 30)


def test_a_region_surrounds_its_bump() -> None:
    frame = frame_of(400, 300, (0, 0, 300, 400))
    (x, y, width, height, score), *rest = regions(bump(frame, 150, 200), frame, level=0.5)
    assert not rest
    assert x < 150 < x + width
    assert y < 200 < y + height
    assert width < 60
    assert score > 0.8


def test_regions_come_hottest_first_and_at_most_five() -> None:
    frame = frame_of(384, 384, (0, 0, 384, 384))
    heat = np.zeros((48, 48), np.float32)
    for place, height in enumerate((0.6, 0.9, 0.7, 0.8, 0.65, 0.95)):
        heat[8 * place + 2, 8 * place + 2] = height
    scores = [region[4] for region in regions(heat, frame, level=0.5)]
    assert scores == pytest.approx([0.95, 0.9, 0.8, 0.7, 0.65])


def test_without_a_cell_at_the_level_the_peak_stands_for_itself() -> None:
    frame = frame_of(384, 384, (0, 0, 384, 384))
    found = regions(bump(frame, 100, 100) * np.float32(0.2), frame, level=0.5)
    assert len(found) == 1
    assert found[0][4] == pytest.approx(0.2, abs=0.05)


def test_the_letterbox_is_never_pointed_at() -> None:
    frame = frame_of(400, 200, (0, 0, 200, 400))
    heat = np.zeros((48, 48), np.float32)
    heat[:, :3] = 1.0
    heat[20, 24] = 0.4
    assert abs(peak(heat, frame)[0] - 100) < 10


def test_blank_maps_among_others_do_not_stop_the_choice_of_a_level() -> None:
    heat = np.zeros((3, 16, 16), np.float32)
    heat[0, 4:8, 4:8] = 0.6
    boxes = [np.array([[16.0, 16.0, 32.0, 32.0]])] * 3
    assert region_level(heat, boxes, np.ones(3), 64) <= 0.6
    assert region_level(heat[1:], boxes[1:], np.ones(2), 64) in LEVELS


def test_boxes_on_healthy_images_do_not_choose_the_level() -> None:
    """A wide box on the healthy image would have the level at the foot of its bump, the fracture's at the top."""
    heat = np.full((2, 16, 16), 0.16, np.float32)
    heat[:, 4:8, 4:8] = 0.65
    boxes = [np.array([[16.0, 16.0, 32.0, 32.0]]), np.array([[0.0, 0.0, 64.0, 64.0]])]
    both = region_level(heat[[1, 0, 1]], [boxes[1], boxes[0], boxes[1]], np.array([0.0, 1.0, 0.0]), 64)
    assert both == region_level(heat[:1], boxes[:1], np.ones(1), 64) > 0.16
