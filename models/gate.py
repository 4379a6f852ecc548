"""Gate: tells whether an image is one the network was made for, and if not, why.

First the picture itself: too small, without contrast, mostly white, mostly one flat tone. Then how far its features
lie from those of the training images: the Mahalanobis distance (Lee 2018) under probabilistic principal components
(Tipping & Bishop 1999), fitted on the training split as it is and as another scanner could have shown it, so that edge
enhancement, grain or another gamma is no reason to turn an image away. The limit is chosen on the validation split.
"""

import io
from dataclasses import dataclass, replace

import keras
import numpy as np
from numpy.typing import NDArray

from models.augment import AugmentSettings, apply, draw
from models.features import STATISTICS
from models.infer import Graph, graph
from models.preprocess import Prepared

Floats = NDArray[np.floating]
Images = NDArray[np.uint8]

TOO_SMALL, NO_CONTRAST, OVER_EXPOSED, CUT_OFF, UNLIKE = "too_small", "no_contrast", "over_exposed", "cut_off", "unlike"
REASONS = (TOO_SMALL, NO_CONTRAST, OVER_EXPOSED, CUT_OFF, UNLIKE)
"""In the order they are tried; the first that holds is told."""
SHORTEST_SIDE, LONGEST_SIDE = 64, 128
"""Pixels an image's sides need at least."""
LEAST_CONTRAST = 0.06
"""Brightness, of 0..1, between an image's dark and bright parts; FracAtlas' training images have at least 0.33."""
MOST_WHITE = 0.25
"""Share of plain white; at most 0.003 in those."""
MOST_FLAT = 0.85
"""Share of one tone other than black; at most 0.77 in those."""
COMPONENTS = 64
OTHER_SCANNERS = AugmentSettings(
    flip=True, rotation=45, zoom=0.3, shear=5, shift=0.08, gamma=0.6, edges=0.6, noise=0.3, clahe=0.3, coarse=0.4,
    close_up=0.25,
)  # fmt: skip
"""How else an image that belongs here may look: wider than what the network is trained with."""
FALSE_ALARMS, FALSE_ALARMS_ELSEWHERE = 0.01, 0.025
"""Share of validation images that may be turned away: as they are, and as another scanner could have shown them."""
OTHER_VIEWS = 3
"""How many altered copies of each validation image tell that share."""
BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Where the features of training images lie, and how far from there an image may be."""

    mean: NDArray[np.float32]
    """`(features,)`."""
    scale: NDArray[np.float32]
    """`(features,)`, their deviations."""
    axes: NDArray[np.float32]
    """`(components, features)`, orthonormal, of the scaled features."""
    variances: NDArray[np.float32]
    """`(components,)`, along the axes."""
    rest: float
    """Variance in every other direction."""
    limit: float = 1.0
    """Largest squared distance of an image that belongs here."""

    def distances(self, statistics: Floats) -> NDArray[np.float64]:
        """`(n, features)` -> `(n,)`: squared distances as shares of the limit; above 1 lies outside."""
        scaled = (np.asarray(statistics, np.float64) - self.mean) / self.scale
        along = scaled @ self.axes.T.astype(np.float64)
        beside = np.maximum((scaled**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        squared: NDArray[np.float64] = (along**2 / self.variances).sum(axis=1) + beside / self.rest
        return squared / self.limit

    def reason(self, prepared: Prepared, distance: float) -> str:
        """The first of REASONS that holds for an image at this distance; empty when it belongs here."""
        sides, seen = (prepared.geometry.rows, prepared.geometry.columns), prepared.exposure
        holds = (
            min(sides) < SHORTEST_SIDE or max(sides) < LONGEST_SIDE,
            seen.contrast < LEAST_CONTRAST,
            seen.white > MOST_WHITE,
            seen.flat > MOST_FLAT,
            distance > 1,
        )
        return next((name for name, true in zip(REASONS, holds, strict=True) if true), "")


def fit_gate(model: keras.Model, training: Images, validation: Images) -> Gate:
    """The gate of a network: `training` and `validation` are `(n, side, side)` as the network sees them.

    The network sees the training images twice, as they are and altered by OTHER_SCANNERS (seeded); the validation
    images as they are and OTHER_VIEWS times altered.
    """
    call = graph(model, training.shape[1])
    known = [pooled(call, training), pooled(call, training, altered=(0, 0))]
    gate = spanned(np.concatenate(known))
    here = gate.distances(pooled(call, validation))
    views = [pooled(call, validation, altered=(0, number)) for number in range(1, OTHER_VIEWS + 1)]
    elsewhere = gate.distances(np.concatenate(views))
    limits = np.quantile(here, 1 - FALSE_ALARMS), np.quantile(elsewhere, 1 - FALSE_ALARMS_ELSEWHERE)
    return replace(gate, limit=float(max(limits)))


def pooled(call: Graph, images: Images, *, altered: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """The statistics `(n, features)` of all images, batch by batch; altered ones when a seed is given."""
    parts = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        if altered is not None:
            batch = np.stack([_altered(image, (*altered, start + place)) for place, image in enumerate(batch)])
        parts.append(call(batch)[STATISTICS])
    return np.concatenate(parts)


def spanned(statistics: Floats) -> Gate:
    """Mean, scale and principal components of `(n, features)`, with the limit still open."""
    mean, scale = statistics.mean(axis=0), np.maximum(statistics.std(axis=0), 1e-6)
    _, strengths, axes = np.linalg.svd((statistics - mean) / scale, full_matrices=False)
    variances = strengths**2 / len(statistics)
    kept = min(COMPONENTS, len(variances) - 1)
    rest = max(float(variances[kept:].sum()) / max(statistics.shape[1] - kept, 1), 1e-3)
    single = [part.astype(np.float32) for part in (mean, scale, axes[:kept], np.maximum(variances[:kept], rest))]
    return Gate(single[0], single[1], single[2], single[3], rest)


def _altered(image: Images, seed: tuple[int, ...]) -> Images:
    return apply(image, draw(OTHER_SCANNERS, image.shape[0], np.random.default_rng(seed)))


def packed(gate: Gate) -> bytes:
    """The gate as a compressed NumPy archive; its axes in half precision."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        mean=gate.mean,
        scale=gate.scale,
        axes=gate.axes.astype(np.float16),
        variances=gate.variances,
        rest=np.array(gate.rest),
        limit=np.array(gate.limit),
    )
    return out.getvalue()


def unpacked(content: bytes) -> Gate:
    """The gate of such an archive. Raises ValueError, KeyError or OSError when it is none."""
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        single = [held[name].astype(np.float32) for name in ("mean", "scale", "axes", "variances")]
        return Gate(single[0], single[1], single[2], single[3], float(held["rest"]), float(held["limit"]))
