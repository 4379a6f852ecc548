"""Train: makes a bundle out of labelled images: network, calibration, operating points, card."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.errors import UnusableTrainingData
from core.services.cross_fit import Learned, cross_fitted
from core.services.labelled import LabelledFile, choose_split, load_split
from core.services.train_data import TrainData, check_learned, ready
from core.settings import Settings
from models.backbones import backbone_weights, provenance
from models.bundle import BundleCard, read_card, save_bundle
from models.calibrate import choose_thresholds, fit_calibration
from models.card import write
from models.dataset import LabelledImages
from models.errors import ModelError
from models.evaluate import measure
from models.gate import Gate, fit_gate
from models.infer import run
from models.presets import Preset, Stage, find
from models.tell import Tell
from models.train import TrainOptions, train
from models.tune_heat import full_heat, region_level

ENOUGH = 50
"""Training images from which on a bundle is told to be made for their region or view."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One training run."""

    data: Path
    """Labelled images, in any layout of `core.services.labelled`."""
    preset: str
    run_dir: Path
    """Folder of the checkpoint; a run that was killed goes on from it."""
    out: Path
    """Folder the bundle is written to."""
    seed: int = 0
    epochs: int | None = None
    """Instead of the preset's own stages, all at its full input side."""
    start: Path | None = None
    """Bundle of the same preset whose weights the run starts with: it then does the recipe's last round.

    It must have learned from the same images in the same splits, and not from `val`.
    """
    parts: int = 0
    """Learn from the validation split too, in so many parts; see `core.services.cross_fit`. It needs `start`."""
    gate: bool = True
    """Learn what lies outside of the intended use; a bundle without a gate takes every image."""
    accept: frozenset[str] = frozenset()
    """Findings of the data audit that shall not stop the training."""
    precision: str = "float32"
    """float32, mixed_bfloat16, mixed_float16, or auto: what the GPUs are fast at."""

    def stages(self, preset: Preset) -> tuple[Stage, ...]:
        """The preset's own, or its last round for a run that starts with a bundle; `epochs` all at the full side."""
        if self.start:
            *before, last = preset.recipe.last_round
            return (*before, last) if self.epochs is None else (replace(last, epochs=self.epochs),)
        return preset.recipe.stages if self.epochs is None else (Stage(preset.preprocess.size, self.epochs),)


def known_preset(name: str) -> Preset:
    """The preset of that name. Raises UnusableTrainingData that lists the names there are."""
    try:
        return find(name)
    except ModelError as error:
        raise UnusableTrainingData(f"{error}.") from error


def train_bundle(settings: Settings, request: TrainRequest, *, report: Tell) -> BundleCard:
    """Train, calibrate on the validation split, write the bundle.

    Raises UnusableTrainingData, also for an unknown preset, missing ImageNet weights, or weights to start with that
    may have learned this run's `val` or `test`.
    """
    try:
        return _train_bundle(settings, request, report)
    except ModelError as error:
        raise UnusableTrainingData(f"{error}.") from error


def _train_bundle(settings: Settings, request: TrainRequest, report: Tell) -> BundleCard:
    preset = find(request.preset)
    data = ready(request.data, request.run_dir, seed=request.seed, accepted=request.accept, report=report)
    if request.start:
        check_learned(read_card(request.start), data.labels_sha256)
    begin = beginning(preset, request, settings)
    report(f"weights to begin with: {begin}")
    learned, training = _learned(data.files, preset, request, settings, report)
    facts = training_facts(data, request, preset) | {"weights": begin}
    unsaved = make_card(preset, learned, facts)
    gate = _gate(learned, training, report) if request.gate else None
    card = save_bundle(request.out, learned.network, unsaved, gate)
    write(request.out, card)
    return card


def _gate(learned: Learned, training: LabelledImages, report: Tell) -> Gate:
    report("fitting the gate: what lies outside of the intended use")
    return fit_gate(learned.network, training.images, learned.held_out.images)


def _learned(
    files: Sequence[LabelledFile], preset: Preset, request: TrainRequest, settings: Settings, report: Tell
) -> tuple[Learned, LabelledImages]:
    """One network, or as many as there are parts and their mean; and the images of `train`, for the gate."""
    training, validation = (load_split(files, split, preset.preprocess, report) for split in ("train", "val"))

    def fit(taught: LabelledImages, unseen: LabelledImages, run_dir: Path) -> keras.Model:
        options = TrainOptions(
            run_dir,
            settings.backbone_weights,
            request.start,
            request.seed,
            request.stages(preset),
            request.precision,
        )
        return train(preset, taught, unseen, options, report=report)

    def fit_part(taught: LabelledImages, unseen: LabelledImages, part: int) -> keras.Model:
        return fit(taught, unseen, request.run_dir / f"part-{part + 1}")

    if request.parts:
        held = choose_split(files, "val")
        return cross_fitted(held, training, validation, request.parts, fit_part), training
    network = fit(training, validation, request.run_dir)
    return Learned(network, validation, run(network, validation.images)), training


def beginning(preset: Preset, request: TrainRequest, settings: Settings) -> str:
    """Where the weights come from, in words. Raises WeightsMissing."""
    if request.start:
        return read_card(request.start).bundle_id
    return provenance(preset, backbone_weights(preset, settings.backbone_weights))


def make_card(preset: Preset, learned: Learned, training: dict[str, Any]) -> BundleCard:
    """Calibration, operating points and heat scale, all from validation images that nothing was learned from."""
    outputs, validation = learned.outputs, learned.held_out
    calibration = fit_calibration(outputs["logit"], validation.fractured)
    probability = calibration.probability(outputs["logit"])
    thresholds = choose_thresholds(probability, validation.fractured)
    full = full_heat(outputs["cells"], validation.fractured)
    heat = np.clip(outputs["cells"] / full, 0, 1)
    figures = measure(probability, validation.fractured, thresholds)
    return BundleCard(
        preset=preset.name,
        weights_sha256="",
        preprocess=preset.preprocess,
        calibration=calibration,
        thresholds=thresholds,
        heat_full=full,
        region_level=region_level(heat, validation.boxes, validation.fractured, preset.preprocess.size),
        intended_use=training.pop("intended_use"),
        training=training,
        metrics={"val": {name: [one.value, one.low, one.high] for name, one in figures.items()}},
        licence=preset.licence,
    )


def training_facts(data: TrainData, request: TrainRequest, preset: Preset) -> dict[str, Any]:
    """What the card tells of the data and the run: counts, hash of the labels, audit, seed, stages, versions."""
    files = data.files
    return {
        "data": request.data.resolve().name,
        "labels_sha256": data.labels_sha256,
        "images": {split: len(choose_split(files, split)) for split in ("train", "val", "test")},
        "fractured": {
            split: sum(f.fractured for f in choose_split(files, split)) for split in ("train", "val", "test")
        },
        "audit": data.facts(request.accept),
        "seed": request.seed,
        **({"started_with": read_card(request.start).bundle_id} if request.start else {}),
        **({"cross_fit": request.parts} if request.parts else {}),
        "recipe": asdict(replace(preset.recipe, stages=request.stages(preset))),
        "keras": keras.__version__,
        "intended_use": {name: _common(files, name) for name in ("region", "view")},
    }


def _common(files: Sequence[LabelledFile], trait: str) -> list[str]:
    """Values of a trait that enough training images have; combinations count for each of their parts."""
    parts = Counter(
        part
        for file in choose_split(files, "train")
        for part in file.traits.get(trait, "").split("|")
        if part and part != "mixed"
    )
    return sorted(value for value, count in parts.items() if count >= ENOUGH)
