"""Train: teaches a preset on labelled images, stage by stage, and can go on after a kill."""

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from models.architectures import CLASSES, build
from models.backbones import backbone_weights
from models.bundle import load_model, read_card
from models.dataset import Batches, LabelledImages
from models.devices import FLOAT32, Place, choose, full_precision_outputs, placed
from models.errors import BundleError, TrainingDiverged
from models.history import HISTORY
from models.losses import CellFocal
from models.presets import Preset, Recipe, Stage
from models.progress import Progress
from models.run_identity import identity, keep
from models.tell import Tell
from models.training_log import TensorBoardLog
from models.whole import private_file, private_folder, whole

log = logging.getLogger(__name__)
Network: TypeAlias = keras.Model

STATE = "state.json"
"""Names the checkpoint that is whole."""
ROUND = "round-{}.weights.h5"
"""Weights at the end of a round, by the epochs behind it."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What one run may choose beside the preset."""

    run_dir: Path
    """Folder of the checkpoint, the history and the TensorBoard log."""
    backbone_weights: Path | None = None
    """File of ImageNet weights, or a folder of such files."""
    start: Path | None = None
    """Bundle whose weights the run starts with, instead of the backbone's ImageNet weights."""
    seed: int = 0
    stages: tuple[Stage, ...] | None = None
    """Instead of the recipe's own."""
    precision: str = FLOAT32
    """One of `models.devices.PRECISIONS`."""
    devices: tuple[str, ...] | None = None
    """Two or more, such as `("GPU:0", "GPU:1")`, instead of every GPU."""


def train(
    preset: Preset,
    training: LabelledImages,
    validation: LabelledImages,
    options: TrainOptions,
    *,
    report: Tell = log.info,
) -> keras.Model:
    """The trained network, in float32. Goes on from the checkpoint in `run_dir` when there is one.

    Raises TrainingDataError when a set holds one class only, BundleError when the bundle to start with is not one of
    the same preset, RunMismatch when the run in that folder was begun with other settings, TrainingDiverged when the
    loss is no number any more.
    """
    training.check()
    validation.check()
    keras.utils.set_random_seed(options.seed)
    private_folder(options.run_dir)
    (options.run_dir / HISTORY).touch(mode=0o600)
    place = choose(options.precision, options.devices)
    _keep_identity(preset, training, validation, options, place, report)
    with placed(place):
        model = _trained(preset, (training, validation), options, report)
    return model if place.precision == FLOAT32 else _in_float32(preset, model)


def _keep_identity(
    preset: Preset,
    training: LabelledImages,
    validation: LabelledImages,
    options: TrainOptions,
    place: Place,
    report: Tell,
) -> None:
    stages = options.stages or preset.recipe.stages
    start = read_card(options.start).bundle_id if options.start else None
    now = identity(preset, stages, (training, validation), seed=options.seed, start=start, precision=place.precision)
    now["place"]["devices"] = list(place.devices)
    keep(options.run_dir, now, begun=epochs_done(options.run_dir) > 0, report=report)
    report(f"training on {place}")


def _trained(
    preset: Preset, data: tuple[LabelledImages, LabelledImages], options: TrainOptions, report: Tell
) -> keras.Model:
    """All stages that are still to be done, one after the other."""
    training, stages = data[0], options.stages or preset.recipe.stages
    progress = Progress(stages, _seen(training, preset.recipe), preset.recipe.batch, report)
    for number, stage in enumerate(stages):
        first = sum(before.epochs for before in stages[:number])
        done = max(epochs_done(options.run_dir), first)
        if done < first + stage.epochs:
            report(f"stage {number + 1}: side {stage.side}, epochs {done + 1} to {first + stage.epochs}")
            fresh = done == 0 or (done == first and stage.restart)
            model = _begin(preset, training, options, stages[number:]) if fresh else _resume(options.run_dir, done)
            _fit(model, preset, data, options, stage, (done, first + stage.epochs), progress)
    model = _finished(options.run_dir, preset.recipe)
    return mean_of_rounds(model, options.run_dir) if preset.recipe.mean_of_rounds else model


def _in_float32(preset: Preset, model: keras.Model) -> keras.Model:
    """The same weights in a network that computes with all bits: what a bundle keeps."""
    whole = build(preset)
    whole.set_weights(model.get_weights())
    return whole


def mean_of_rounds(model: keras.Model, run_dir: Path) -> keras.Model:
    """The model with the mean of its weights and those at the end of each round before (Izmailov 2018)."""
    rounds = [model.get_weights()]
    for file in sorted(run_dir.glob(ROUND.format("*"))):
        _without_optimizer(model).load_weights(file)
        rounds.append(model.get_weights())
    model.set_weights(_mean(rounds))
    return model


def mean_of(networks: Sequence[Network]) -> Network:
    """The last of these networks of one preset, now with the mean of their weights (Wortsman 2022)."""
    networks[-1].set_weights(_mean([network.get_weights() for network in networks]))
    return networks[-1]


def _mean(weights: Sequence[list[NDArray[np.float32]]]) -> list[NDArray[np.float32]]:
    return [np.mean(together, axis=0) for together in zip(*weights, strict=True)]


def epochs_done(run_dir: Path) -> int:
    """Epochs behind the run in this folder: 0 before the first checkpoint."""
    state = run_dir / STATE
    return int(json.loads(state.read_text())["epochs_done"]) if state.exists() else 0


def _begin(preset: Preset, training: LabelledImages, options: TrainOptions, stages: tuple[Stage, ...]) -> keras.Model:
    """The network at the begin of a round, with a fresh optimizer: new, or with the last round's weights."""
    restart = epochs_done(options.run_dir) > 0
    model = _finished(options.run_dir, preset.recipe) if restart else _first(preset, options)
    if not restart:
        _forget_rounds(options.run_dir)
    if restart or options.start:
        _keep_round(model, options.run_dir)
    epochs = sum(stage.epochs for stage in takewhile(lambda s: s is stages[0] or not s.restart, stages))
    rate = stages[0].restart or preset.recipe.learning_rate
    _compile(full_precision_outputs(model), preset.recipe, rate, steps=epochs * _steps(training, preset.recipe))
    return model


def _first(preset: Preset, options: TrainOptions) -> keras.Model:
    """The network before its first epoch: ImageNet's weights in the backbone, or all weights of a bundle."""
    if options.start is None:
        return build(preset, backbone_weights(preset, options.backbone_weights))
    card = read_card(options.start)
    if card.preset != preset.name:
        raise BundleError(f"the bundle to start with is a {card.preset}; train that preset, or start without it")
    model = build(preset)
    model.set_weights(load_model(options.start, card).get_weights())
    return model


def _keep_round(model: keras.Model, run_dir: Path) -> None:
    """Keep the weights a round ended with; named by the epochs behind it, so that a killed run writes the same file."""
    weights = run_dir / ROUND.format(f"{epochs_done(run_dir):04d}")
    private_file(weights)
    _without_optimizer(model).save_weights(weights)


def _forget_rounds(run_dir: Path) -> None:
    """Delete what rounds of a run left that was given up in the same folder: a new run's mean is of its own rounds."""
    for file in run_dir.glob(ROUND.format("*")):
        file.unlink()


def _without_optimizer(model: keras.Model) -> keras.Model:
    """The same layers, whose weights are then all there is to save or load."""
    return keras.Model(model.input, model.output, name=model.name)


def _resume(run_dir: Path, done: int) -> keras.Model:
    """The model as the checkpoint left it. Each stage begins here too, so that a killed run takes the same way."""
    return keras.models.load_model(run_dir / f"checkpoint-{done}.keras")


def _finished(run_dir: Path, recipe: Recipe) -> keras.Model:
    """The last checkpoint, with the averaged weights where the recipe averages them."""
    model = _resume(run_dir, epochs_done(run_dir))
    if recipe.average:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def _steps(training: LabelledImages, recipe: Recipe) -> int:
    """Optimizer steps of an epoch."""
    return math.ceil(_seen(training, recipe) / recipe.batch)


def _seen(training: LabelledImages, recipe: Recipe) -> int:
    """Images of an epoch, repeats counted."""
    return len(training) + (recipe.positive_repeat - 1) * int(training.fractured.sum())


def _compile(model: keras.Model, recipe: Recipe, rate: float, *, steps: int) -> None:
    losses: dict[str, Any] = {"logit": keras.losses.BinaryCrossentropy(from_logits=True)}
    if CLASSES in model.output:
        losses = {CLASSES: keras.losses.SparseCategoricalCrossentropy()}
    weights = dict.fromkeys(losses, 1.0)
    if "cells" in model.output:
        losses["cells"], weights["cells"] = CellFocal(), recipe.box_weight
    metrics = {
        "logit": [keras.metrics.AUC(from_logits=True, name="auroc"), keras.metrics.BinaryAccuracy(threshold=0.0)]
    }
    model.compile(_optimizer(recipe, rate, steps), losses, loss_weights=weights, metrics=metrics, jit_compile=False)


def _optimizer(recipe: Recipe, rate: float, steps: int) -> keras.optimizers.Optimizer:
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    warmup = max(1, steps // 20)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 20, max(1, steps - warmup), warmup_target=rate, warmup_steps=warmup, alpha=0.01
    )
    return keras.optimizers.AdamW(
        schedule,
        weight_decay=recipe.weight_decay,
        clipnorm=1.0,
        use_ema=recipe.average > 0,
        ema_momentum=recipe.average or 0.99,
    )


def _fit(
    model: keras.Model,
    preset: Preset,
    data: tuple[LabelledImages, LabelledImages],
    options: TrainOptions,
    stage: Stage,
    epochs: tuple[int, int],
    progress: Progress,
) -> None:
    recipe, outputs = preset.recipe, frozenset(model.output)
    batches = Batches(
        data[0],
        side=stage.side,
        batch=recipe.batch,
        augment=stage.augment or recipe.augment,
        positive_repeat=recipe.positive_repeat,
        outputs=outputs,
        seed=options.seed,
        epoch=epochs[0],
    )
    check = Batches(data[1], side=stage.side, batch=recipe.batch, outputs=outputs)
    model.fit(
        batches,
        validation_data=check,
        shuffle=False,  # the batches shuffle themselves, from the seed; Keras would from the state of the process
        initial_epoch=epochs[0],
        epochs=epochs[1],
        callbacks=[DropoutSeeds(options.seed), *_callbacks(recipe, options.run_dir), progress],
        verbose=0,
    )
    if (done := epochs_done(options.run_dir)) < epochs[1]:
        raise TrainingDiverged(
            f"the training diverged in epoch {done + 1}: its loss is no number any more. Look for faults in the data "
            "(train --check), train in float32, or lower the preset's learning rate; then begin anew with --run-dir. "
            "The checkpoint of the epoch before is kept"
        )


def _callbacks(recipe: Recipe, run_dir: Path) -> list[keras.callbacks.Callback]:
    callbacks: list[keras.callbacks.Callback] = [
        TensorBoardLog(run_dir / "tensorboard"),
        Checkpoint(run_dir),
        keras.callbacks.CSVLogger(run_dir / HISTORY, append=True),
    ]
    if recipe.average:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    return callbacks


class DropoutSeeds(keras.callbacks.Callback):
    """Begins each epoch with random states of its own in every dropout: a checkpoint keeps none of them."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set each state to what follows from the seed, the epoch and its place in the network."""
        for number, state in enumerate(seed_states(self.model)):
            state.assign(np.random.SeedSequence((self.seed, epoch, number)).generate_state(2))


def seed_states(model: keras.Model) -> list[keras.Variable]:
    """The states of all seed generators, those of nested networks included: what is variable but no weight."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class Checkpoint(keras.callbacks.Callback):
    """Saves weights and optimizer after each epoch; the state file names the one that is whole.

    An epoch whose loss is no number ends the training instead, and the checkpoint before it stays.
    """

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self.run_dir = run_dir

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the new checkpoint, then point to it, then drop the one before; or stop."""
        told = logs or {}
        if not all(math.isfinite(told[name]) for name in ("loss", "val_loss") if name in told):
            self.model.stop_training = True
            return
        checkpoint = self.run_dir / f"checkpoint-{epoch + 1}.keras"
        private_file(checkpoint)
        self.model.save(checkpoint)
        with whole(self.run_dir / STATE) as draft:
            draft.write_text(json.dumps({"epochs_done": epoch + 1}))
        (self.run_dir / f"checkpoint-{epoch}.keras").unlink(missing_ok=True)
