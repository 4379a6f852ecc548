"""Run identity: what a training run is made of, kept in its folder, so that a later start goes on with the same."""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.dataset import LabelledImages
from models.errors import RunMismatch
from models.presets import Preset, Stage
from models.tell import Tell
from models.whole import whole

FILE = "run.json"
LONGEST = 60
"""Characters of a setting that are told when it differs."""
SETTINGS, PLACE = "settings", "place"
"""What must be equal for a run to go on, and what may change but may also change its last decimals."""


def identity(
    preset: Preset, stages: tuple[Stage, ...], data: tuple[LabelledImages, LabelledImages], **chosen: object
) -> dict[str, Any]:
    """The run's `settings` (preset, recipe, data, and what was `chosen`) and its `place` (versions)."""
    facts = asdict(preset)
    recipe = facts.pop("recipe") | {"stages": [asdict(stage) for stage in stages]}
    settings = {
        "preset": {name: facts[name] for name in ("name", "builder", "preprocess", "channels")},
        "recipe": recipe,
        "training_images": digest(data[0]),
        "validation_images": digest(data[1]),
        **chosen,
    }
    place = {"keras": keras.__version__, "tensorflow": tf.__version__, "python": platform.python_version()}
    return _plain({SETTINGS: settings, PLACE: place})


def digest(data: LabelledImages) -> str:
    """sha256 over labels, boxes and pixels in their order, not over names."""
    state = hashlib.sha256(data.fractured.tobytes())
    for boxes in data.boxes:
        state.update(len(boxes).to_bytes(4, "big") + boxes.tobytes())
    state.update(np.ravel(data.images).data)
    return state.hexdigest()


def keep(run_dir: Path, now: Mapping[str, Any], *, begun: bool, report: Tell) -> None:
    """Write the identity for a new run; compare it with that of a run that was begun.

    Raises RunMismatch that names what differs. Other versions or devices are told. A run without a record (from before
    there was one) goes on, and gets it.
    """
    file = run_dir / FILE
    if begun and file.exists():
        return _compare(json.loads(file.read_text(encoding="utf-8")), now, report)
    with whole(file) as draft:
        draft.write_text(json.dumps(now, indent=1), encoding="utf-8")
    return None


def _compare(then: Mapping[str, Any], now: Mapping[str, Any], report: Tell) -> None:
    if told := ", ".join(_differences(then[SETTINGS], now[SETTINGS])):
        raise RunMismatch(
            f"the run in this folder was begun with other settings: {told}; give the same ones to go on, or start "
            "another run with --run-dir"
        )
    for one in _differences(then[PLACE], now[PLACE]):
        report(f"this run was begun elsewhere ({one}); its last decimals may differ from those of an undisturbed run")


def _differences(then: object, now: object, name: str = "") -> Iterator[str]:
    """`recipe.batch was 16, is 32`, for each value that differs."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            yield from _differences(then.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif then != now:
        yield f"{name} differ" if name.endswith("_images") else f"{name} was {_short(then)}, is {_short(now)}"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: tuples as lists, paths as text."""
    plain: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return plain
