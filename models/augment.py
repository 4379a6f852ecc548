"""Augment: random changes a radiograph may undergo without changing its reading. Draws are apart from their use.

Geometry stays rigid enough to keep a fracture a fracture; tone and edges vary widely, because scanners differ in gamma,
contrast and edge enhancement far more than bones do.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
NO_BOXES = np.empty((0, 4))


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """Ranges to draw from; the defaults change nothing."""

    flip: bool = False
    """Mirror left-right with probability 1/2."""
    rotation: float = 0.0
    """Largest turn either way, in degrees."""
    zoom: float = 0.0
    """Largest change of size: factor between 1 - zoom and 1 + zoom."""
    shear: float = 0.0
    """Largest horizontal shear, in degrees."""
    shift: float = 0.0
    """Largest shift as a fraction of the side."""
    gamma: float = 0.0
    """Largest change of gamma, as its natural logarithm."""
    edges: float = 0.0
    """Probability of an unsharp mask, and half of it of a blur."""
    broadest: float = 4.0
    """Largest sigma of the unsharp mask, in pixels; scanners with multi-scale enhancement lift broad structures too."""
    curve: float = 0.0
    """Largest bend of the tone curve, -1..1: towards an S (film-like, steep in the middle) or away from it."""
    noise: float = 0.0
    """Probability of added grain."""
    clahe: float = 0.0
    """Probability of local contrast equalisation."""
    coarse: float = 0.0
    """Probability of passing through a lower resolution."""
    coarsest: float = 0.45
    """Lowest such resolution, as a fraction of the side."""
    erase: float = 0.0
    """Probability of one flat patch."""
    close_up: float = 0.0
    """Probability of a close-up: a part enlarged 1.2 to 2 times, half of them of an annotated place."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """What was drawn for one image: enough to repeat it exactly."""

    matrix: NDArray[np.float64]
    """`(2, 3)`, input pixels to augmented pixels, counted from the middle of the first one, as OpenCV does."""
    gamma: float
    unsharp: tuple[float, float]
    """Sigma in pixels and amount; amount 0 leaves it out, a negative one blurs."""
    noise: float
    """Standard deviation in grey levels."""
    noise_seed: int
    clahe: float
    coarse: float
    """Factor of the lower resolution, 1 leaves it out."""
    erase: tuple[int, int, int, int] | None
    """x, y, width, height of a patch set to the mean."""
    curve: float
    """Bend of the tone curve, 0 leaves it out."""


def draw(
    settings: AugmentSettings, size: int, random: np.random.Generator, boxes: NDArray[np.float64] = NO_BOXES
) -> Draw:
    """Draw one set of changes for an image of side `size`; `boxes` `(n, 4)` tell where a close-up is worth most."""
    return Draw(
        matrix=_draw_close_up(settings, _draw_matrix(settings, size, random), size, random, boxes),
        gamma=float(np.exp(random.uniform(-1, 1) * settings.gamma)),
        unsharp=_draw_unsharp(settings, random),
        noise=float(random.uniform(2, 12)) if random.random() < settings.noise else 0.0,
        noise_seed=int(random.integers(2**31)),
        clahe=float(random.uniform(1, 4)) if random.random() < settings.clahe else 0.0,
        coarse=float(random.uniform(settings.coarsest, 0.9)) if random.random() < settings.coarse else 1.0,
        erase=_draw_patch(settings, size, random),
        curve=float(random.uniform(-1, 1) * settings.curve),
    )


def apply(image: Image, drawn: Draw) -> Image:
    """The augmented copy of `(size, size)` uint8 grey; the border is black, as behind a collimator."""
    size = (image.shape[1], image.shape[0])
    out = np.asarray(cv2.warpAffine(image, drawn.matrix, size, flags=cv2.INTER_LINEAR, borderValue=0), np.uint8)
    out = _coarser(out, drawn.coarse)
    out = _sharpen(out, *drawn.unsharp)
    out = _retone(out, drawn)
    return _erase(_grain(out, drawn), drawn.erase)


def apply_to_boxes(boxes: NDArray[np.float64], drawn: Draw) -> NDArray[np.float64]:
    """Boxes `(n, 4)` as x0, y0, x1, y1, counted from the edge -> upright boxes around their moved corners."""
    corners = boxes.reshape(-1, 4)[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (n, 4 corners, 2)
    moved = (corners - 0.5) @ drawn.matrix[:, :2].T + drawn.matrix[:, 2] + 0.5
    return np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)


def _draw_matrix(settings: AugmentSettings, size: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Mirror, shear, turn and zoom about the centre, then shift."""
    angle = np.deg2rad(random.uniform(-1, 1) * settings.rotation)
    factor = 1 + random.uniform(-1, 1) * settings.zoom
    shear = np.tan(np.deg2rad(random.uniform(-1, 1) * settings.shear))
    mirror = -1.0 if settings.flip and random.random() < 0.5 else 1.0
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[mirror, shear], [0.0, 1.0]])
    centre = np.full(2, (size - 1) / 2)
    shift = random.uniform(-1, 1, 2) * settings.shift * size
    return np.column_stack([linear, centre - linear @ centre + shift])


def _draw_close_up(
    settings: AugmentSettings,
    matrix: NDArray[np.float64],
    size: int,
    random: np.random.Generator,
    boxes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """`matrix`, followed now and then by an enlargement about some place, which moves to near the middle."""
    if random.random() >= settings.close_up:
        return matrix
    factor, place = random.uniform(1.2, 2.0), random.uniform(0.2, 0.8, 2) * size
    if len(boxes) and random.random() < 0.5:
        x0, y0, x1, y1 = boxes[random.integers(len(boxes))]
        place = matrix[:, :2] @ np.array([(x0 + x1) / 2, (y0 + y1) / 2]) + matrix[:, 2]
    target = size * (0.5 + random.uniform(-0.25, 0.25, 2))
    closer = factor * matrix
    closer[:, 2] += target - factor * place
    return closer


def _draw_unsharp(settings: AugmentSettings, random: np.random.Generator) -> tuple[float, float]:
    """Sigma and amount of an unsharp mask, or a blur (amount -1), or nothing."""
    kind = random.random()
    sigma = float(np.exp(random.uniform(np.log(0.6), np.log(settings.broadest))))
    if kind < settings.edges:
        return sigma, float(random.uniform(0.3, 3.0))
    if kind < 1.5 * settings.edges:
        return min(sigma, 1.6), -1.0
    return sigma, 0.0


def _draw_patch(settings: AugmentSettings, size: int, random: np.random.Generator) -> tuple[int, int, int, int] | None:
    """x, y, width, height of a patch covering up to a quarter of each side."""
    if random.random() >= settings.erase:
        return None
    width, height = (int(v) for v in random.integers(size // 16, size // 4, 2))
    return int(random.integers(0, size - width)), int(random.integers(0, size - height)), width, height


def _coarser(image: Image, factor: float) -> Image:
    if factor >= 1:
        return image
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)


def _sharpen(image: Image, sigma: float, amount: float) -> Image:
    """`image + amount * (image - blurred)`: the edge enhancement of many scanners."""
    if amount == 0:
        return image
    blurred = cv2.GaussianBlur(image, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(image, 1 + amount, blurred, -amount, 0), np.uint8)


def _retone(image: Image, drawn: Draw) -> Image:
    if drawn.clahe:
        image = np.asarray(cv2.createCLAHE(drawn.clahe, (8, 8)).apply(image), np.uint8)
    tones = (np.arange(256) / 255) ** drawn.gamma
    tones += drawn.curve * (tones * tones * (3 - 2 * tones) - tones)  # towards the smoothstep curve, or away from it
    return np.asarray(cv2.LUT(image, np.rint(255 * tones).astype(np.uint8)), np.uint8)


def _grain(image: Image, drawn: Draw) -> Image:
    if not drawn.noise:
        return image
    grain = np.random.default_rng(drawn.noise_seed).normal(0, drawn.noise, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def _erase(image: Image, patch: tuple[int, int, int, int] | None) -> Image:
    if patch is None:
        return image
    x, y, width, height = patch
    out = image.copy()
    out[y : y + height, x : x + width] = int(image.mean())
    return out
