"""Backbones: finds the ImageNet weights of a preset's backbone in a file or folder of them."""

from pathlib import Path
from typing import Literal

from models.errors import WeightsMissing
from models.presets import PRESETS, Preset

Weights = Path | Literal["imagenet"] | None
"""A file, Keras' own download, or none: random weights."""


def backbone_weights(preset: Preset, given: Path | None) -> Weights:
    """Where the backbone of `preset` gets its weights from.

    `given` is a file, a folder with files under the names of `Preset.backbone_files`, or None. A pretrained preset
    then lets Keras download; one that may also learn from scratch does so. Raises WeightsMissing when a pretrained
    preset finds nothing in `given`, or the file of another network.
    """
    if not preset.backbone_files or (given is None and not preset.pretrained):
        return None
    if given is None:
        return "imagenet"
    found = _in_folder(preset, given) if given.is_dir() else _as_file(preset, given)
    if found is None and preset.pretrained:
        raise WeightsMissing(
            f"the ImageNet weights of {preset.name} are not where LUCENCY_BACKBONE_WEIGHTS points; put "
            f"{' or '.join(preset.backbone_files)} there, or unset it and Keras downloads them"
        )
    return found


def provenance(preset: Preset, weights: Weights) -> str:
    """In words, for the card: where the training began."""
    if weights is None:
        return "random: trained from scratch"
    name = weights if isinstance(weights, str) else weights.name
    return f"ImageNet ({name})" if preset.backbone_files else "random: trained from scratch"


def _in_folder(preset: Preset, folder: Path) -> Path | None:
    return next((folder / name for name in preset.backbone_files if (folder / name).is_file()), None)


def _as_file(preset: Preset, file: Path) -> Path | None:
    """The file, unless it is missing or by its name another network's.

    A name that is nobody's is trusted for presets that need weights, and left alone by those that need none.
    """
    others = {name for row in PRESETS.values() for name in row.backbone_files} - set(preset.backbone_files)
    mine = file.name in preset.backbone_files or (preset.pretrained and file.name not in others)
    return file if mine and file.is_file() else None
