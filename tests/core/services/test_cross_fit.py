"""A cross-fitted round: every validation image is answered by the network that has not learned from it."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import UnusableTrainingData
from core.services.cross_fit import cross_fitted, parts_of
from core.services.labelled import LabelledFile
from models.architectures import build
from models.dataset import LabelledImages, subset
from models.infer import run
from models.preprocess import PreprocessSettings
from models.presets import find
from tests.factories import picture
from tests.models.bones import drawn_bones


@pytest.fixture(scope="module")
def training() -> LabelledImages:
    """Sixteen drawn bones."""
    return subset(drawn_bones(), np.arange(16))


@pytest.fixture(scope="module")
def validation() -> LabelledImages:
    """Sixteen others."""
    return subset(drawn_bones(), np.arange(16, 32))


@pytest.fixture(scope="module")
def files(validation: LabelledImages, tmp_path_factory: pytest.TempPathFactory) -> list[LabelledFile]:
    """Those of the validation, in four groups."""
    folder = tmp_path_factory.mktemp("bones")
    labelled = []
    for number, name in enumerate(validation.names):
        path = folder / f"{name}.png"
        path.write_bytes(picture(validation.images[number]))
        labelled.append(LabelledFile(path, bool(validation.fractured[number]), "val", str(number // 4)))
    return labelled


def test_groups_stay_together_and_each_part_has_both_classes(files: list[LabelledFile]) -> None:
    parts = parts_of(files, 2)
    for group in {file.group for file in files}:
        assert len({part for part, file in zip(parts, files, strict=True) if file.group == group}) == 1
    for part in (0, 1):
        assert {file.fractured for place, file in zip(parts, files, strict=True) if place == part} == {True, False}


def test_copies_are_in_one_part_whatever_their_groups(files: list[LabelledFile]) -> None:
    copy = replace(files[-1], path=files[0].path, fractured=files[0].fractured)
    parts = parts_of([*files, copy], 2)
    assert parts[0] == parts[-1]


def test_the_mean_is_kept_and_the_answers_are_of_networks_that_did_not_learn_the_image(
    files: list[LabelledFile], training: LabelledImages, validation: LabelledImages
) -> None:
    preset = replace(find("seed_a"), preprocess=PreprocessSettings(size=validation.images.shape[1]))
    weights: list[list[NDArray[np.float32]]] = []

    def fit(taught: LabelledImages, unseen: LabelledImages, part: int) -> keras.Model:
        assert set(taught.names) == {*training.names, *validation.names} - set(unseen.names)
        assert not set(taught.names) & set(unseen.names)
        keras.utils.set_random_seed(part)
        network = build(preset)
        weights.append(network.get_weights())
        return network

    learned = cross_fitted(files, training, validation, 2, fit)
    assert sorted(learned.held_out.names) == sorted(validation.names)
    keras.utils.set_random_seed(0)
    first = run(build(preset), learned.held_out.images)["logit"]
    half = int((parts_of(files, 2) == 0).sum())
    np.testing.assert_allclose(learned.outputs["logit"][:half], first[:half], atol=1e-5)
    assert not np.allclose(learned.outputs["logit"][half:], first[half:], atol=1e-5)
    for kept, one, other in zip(learned.network.get_weights(), *weights, strict=True):
        np.testing.assert_allclose(kept, (one + other) / 2, atol=1e-7)


def test_an_image_in_conflict_with_its_near_duplicate_is_answered_and_never_taught(
    files: list[LabelledFile], training: LabelledImages, validation: LabelledImages
) -> None:
    preset = replace(find("seed_a"), preprocess=PreprocessSettings(size=validation.images.shape[1]))
    contested = [replace(files[0], traits={"conflict": "1"}), *files[1:]]

    def fit(taught: LabelledImages, _unseen: LabelledImages, _part: int) -> keras.Model:
        assert validation.names[0] not in taught.names
        return build(preset)

    assert validation.names[0] in cross_fitted(contested, training, validation, 2, fit).held_out.names


def test_a_validation_split_of_one_group_cannot_be_shared_out(files: list[LabelledFile]) -> None:
    with pytest.raises(UnusableTrainingData, match="2 parts"):
        parts_of([replace(file, group="one") for file in files], 2)
