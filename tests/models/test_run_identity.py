"""A run goes on only with the settings it was begun with; what differs is named."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.dataset import LabelledImages, subset
from models.errors import RunMismatch
from models.presets import Stage
from models.run_identity import FILE, digest, identity, keep
from tests.models.training_child import SMALL

STAGES = (Stage(64, 2),)


def now(bones: LabelledImages, **chosen: object) -> dict[str, Any]:
    return identity(SMALL, STAGES, (bones, bones), **{"seed": 0, "precision": "float32", **chosen})


def quiet(_: str) -> None:
    """Nobody listens."""


def test_the_same_run_goes_on(bones: LabelledImages, tmp_path: Path) -> None:
    keep(tmp_path, now(bones), begun=False, report=quiet)
    keep(tmp_path, now(bones), begun=True, report=pytest.fail)
    kept = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert kept["settings"]["preset"]["name"] == "seed_e"
    assert kept["settings"]["recipe"]["stages"][0]["epochs"] == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bones: now(bones, seed=3), "seed was 0, is 3; give the same"),
        (lambda bones: now(bones, precision="mixed_bfloat16"), 'precision was "float32", is "mixed_bfloat16"'),
        (
            lambda bones: identity(
                replace(SMALL, recipe=replace(SMALL.recipe, batch=7)), STAGES, (bones, bones), seed=0
            ),
            "recipe.batch was 12, is 7",
        ),
        (
            lambda bones: identity(SMALL, STAGES, (subset(bones, np.arange(40)), bones), seed=0, precision="float32"),
            "training_images differ",
        ),
    ],
)
def test_other_settings_are_refused_by_name(
    bones: LabelledImages, tmp_path: Path, change: Callable[[LabelledImages], dict[str, Any]], message: str
) -> None:
    keep(tmp_path, now(bones), begun=False, report=quiet)
    with pytest.raises(RunMismatch, match=r"--run-dir") as raised:
        keep(tmp_path, change(bones), begun=True, report=pytest.fail)
    assert message in str(raised.value)


def test_other_versions_are_told(bones: LabelledImages, tmp_path: Path) -> None:
    keep(tmp_path, now(bones), begun=False, report=quiet)
    other = now(bones)
    other["place"]["keras"] = "9.9"
    told: list[str] = []
    keep(tmp_path, other, begun=True, report=told.append)
    assert len(told) == 1
    assert 'is "9.9"' in told[0]


def test_a_run_without_a_record_gets_one(bones: LabelledImages, tmp_path: Path) -> None:
    keep(tmp_path, now(bones), begun=True, report=quiet)
    assert (tmp_path / FILE).exists()


def test_the_digest_of_images_needs_no_copy_of_them(bones: LabelledImages) -> None:
    many = replace(bones, images=np.tile(bones.images, (40, 1, 1)))
    tracemalloc.start()
    told = digest(many)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < many.images.nbytes / 10
    expected = hashlib.sha256(bones.fractured.tobytes())
    for boxes in bones.boxes:
        expected.update(len(boxes).to_bytes(4, "big") + boxes.tobytes())
    expected.update(many.images.tobytes())
    assert told == expected.hexdigest()
    assert digest(replace(many, images=np.asfortranarray(many.images))) == told


def test_the_digest_follows_labels_boxes_and_pixels_not_names(bones: LabelledImages) -> None:
    fewer = replace(bones, boxes=(np.zeros((0, 4)),) * len(bones))
    relabelled = replace(bones, fractured=1 - bones.fractured)
    brighter = replace(bones, images=bones.images + 1)
    assert len({digest(one) for one in (bones, fewer, relabelled, brighter)}) == 4
    assert digest(replace(bones, names=("x",) * len(bones))) == digest(bones)
