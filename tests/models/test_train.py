"""Training learns, and a killed run ends where an undisturbed one does."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from models.architectures import build
from models.augment import AugmentSettings
from models.bundle import BundleCard, load_model, read_card, save_bundle
from models.calibrate import Calibration, Thresholds
from models.dataset import Batches, LabelledImages, subset
from models.errors import BundleError, TrainingDataError, TrainingDiverged
from models.evaluate import measure
from models.infer import run
from models.losses import UNKNOWN
from models.presets import Preset, Stage, find
from models.train import Checkpoint, DropoutSeeds, TrainOptions, epochs_done, seed_states, train
from tests.models.training_child import KILLED, SMALL, STAGES


def test_a_network_learns_drawn_fractures(bones: LabelledImages, tmp_path: Path) -> None:
    model = train(SMALL, bones, bones, TrainOptions(tmp_path))
    logit = run(model, bones.images)["logit"]
    assert measure(1 / (1 + np.exp(-logit)), bones.fractured, Thresholds(0.3, 0.7), replicates=20)["auroc"].value > 0.9


def test_a_killed_run_ends_where_an_undisturbed_one_does(bones: LabelledImages, tmp_path: Path) -> None:
    """Killed twice with SIGKILL. Batches and dropout are equal; on one machine so were the weights, to the last bit.

    1e-4 leaves room for threads that add up gradients in another order.
    """
    whole = train(KILLED, bones, bones, TrainOptions(tmp_path / "whole", stages=STAGES))
    parts = tmp_path / "parts"
    for epoch in (1, 4):
        kill_after(epoch, parts)
    assert 1 <= epochs_done(parts) < sum(stage.epochs for stage in STAGES), "the run ended before it was killed"
    resumed = train(KILLED, bones, bones, TrainOptions(parts, stages=STAGES))
    logs = sorted(path.name for path in (parts / "tensorboard" / "validation").iterdir())
    assert logs == [f"events.out.tfevents.{epoch:010d}.lucency" for epoch in range(7)]
    difference = max(
        float(np.abs(a - b).max()) for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True)
    )
    assert difference <= 1e-4


def kill_after(epoch: int, run_dir: Path) -> None:
    """Train in a child process and kill it once the checkpoint of `epoch` is there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.models.training_child", str(run_dir)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while epochs_done(run_dir) < epoch and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()


@pytest.mark.parametrize("preset", ["seed_b", "efficientnetv2_b0"])
def test_every_dropout_follows_from_seed_and_epoch(preset: str, tmp_path: Path) -> None:
    """In a network built anew and in the same one from disk, nested backbone included."""
    built = build(find(preset))
    built.save(tmp_path / "saved.keras")
    loaded = keras.models.load_model(tmp_path / "saved.keras")

    def begun(model: keras.Model, epoch: int) -> list[list[int]]:
        callback = DropoutSeeds(3)
        callback.set_model(model)
        callback.on_epoch_begin(epoch)
        return [keras.ops.convert_to_numpy(state).tolist() for state in seed_states(model)]

    dropouts = [layer for layer in built._flatten_layers() if isinstance(layer, keras.layers.Dropout)]
    first = begun(built, 4)
    assert len({tuple(state) for state in first}) == len(first) == len(dropouts) > 0
    assert begun(loaded, 4) == first
    assert not [state for state in begun(loaded, 5) if state in first]


def test_a_compiled_step_draws_by_the_state_that_was_set() -> None:
    """The same network, the same epoch, called twice: dropout leaves out the same; in another epoch it does not."""
    nested = keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.5)])
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Dense(1)(nested(inputs)))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    told: list[float] = []
    callbacks = [
        DropoutSeeds(3),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: told.append(logs["loss"])),
    ]
    values = np.random.default_rng(0).random((8, 64))
    for first in (0, 0, 1):
        model.fit(
            values, values[:, :1], initial_epoch=first, epochs=first + 1, callbacks=callbacks, shuffle=False, verbose=0
        )
    assert told[0] == told[1] != told[2]


def test_a_run_may_start_with_a_bundle_and_ends_with_the_mean(bones: LabelledImages, tmp_path: Path) -> None:
    """One step at a rate of nothing leaves the last round where it began: the mean is the bundle itself."""
    bundle = saved(tmp_path / "bundle", SMALL, seed=5)
    still = TrainOptions(tmp_path / "still", start=bundle, stages=(Stage(64, 1, restart=1e-12),))
    moved = TrainOptions(tmp_path / "moved", start=bundle, stages=(Stage(64, 1, restart=1e-3),))
    first = load_model(bundle, read_card(bundle)).get_weights()
    for one, other in zip(first, train(SMALL, bones, bones, still).get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    mean = train(SMALL, bones, bones, moved).get_weights()
    last = load_weights(moved.run_dir)
    assert not np.allclose(last[0], first[0], atol=1e-5)
    for start, end, middle in zip(first, last, mean, strict=True):
        np.testing.assert_allclose((start + end) / 2, middle, atol=1e-6)


def test_rounds_of_a_run_that_was_given_up_do_not_count(bones: LabelledImages, tmp_path: Path) -> None:
    """The first was killed before its first epoch ended: nothing of it is in the mean of the second."""
    bundle, run_dir = saved(tmp_path / "bundle", SMALL, seed=5), tmp_path / "run"
    run_dir.mkdir()
    keras.utils.set_random_seed(7)
    for epochs in (0, 4):
        build(SMALL).save_weights(run_dir / f"round-{epochs:04d}.weights.h5")
    still = TrainOptions(run_dir, start=bundle, stages=(Stage(64, 1, restart=1e-12),))
    first = load_model(bundle, read_card(bundle)).get_weights()
    for one, other in zip(first, train(SMALL, bones, bones, still).get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert [file.name for file in run_dir.glob("round-*")] == ["round-0000.weights.h5"]


def test_a_bundle_of_another_preset_is_no_start(bones: LabelledImages, tmp_path: Path) -> None:
    bundle = saved(tmp_path / "bundle", find("seed_a"), seed=5)
    with pytest.raises(BundleError, match="seed_a"):
        train(SMALL, bones, bones, TrainOptions(tmp_path / "run", start=bundle, stages=(Stage(64, 1),)))


def saved(folder: Path, preset: Preset, *, seed: int) -> Path:
    """An untrained network of the preset, as a bundle."""
    keras.utils.set_random_seed(seed)
    card = BundleCard(preset.name, "", preset.preprocess, Calibration(), Thresholds(0.3, 0.7))
    save_bundle(folder, build(preset), card)
    return folder


def load_weights(run_dir: Path) -> list[NDArray[np.float32]]:
    """The weights of a run's last checkpoint."""
    weights: list[NDArray[np.float32]] = keras.models.load_model(run_dir / "checkpoint-1.keras").get_weights()
    return weights


def test_a_diverged_epoch_is_told_and_leaves_the_one_before(bones: LabelledImages, tmp_path: Path) -> None:
    stages = (Stage(64, 1), Stage(64, 1, restart=1e38))
    with pytest.raises(TrainingDiverged, match="epoch 2"):
        train(SMALL, bones, bones, TrainOptions(tmp_path, stages=stages))
    assert epochs_done(tmp_path) == 1
    assert np.isfinite(load_weights(tmp_path)[0]).all()


def test_weights_that_broke_with_the_last_step_are_not_kept(tmp_path: Path) -> None:
    """The loss of the epoch is one of the steps before; what the last one left is seen on the validation images."""
    callback, model = Checkpoint(tmp_path), build(SMALL)
    callback.set_model(model)
    callback.on_epoch_end(0, {"loss": 0.3, "val_loss": float("nan")})
    assert model.stop_training
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_teaches_nothing(bones: LabelledImages, tmp_path: Path, label: float) -> None:
    alone = subset(bones, np.flatnonzero(bones.fractured == label))
    with pytest.raises(TrainingDataError, match="same label"):
        train(SMALL, alone, bones, TrainOptions(tmp_path))


def test_batches_repeat_themselves(bones: LabelledImages) -> None:
    def drawn(epoch: int) -> NDArray[np.float32]:
        return Batches(bones, side=64, batch=8, augment=AugmentSettings(rotation=10), seed=3, epoch=epoch)[2][0]

    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert not np.array_equal(drawn(0), drawn(1))


def test_positives_may_be_seen_twice(bones: LabelledImages) -> None:
    batches = Batches(bones, side=64, batch=8, augment=AugmentSettings(), positive_repeat=2)
    assert len(batches.order) == 72
    assert bones.fractured[batches.order].mean() == pytest.approx(2 / 3)


def test_boxes_on_what_is_not_fractured_teach_nothing(bones: LabelledImages) -> None:
    """Accepted as they are, they turn no label and heat no place."""
    boxed = replace(bones, boxes=(np.array([[8.0, 8, 24, 24]]),) * len(bones))
    targets = targets_of(boxed, AugmentSettings(flip=True))
    np.testing.assert_array_equal(targets["logit"][:, 0], bones.fractured)
    np.testing.assert_array_equal(targets["cells"].max(axis=(1, 2)), bones.fractured)


@pytest.mark.parametrize("augment", [None, AugmentSettings(flip=True)])
def test_a_fracture_that_nobody_placed_teaches_no_place(bones: LabelledImages, augment: AugmentSettings | None) -> None:
    boxes = tuple(np.zeros((0, 4)) if number == 1 else box for number, box in enumerate(bones.boxes))
    targets = targets_of(replace(bones, boxes=boxes), augment)
    assert targets["logit"][1] == 1
    assert (targets["cells"][1] == UNKNOWN).all()
    others = np.arange(len(bones)) != 1
    np.testing.assert_array_equal(targets["cells"][others], targets_of(bones, augment)["cells"][others])


@pytest.mark.parametrize("side", [64, 32])
@pytest.mark.parametrize("augment", [None, AugmentSettings(flip=True, shift=0.05)])
def test_a_box_outside_of_the_frame_places_nothing(
    bones: LabelledImages, augment: AugmentSettings | None, side: int
) -> None:
    """The fracture stays one: alone the box leaves it unplaced, beside another it changes nothing."""
    outside = np.array([[-30.0, 20, -2, 40], [20.0, 60, 40, 68]])
    boxes = list(bones.boxes)
    boxes[1], boxes[3] = outside, np.concatenate([outside, bones.boxes[3]])
    targets = targets_of(replace(bones, boxes=tuple(boxes)), augment, side)
    assert targets["logit"][1] == 1
    assert (targets["cells"][1] == UNKNOWN).all()
    others = np.arange(len(bones)) != 1
    for name, expected in targets_of(bones, augment, side).items():
        np.testing.assert_array_equal(targets[name][others], expected[others])


def test_a_fracture_that_nobody_placed_is_never_cut_away(bones: LabelledImages) -> None:
    """It would keep its label; every other image gets its close-ups as before."""
    boxes = tuple(np.zeros((0, 4)) if number == 1 else box for number, box in enumerate(bones.boxes))

    def drawn(data: LabelledImages, close_up: float) -> NDArray[np.float32]:
        batches = Batches(data, side=64, batch=len(data), augment=AugmentSettings(rotation=10, close_up=close_up))
        batches.order = np.arange(len(data))
        return batches[0][0]

    unplaced, others = drawn(replace(bones, boxes=boxes), 1.0), np.arange(len(bones)) != 1
    np.testing.assert_array_equal(unplaced[1], drawn(bones, 0.0)[1])
    np.testing.assert_array_equal(unplaced[others], drawn(bones, 1.0)[others])


def targets_of(data: LabelledImages, augment: AugmentSettings | None, side: int = 64) -> dict[str, NDArray[np.float32]]:
    """What a network with a map is taught of all images, in their order."""
    batches = Batches(data, side=side, batch=len(data), augment=augment, outputs=frozenset({"logit", "cells"}))
    batches.order = np.arange(len(data))
    return batches[0][1]
