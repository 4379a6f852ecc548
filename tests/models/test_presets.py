"""One contract, every preset: it builds, answers, maps, and survives the way to disk and back."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.architectures import EMBEDDING, LAST_CONV, build
from models.bundle import BundleCard, load_model, save_bundle
from models.calibrate import Calibration, Thresholds
from models.errors import UnknownPreset
from models.infer import run
from models.presets import PRESETS, Preset, find

PARAMETERS = {
    "seed_a": 320 + 18_496 + 73_856 + (14 * 14 * 128 + 1) * 128 + 129,
    "seed_c": 22_430_849,
    "seed_e": 320 + 18_496 + 73_856 + 129 * 128 + 129 * 2,
}


@pytest.fixture(scope="module", params=sorted(PRESETS))
def built(request: pytest.FixtureRequest) -> tuple[Preset, keras.Model]:
    """Each preset with random weights."""
    keras.utils.set_random_seed(0)
    preset = find(request.param)
    return preset, build(preset)


def test_every_preset_keeps_the_contract(built: tuple[Preset, keras.Model], tmp_path: Path) -> None:
    preset, model = built
    side = preset.preprocess.size
    images = np.random.default_rng(0).integers(0, 256, (3, side, side), np.uint8)
    outputs = run(model, images, batch=2)
    assert outputs["logit"].shape == (3,)
    assert outputs["embedding"].shape == (3, model.get_layer(EMBEDDING).output.shape[-1])
    assert outputs["cells"].ndim == 3
    assert model.get_layer(LAST_CONV) is not None
    assert np.all((outputs["cells"] >= 0) & (outputs["cells"] <= 1))
    assert np.all(outputs["cells"].std(axis=(1, 2)) > 0), "a blank map explains nothing"
    card = save_bundle(
        tmp_path, model, BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    )
    again = run(load_model(tmp_path, card), images)
    np.testing.assert_allclose(again["logit"], outputs["logit"], atol=0.02)


def test_parameters_are_the_seeds_own(built: tuple[Preset, keras.Model]) -> None:
    preset, model = built
    if preset.name in PARAMETERS:
        assert model.count_params() == PARAMETERS[preset.name]
    else:
        assert model.count_params() > 100_000


def test_seed_c_has_its_published_size() -> None:
    """seed-c reports 22.43 million parameters."""
    assert round(build(find("seed_c")).count_params() / 1e6, 2) == 22.43


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPreset, match="seed_a, seed_b"):
        find("seed_z")


def test_a_preset_states_its_source_and_licence() -> None:
    assert all(preset.source and preset.licence for preset in PRESETS.values())
