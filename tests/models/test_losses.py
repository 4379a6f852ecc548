"""What the map is taught: bumps on the boxes, and a loss that is smallest for the right map."""

import keras
import numpy as np

from models.losses import UNKNOWN, CellFocal, cell_targets


def test_a_bump_peaks_at_its_box_and_nowhere_else() -> None:
    target = cell_targets(np.array([[16.0, 32, 32, 64]]), side=128, cells=16)
    assert divmod(int(target.argmax()), 16) == (6, 3)
    assert (target == 1).sum() == 1
    assert target[0, 15] < 1e-6


def test_boxes_outside_are_left_out() -> None:
    assert not cell_targets(np.array([[200.0, 200, 240, 240]]), side=128, cells=16).any()
    assert not cell_targets(np.zeros((0, 4)), side=128, cells=16).any()
    for beside in ([-6.0, 32, 4, 64], [32.0, -6, 64, 4]):
        assert not cell_targets(np.array([beside]), side=128, cells=16).any(), "a pixel beyond the edge is outside"


def test_the_right_map_costs_least() -> None:
    target = cell_targets(np.array([[16.0, 32, 32, 64]]), side=128, cells=16)[None]
    right = np.where(target == 1, 6.0, -6.0).astype(np.float32)
    shifted = np.roll(right, 5, axis=2)
    blank = np.full_like(right, -6.0)
    costs = [float(keras.ops.convert_to_numpy(CellFocal()(target, guess))) for guess in (right, blank, shifted)]
    assert costs[0] < 0.05 < costs[1] < costs[2]


def test_an_image_without_fracture_has_a_finite_cost() -> None:
    empty = np.zeros((2, 8, 8), np.float32)
    assert 0 <= float(keras.ops.convert_to_numpy(CellFocal()(empty, empty - 4.0))) < 1


def test_an_image_whose_fracture_nobody_placed_costs_nothing_and_changes_nothing() -> None:
    """The others cost what they cost beside an image without a fracture."""
    random = np.random.default_rng(0)
    target = cell_targets(np.array([[16.0, 32, 32, 64]]), side=128, cells=16)
    targets = np.stack([target, np.full_like(target, UNKNOWN), np.zeros_like(target)])
    guess = random.normal(size=targets.shape).astype(np.float32)
    told = keras.ops.convert_to_numpy(CellFocal(reduction=None)(targets, guess))
    assert told[1] == 0
    targets[1] = 0
    beside = keras.ops.convert_to_numpy(CellFocal(reduction=None)(targets, guess))
    np.testing.assert_array_equal(told[[0, 2]], beside[[0, 2]])
    assert beside[1] > 0
