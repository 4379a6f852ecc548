"""Predictor: reads images with a bundle: probability, answer, heat map and regions of a batch in one graph call."""

import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bundle import BundleCard, load_gate, load_model, read_card
from models.errors import BundleError
from models.features import STATISTICS
from models.gradcam import GRADIENT, LINEAR
from models.heat import HeatFrame, peak, regions, spread
from models.infer import graph
from models.prediction import Prediction
from models.preprocess import Array, Prepared, Tone, prepare

GRADIENT_LEVEL = 0.7
"""Where a region ends in a map by gradient; of `tune_heat.LEVELS` the best on FracAtlas' `val`."""


class Predictor:
    """A loaded bundle. Thread-safe. Raises BundleError when the bundle is missing or damaged.

    `heat_map` is LINEAR, or GRADIENT for a gradient-based Grad-CAM of the same network (`models.gradcam`). A network
    without cell logits has the gradient only, and its card is made for that.
    """

    def __init__(self, bundle: Path, heat_map: str = LINEAR) -> None:
        self.card: BundleCard = read_card(bundle)
        self._lock = threading.Lock()
        self._model = load_model(bundle, self.card)
        self._gate = load_gate(bundle, self.card)
        self._show(heat_map)

    def _show(self, heat_map: str) -> None:
        self._graph = graph(self._model, self.card.preprocess.size, heat_map)
        self.other_map = heat_map == GRADIENT and "cells" in self._model.output
        """Whether the map is another than the one the card describes."""

    def by_gradient(self) -> "Predictor":
        """The same loaded network with its map by a gradient."""
        other = copy(self)
        other._show(GRADIENT)
        return other

    @property
    def bundle_id(self) -> str:
        """Preset and the first eight digits of the weights' sha256; `+gradient` where the map is not the card's."""
        return f"{self.card.bundle_id}+{GRADIENT}" if self.other_map else self.card.bundle_id

    def prepare(self, pixels: Array, tone: Tone | None = None, *, aspect: float = 1.0) -> Prepared:
        """Network input of one image; see `models.preprocess.prepare`. Needs no lock."""
        return prepare(pixels, self.card.preprocess, tone, aspect=aspect)

    def predict(self, prepared: Sequence[Prepared]) -> list[Prediction]:
        """One prediction per input, in order, from one graph call. Raises BundleError for one that is no number."""
        if not prepared:
            return []
        images = np.stack([item.image for item in prepared])
        with self._lock:
            outputs = self._graph(images)
        probability = self.card.calibration.probability(outputs["logit"])
        rows = zip(prepared, probability, outputs["cells"], outputs[STATISTICS], strict=True)
        return [self._judged(self._prediction(item, said, cells), item, pooled) for item, said, cells, pooled in rows]

    def _judged(self, said: Prediction, item: Prepared, pooled: NDArray[np.float32]) -> Prediction:
        """The prediction with what the gate says of the image."""
        if self._gate is None:
            return said
        distance = float(self._gate.distances(pooled[None])[0])
        return replace(said, outside=self._gate.reason(item, distance))

    def _prediction(self, item: Prepared, probability: float, cells: NDArray[np.float32]) -> Prediction:
        if not np.isfinite(probability):
            raise BundleError("the network answers with no number: its weights are damaged; fetch the bundle again")
        answer = self.card.thresholds.answer(float(probability))
        full, level = (1.0, GRADIENT_LEVEL) if self.other_map else (self.card.heat_full, self.card.region_level)
        heat = np.clip(cells / full, 0, 1).astype(np.float32)
        frame = HeatFrame(item.geometry, self.card.preprocess.size, heat.shape[0])
        return Prediction(
            probability=float(probability),
            answer=answer,
            heat_map=spread(heat, frame),
            peak=peak(cells, frame),
            regions=() if answer == "none" else regions(heat, frame, level=level),
        )
