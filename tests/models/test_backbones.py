"""ImageNet weights come from a file, a folder or the internet; a missing file is told where it is needed."""

from pathlib import Path

import numpy as np
import pytest

from models.architectures import build
from models.backbones import backbone_weights, provenance
from models.errors import WeightsMissing
from models.presets import COMPARISON, PRESETS, find

PRETRAINED = [name for name, row in PRESETS.items() if row.pretrained]
OPTIONAL = ["vgg16", "resnet50"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file for every backbone."""
    for row in PRESETS.values():
        for name in row.backbone_files:
            (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("name", [*PRETRAINED, *OPTIONAL])
def test_a_folder_gives_each_network_its_own_file(folder: Path, name: str) -> None:
    preset = find(name)
    assert backbone_weights(preset, folder) == folder / preset.backbone_files[0]
    (folder / preset.backbone_files[0]).unlink()
    if preset.pretrained:
        assert backbone_weights(preset, folder) == folder / preset.backbone_files[1]


@pytest.mark.parametrize("name", PRETRAINED)
def test_a_pretrained_network_says_what_is_missing(tmp_path: Path, name: str) -> None:
    preset = find(name)
    other = tmp_path / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    other.touch()
    for given in (tmp_path, tmp_path / "nowhere.h5", other):
        with pytest.raises(WeightsMissing, match=preset.backbone_files[0]):
            backbone_weights(preset, given)
    assert backbone_weights(preset, None) == "imagenet"


def test_a_file_under_another_name_is_trusted(tmp_path: Path) -> None:
    file = tmp_path / "mine.weights.h5"
    file.touch()
    assert backbone_weights(find("mobilenet_v2"), file) == file


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_network_without_its_file_learns_from_scratch_and_says_so(tmp_path: Path, name: str) -> None:
    preset = find(name)
    assert backbone_weights(preset, None) is None
    assert backbone_weights(preset, tmp_path) is None
    assert provenance(preset, None) == "random: trained from scratch"
    file = tmp_path / preset.backbone_files[0]
    file.touch()
    assert backbone_weights(preset, file) == file
    assert provenance(preset, file) == f"ImageNet ({file.name})"


def test_the_seeds_have_no_backbone(folder: Path) -> None:
    assert backbone_weights(find("seed_a"), folder) is None


def test_make_seeds_trains_what_the_table_compares() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    assert f"SEEDS := {' '.join(COMPARISON)}\n" in makefile
    assert set(PRESETS) == {*COMPARISON, "efficientnetv2_b0"}


def test_the_real_folder_holds_the_pretrained_ones(shared_data: Path) -> None:
    for name in PRETRAINED:
        found = backbone_weights(find(name), shared_data / "weights")
        assert isinstance(found, Path)
        assert found.is_file()


def test_the_real_weights_are_really_loaded(shared_data: Path) -> None:
    """Two networks differ in their random heads and in nothing else."""
    preset = find("mobilenet_v2")
    weights = backbone_weights(preset, shared_data / "weights")
    one, other = (build(preset, weights).get_weights() for _ in range(2))
    assert [bool(np.array_equal(a, b)) for a, b in zip(one, other, strict=True)].count(False) == 1
    assert np.ptp(one[0]) > 0.1
