"""What the heat map and the way from DICOM bytes cost, as ratios to the bare forward pass, side by side in one run.

`python -m tests.benchmarks.inference_bench`
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from core.intake.grayscale import tone
from core.intake.reader import read
from core.settings import Settings
from models.bundle import load_model, read_card
from models.gradcam import gradient_map, linear_map
from models.predictor import Predictor
from tests.factories import bone, dicom

ROUNDS = 40


def main() -> None:
    """Print the ratios of the shipped bundle."""
    bundle = Settings().bundle
    card = read_card(bundle)
    model, predictor = load_model(bundle, card), Predictor(bundle)
    side = card.preprocess.size
    grey = tf.constant(np.random.default_rng(0).integers(0, 256, (1, side, side, 1)), tf.float32)
    bare = keras.Model(model.input, model.output["logit"])
    film = a_film()
    ways = {
        "bare forward pass": as_graph(lambda images: bare(images, training=False), grey),
        "with the heat map (contraction)": as_graph(linear_map(model), grey),
        "with the heat map (gradient)": as_graph(gradient_map(model), grey),
        "from DICOM bytes to the answer": lambda: whole_way(film, predictor),
    }
    medians = side_by_side(ways)
    base = medians["bare forward pass"]
    print(f"{card.bundle_id}, one image of side {side}, medians of {ROUNDS} interleaved rounds")
    for name, seconds in medians.items():
        print(f"{name:<34} {seconds * 1000:7.1f} ms   {seconds / base:5.2f}x")


def as_graph(call: Callable[[Any], Any], grey: tf.Tensor) -> Callable[[], Any]:
    """The call as one compiled graph on a fixed input."""
    graph = tf.function(call)
    return lambda: graph(grey)


def whole_way(film: bytes, predictor: Predictor) -> None:
    """Decode, prepare, predict."""
    radiograph = read(film)
    predictor.predict([predictor.prepare(radiograph.pixels, tone(radiograph))])


def side_by_side(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of each, taken in turns, so that whatever else the machine does meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 3):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds[3:]) for name, seconds in taken.items()}


def a_film() -> bytes:
    """An uncompressed 2500x2048 12-bit DICOM radiograph."""
    return dicom(bone(2500, 2048))


if __name__ == "__main__":
    main()
