"""A cross-fitted round: every validation image is answered by the network that has not learned from it."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import UnusableTrainingData
from core.services.cross_fit import cross_fitted, taught_files
from core.services.labelled import LabelledFile
from models.architectures import build
from models.dataset import LabelledImages, subset
from models.infer import run
from models.preprocess import PreprocessSettings
from models.presets import find
from tests.factories import picture
from tests.models.bones import drawn_bones


@pytest.fixture(scope="module")
def bones() -> LabelledImages:
    """Drawn bones, 16 each to train, choose and test."""
    return drawn_bones()


@pytest.fixture(scope="module")
def files(bones: LabelledImages, tmp_path_factory: pytest.TempPathFactory) -> list[LabelledFile]:
    """The same as files; four groups in each split."""
    folder = tmp_path_factory.mktemp("bones")
    labelled = []
    for number, name in enumerate(bones.names):
        path = folder / f"{name}.png"
        path.write_bytes(picture(bones.images[number]))
        split = ("train", "val", "test")[number // 16]
        labelled.append(LabelledFile(path, bool(bones.fractured[number]), split, str(number // 4)))
    return labelled


def test_each_part_is_held_out_once_and_nothing_of_test_is_taught(files: list[LabelledFile]) -> None:
    taught = taught_files(files, 2)
    held = [{file.path for file in part if file.split == "val"} for part in taught]
    assert not held[0] & held[1]
    assert held[0] | held[1] == {file.path for file in files if file.split == "val"}
    for part in taught:
        assert [file.path for file in part] == [file.path for file in files], "in their order"
        assert [file for file in part if file.split == "test"] == [file for file in files if file.split == "test"]
        groups = {split: {file.group for file in part if file.split == split} for split in ("train", "val")}
        assert not groups["train"] & groups["val"]


def test_copies_are_in_one_part_whatever_their_groups(files: list[LabelledFile]) -> None:
    first, *others = [file for file in files if file.split == "val"]
    copy = replace(others[-1], path=first.path, fractured=first.fractured)
    for part in taught_files([*files, copy], 2):
        assert len({file.split for file in part if file.path == first.path}) == 1


def test_the_mean_is_kept_and_the_answers_are_of_networks_that_did_not_learn_the_image(
    files: list[LabelledFile], bones: LabelledImages
) -> None:
    preset = replace(find("seed_a"), preprocess=PreprocessSettings(size=bones.images.shape[1]))
    weights: list[list[NDArray[np.float32]]] = []

    def fit(taught: Sequence[LabelledFile], part: int) -> tuple[keras.Model, LabelledImages]:
        keras.utils.set_random_seed(part)
        network = build(preset)
        weights.append(network.get_weights())
        unseen = [number for number, file in enumerate(taught) if file.split == "val"]
        return network, subset(bones, np.array(unseen))

    learned = cross_fitted(files, 2, fit)
    assert sorted(learned.held_out.names) == sorted(bones.names[16:32])
    keras.utils.set_random_seed(0)
    first = run(build(preset), learned.held_out.images)["logit"]
    half = sum(file.split == "val" for file in taught_files(files, 2)[0])
    np.testing.assert_allclose(learned.outputs["logit"][:half], first[:half], atol=1e-5)
    assert not np.allclose(learned.outputs["logit"][half:], first[half:], atol=1e-5)
    for kept, one, other in zip(learned.network.get_weights(), *weights, strict=True):
        np.testing.assert_allclose(kept, (one + other) / 2, atol=1e-7)


def test_a_validation_split_of_one_group_cannot_be_shared_out(files: list[LabelledFile]) -> None:
    with pytest.raises(UnusableTrainingData, match="2 parts"):
        taught_files([replace(file, group="one") for file in files], 2)
