"""Augmentation: repeatable, and boxes go where the picture goes."""

import numpy as np
import pytest

from models.augment import AugmentSettings, apply, apply_to_boxes, draw
from models.presets import OTHER_SCANNERS_AUGMENT, SCANNER_AUGMENT


def test_no_settings_change_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    np.testing.assert_array_equal(apply(image, draw(AugmentSettings(), 48, np.random.default_rng(1))), image)


def test_the_same_draw_gives_the_same_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    drawn = draw(SCANNER_AUGMENT, 64, np.random.default_rng(7))
    np.testing.assert_array_equal(apply(image, drawn), apply(image, drawn))


@pytest.mark.parametrize("seed", range(12))
def test_a_box_follows_its_content(seed: int) -> None:
    geometry = AugmentSettings(flip=True, rotation=20, zoom=0.2, shear=4, shift=0.06)
    image = np.zeros((96, 96), np.uint8)
    image[40:52, 30:60] = 200
    drawn = draw(geometry, 96, np.random.default_rng(seed))
    rows, columns = np.nonzero(apply(image, drawn) > 100)
    x0, y0, x1, y1 = apply_to_boxes(np.array([[30.0, 40, 60, 52]]), drawn)[0]
    assert x0 - 1 <= columns.min() <= columns.max() <= x1 + 1
    assert y0 - 1 <= rows.min() <= rows.max() <= y1 + 1
    assert x1 - x0 < 2.2 * (columns.max() - columns.min())


def test_a_mirrored_box_keeps_its_content_to_the_pixel() -> None:
    """Columns 30 to 59 of 96 become 36 to 65, and so do the edges around them."""
    image = np.zeros((96, 96), np.uint8)
    image[40:52, 30:60] = 200
    draws = [draw(AugmentSettings(flip=True), 96, np.random.default_rng(seed)) for seed in range(8)]
    mirror = next(one for one in draws if one.matrix[0, 0] == -1)
    rows, columns = np.nonzero(apply(image, mirror))
    [box] = apply_to_boxes(np.array([[30.0, 40, 60, 52]]), mirror)
    np.testing.assert_allclose(box, [36, 40, 66, 52], atol=1e-9)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (36, 40, 66, 52)


def test_no_boxes_stay_no_boxes() -> None:
    drawn = draw(SCANNER_AUGMENT, 64, np.random.default_rng(0))
    assert apply_to_boxes(np.zeros((0, 4)), drawn).shape == (0, 4)


def test_tones_and_edges_really_vary() -> None:
    image = np.random.default_rng(0).integers(60, 200, (64, 64), np.uint8)
    random = np.random.default_rng(3)
    tones = AugmentSettings(gamma=0.5, edges=0.5, noise=0.5, clahe=0.3, coarse=0.3, erase=0.3)
    means = [apply(image, draw(tones, 64, random)).mean() for _ in range(30)]
    assert np.ptp(means) > 30


def test_a_bent_tone_curve_keeps_the_order_of_the_tones_and_their_ends() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    for seed in range(8):
        drawn = draw(AugmentSettings(curve=1.0), 256, np.random.default_rng(seed))
        bent = apply(ramp, drawn)[0].astype(int)
        assert (np.diff(bent) >= 0).all()
        assert (bent[0], bent[255]) == (0, 255)
        assert np.abs(bent - np.arange(256)).max() == pytest.approx(abs(drawn.curve) * 24.5, abs=1)


def test_other_scanners_lift_broader_structures() -> None:
    widths = [draw(OTHER_SCANNERS_AUGMENT, 512, np.random.default_rng(seed)).unsharp for seed in range(60)]
    assert max(sigma for sigma, amount in widths if amount > 0) > 8


def test_what_an_earlier_preset_draws_is_as_it_was() -> None:
    """An earlier recipe can be trained again: new ranges are drawn after, or in place of, the old ones."""
    drawn = draw(SCANNER_AUGMENT, 512, np.random.default_rng(0))
    assert drawn.curve == 0
    assert drawn.unsharp[0] <= 4
    assert drawn.coarse >= 0.45
