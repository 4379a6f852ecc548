"""One contract, every preset: it builds, answers, maps, and survives the way to disk and back."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.architectures import EMBEDDING, LAST_CONV, build
from models.bundle import BundleCard, load_model, save_bundle
from models.calibrate import Calibration, Thresholds
from models.errors import UnknownPreset
from models.features import STATISTICS, early_maps
from models.infer import run
from models.presets import PRESETS, find

PARAMETERS = {
    "seed_a": 320 + 18_496 + 73_856 + (14 * 14 * 128 + 1) * 128 + 129,
    "seed_c": 22_430_849,  # published: 22.43 million
    "seed_e": 320 + 18_496 + 73_856 + 129 * 128 + 129 * 2,
    "efficientnetv2_b0_plain": 5_919_312 + 1280 + 1,
    "mobilenet_v2": 2_257_984 + 1280 + 1,
    "vgg16": 14_714_688 + 512 + 1,
    "resnet50": 23_587_712 + 2048 + 1,
}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_keeps_the_contract(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    preset = find(name)
    model = build(preset)
    if name in PARAMETERS:
        assert model.count_params() == PARAMETERS[name]
    else:
        assert model.count_params() > 100_000
    side = preset.preprocess.size
    images = np.random.default_rng(0).integers(0, 256, (4, side, side), np.uint8)
    images[3] = 0
    outputs = run(model, images)
    assert outputs["logit"].shape == (4,)
    assert len(model.get_layer(EMBEDDING).output.shape) == 2
    assert outputs["cells"].ndim == 3
    assert model.get_layer(LAST_CONV) is not None
    assert np.all((outputs["cells"] >= 0) & (outputs["cells"] <= 1))
    assert np.all(outputs["cells"][:3].std(axis=(1, 2)) > 0), "a blank map explains nothing"
    assert outputs[STATISTICS].shape == (4, 2 * sum(one.shape[-1] for one in early_maps(model).values()))
    assert np.isfinite(outputs[STATISTICS]).all(), "what the gate looks at, of a blank image too"
    card = save_bundle(
        tmp_path, model, BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    )
    again = run(load_model(tmp_path, card), images)
    np.testing.assert_allclose(again["logit"], outputs["logit"], atol=0.02)


def test_seed_e_ends_in_a_softmax_over_two_classes() -> None:
    model = build(find("seed_e"))
    outputs = model(np.random.default_rng(0).integers(0, 256, (4, 224, 224, 1)).astype(np.float32))
    classes, logit = (np.asarray(outputs[name]) for name in ("classes", "logit"))
    assert classes.shape == (4, 2)
    np.testing.assert_allclose(classes.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(classes[:, 1], 1 / (1 + np.exp(-logit[:, 0])), atol=1e-6)


def test_a_frozen_backbone_stays_frozen_after_the_way_to_disk(tmp_path: Path) -> None:
    model = build(find("mobilenet_v2"))
    assert [weight.shape for weight in model.trainable_variables] == [(1280, 1), (1,)]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [weight.shape for weight in again.trainable_variables] == [(1280, 1), (1,)]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPreset, match="seed_a, seed_b"):
        find("seed_z")
