"""The map of a linear head is Grad-CAM; a gradient finds it for the others."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.architectures import LAST_CONV, build
from models.gradcam import GRADIENT, LINEAR, gradient_map, linear_map, with_map
from models.presets import find
from models.randomise import rank_correlation

pytestmark = pytest.mark.xdist_group("gradcam")


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    model = build(find("efficientnetv2_b0"))
    kernel, bias = model.get_layer("logit").get_weights()
    kernel[0] = 0.7
    model.get_layer("logit").set_weights([kernel, bias])
    return model


def test_the_contraction_equals_the_gradient(network: keras.Model) -> None:
    """Selvaraju 2017, equations 1 and 2, on the layer before the linear map: equal up to one positive factor."""
    images = tf.constant(np.random.default_rng(0).uniform(0, 255, (2, 96, 96, 1)), tf.float32)
    layers = keras.Model(network.input, {**network.output, "features": network.get_layer(LAST_CONV).output})
    with tf.GradientTape() as tape:
        outputs = layers(images, training=False)
    weights = tf.reduce_mean(tape.gradient(outputs["logit"], outputs["features"]), axis=(1, 2), keepdims=True)
    by_gradient = np.asarray(tf.reduce_sum(weights * outputs["features"], axis=-1))
    bias = network.get_layer("cell_logit").get_weights()[1]
    by_contraction = np.asarray(outputs["cells"]) - bias
    for gradient, contraction in zip(by_gradient, by_contraction, strict=True):
        factor = np.vdot(contraction, gradient) / np.vdot(contraction, contraction)
        assert factor > 0
        np.testing.assert_allclose(gradient, factor * contraction, atol=1e-5 * np.abs(gradient).max() + 1e-9)


def test_both_ways_order_the_places_alike(network: keras.Model) -> None:
    images = tf.constant(np.random.default_rng(1).uniform(0, 255, (1, 96, 96, 1)), tf.float32)
    one, other = (np.asarray(way(network)(images)["cells"]).ravel() for way in (linear_map, gradient_map))
    positive = other > 0
    assert positive.sum() > 20
    assert rank_correlation(one[positive][None, None], other[positive][None, None]) > 0.999


def test_a_map_depends_on_the_weights(network: keras.Model) -> None:
    """Adebayo 2018: a map that survives other weights explains the image, not the network."""
    images = tf.constant(np.random.default_rng(2).uniform(0, 255, (1, 96, 96, 1)), tf.float32)
    before = np.asarray(linear_map(network)(images)["cells"])
    keras.utils.set_random_seed(4)
    other = np.asarray(linear_map(build(find("efficientnetv2_b0")))(images)["cells"])
    assert not np.allclose(before, other)


def test_grad_cam_is_taken_at_the_backbones_last_convolution(network: keras.Model) -> None:
    images = tf.constant(np.random.default_rng(3).uniform(0, 255, (2, 96, 96, 1)), tf.float32)
    cells = np.asarray(with_map(network, GRADIENT)(images)["cells"])
    assert cells.shape == (2, 3, 3)
    assert cells.min() >= 0
    assert cells.max(axis=(1, 2)) == pytest.approx(1)
    assert with_map(network)(images)["cells"].shape == (2, 12, 12)


def test_a_network_without_cells_has_the_gradient_only() -> None:
    model = build(find("seed_b"))
    side = find("seed_b").preprocess.size
    images = tf.constant(np.random.default_rng(4).uniform(0, 255, (1, side, side, 1)), tf.float32)
    one, other = (np.asarray(with_map(model, way)(images)["cells"]) for way in (LINEAR, GRADIENT))
    np.testing.assert_array_equal(one, other)
