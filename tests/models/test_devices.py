"""Several devices learn what one learns; mixed precision learns too, and leaves weights that compute with all bits."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from models.augment import AugmentSettings
from models.dataset import LabelledImages, subset
from models.devices import BFLOAT16, FLOAT16, FLOAT32, automatic, choose
from models.presets import Recipe, Stage
from models.train import TrainOptions, train
from tests.models.training_child import SMALL

TWO_PROCESSORS = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from models.dataset import subset
from models.train import TrainOptions, train
from tests.models.bones import drawn_bones
from tests.models.test_devices import PLAIN

def trained(name, devices):
    options = TrainOptions(Path(sys.argv[1]) / name, devices=devices)
    bones = subset(drawn_bones(), np.arange(20))
    return train(PLAIN, bones, bones, options, report=print).get_weights()

one, two = trained("one", None), trained("two", ("CPU:0", "CPU:1"))
print(max(float(np.abs(a - b).max()) for a, b in zip(one, two, strict=True)))
"""

PLAIN = replace(
    SMALL,
    builder="seed_a",
    recipe=Recipe(
        stages=(Stage(64, 1), Stage(64, 1, restart=1e-3)), batch=16, optimizer="adamw", average=0.9, learning_rate=1e-3,
        augment=AugmentSettings(flip=True),
    ),
)  # fmt: skip


def test_two_devices_learn_what_one_learns(tmp_path: Path) -> None:
    """Two logical processors; averaged weights, a restart. Sums in another order: 1e-3 at steps of 1e-3 each."""
    done = subprocess.run(
        [sys.executable, "-c", TWO_PROCESSORS, str(tmp_path)], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *_, difference = done.stdout.split()
    assert "training on CPU:0, CPU:1 in float32" in done.stdout
    assert float(difference) < 1e-3


@pytest.mark.parametrize("precision", [BFLOAT16, FLOAT16])
def test_mixed_precision_leaves_a_network_of_all_bits(bones: LabelledImages, tmp_path: Path, precision: str) -> None:
    preset = replace(PLAIN, recipe=replace(PLAIN.recipe, stages=(Stage(64, 1),)))
    bones = subset(bones, np.arange(16))
    model = train(preset, bones, bones, TrainOptions(tmp_path / "mixed", precision=precision))
    assert {layer.compute_dtype for layer in model.layers} == {FLOAT32}
    assert keras.config.dtype_policy().name == FLOAT32
    checkpoint = keras.models.load_model(tmp_path / "mixed" / "checkpoint-1.keras", compile=False)
    assert checkpoint.get_layer("last_conv").dtype_policy.name == precision
    assert checkpoint.get_layer("logit").compute_dtype == FLOAT32
    assert all(np.isfinite(one).all() for one in model.get_weights())


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [([], FLOAT32), ([(6, 1)], FLOAT32), ([(7, 5)], FLOAT16), ([(9, 0)], BFLOAT16), ([(9, 0), (7, 0)], FLOAT16)],
)
def test_auto_takes_what_the_oldest_gpu_is_fast_at(capabilities: list[tuple[int, int]], precision: str) -> None:
    assert automatic(capabilities) == precision


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="one of float32"):
        choose("float8")
