"""Drawing: turns path lengths through a limb into the values a digital detector would give."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.phantoms.anatomy import Limb
from core.phantoms.bones import Grid, Map, Passed, add_bone, add_flesh

# Linear attenuation per mm near 60 keV, beam hardening included; marrow: what its trabeculae add to the soft tissue.
CORTEX, MARROW, FLESH = 0.060, 0.007, 0.016
MARKED = "SYNTHETIC"


@dataclass(frozen=True, slots=True)
class Exposure:
    """How the picture is taken. All lengths in mm."""

    spacing: float
    border: float
    """Black collimated margin on every side."""
    noise: float
    """Standard deviation of the quantum noise where nothing is in the way, as a share of the signal."""
    blur: float
    """Unsharpness (standard deviation)."""
    seed: int


def grain(rng: np.random.Generator, shape: tuple[int, int], sigma: tuple[float, float]) -> Map:
    """Smooth noise of zero mean and unit deviation; `sigma` in pixels across columns and rows."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    rough = cv2.GaussianBlur(noise, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
    return np.asarray(rough / (rough.std() + 1e-6), np.float32)


def wide_blur(picture: Map, sigma: float) -> Map:
    """A Gaussian blur of many pixels, computed on every eighth."""
    rows, columns = picture.shape
    small = cv2.resize(picture, (columns // 8, rows // 8), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / 8)
    return np.asarray(cv2.resize(blurred, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def pass_through(limb: Limb, spacing: float) -> Passed:
    """Path lengths through every tissue, (rows, columns)."""
    shape = (round(limb.height / spacing), round(limb.width / spacing))
    grid, passed = Grid.of(*shape, spacing), Passed.through_air(shape)
    for flesh in limb.flesh:
        add_flesh(passed, grid, flesh)
    for bone in limb.bones.values():
        add_bone(passed, grid, spacing, bone)
    return passed


def trabeculae(rng: np.random.Generator, shape: tuple[int, int], spacing: float) -> Map:
    """A lattice running mostly along the limb, around 1."""
    fine = grain(rng, shape, (0.35 / spacing, 1.1 / spacing))
    coarse = grain(rng, shape, (1.2 / spacing, 3.0 / spacing))
    return np.asarray(np.clip(1 + 0.22 * fine + 0.14 * coarse, 0.2, 2), np.float32)


def attenuation(limb: Limb, exposure: Exposure, rng: np.random.Generator) -> Map:
    """Line integral of the attenuation, dimensionless."""
    passed = pass_through(limb, exposure.spacing)
    muscle = 1 + 0.012 * grain(rng, passed.shape, (1.5 / exposure.spacing, 9 / exposure.spacing))
    flesh = cv2.GaussianBlur(passed.flesh, (0, 0), 1.2 / exposure.spacing) * muscle
    lattice = trabeculae(rng, passed.shape, exposure.spacing)
    bone = CORTEX * passed.cortex + MARROW * lattice * passed.marrow
    return np.asarray(FLESH * flesh + bone, np.float32)


def expose(limb: Limb, exposure: Exposure) -> Map:
    """The logarithmic signal of the detector: 0 for free air, growing with what is in the way."""
    rng = np.random.default_rng(exposure.seed)
    through = np.exp(-attenuation(limb, exposure, rng))
    scatter = wide_blur(through, 18 / exposure.spacing)
    through = cv2.GaussianBlur(0.85 * through + 0.15 * scatter, (0, 0), exposure.blur / exposure.spacing)
    quanta = exposure.noise * np.sqrt(through) * grain(rng, through.shape[:2], (0.6, 0.6))
    return np.asarray(-np.log(np.clip(through + quanta, 1e-3, None)), np.float32)


def processed(signal: Map, spacing: float) -> Map:
    """As a workstation shows it, 0..1: edges lifted, the range of large areas drawn together."""
    large = wide_blur(signal, 22 / spacing)
    detail = signal - cv2.GaussianBlur(signal, (0, 0), 1.0 / spacing)
    flat = signal - 0.35 * large + 0.8 * detail
    low, high = np.percentile(flat, (1, 99.8))
    return np.asarray(np.clip((flat - low) / (high - low), 0, 1) * 0.93 + 0.04, np.float32)


def collimate(picture: Map, border: int) -> None:
    """Blacken the margin that the collimator covers, with a narrow penumbra."""
    open_field = np.zeros_like(picture)
    open_field[border:-border, border:-border] = 1
    picture *= cv2.GaussianBlur(open_field, (0, 0), 2.0)


def write(picture: Map, text: str, at: tuple[int, int], size: float) -> None:
    """Burn letters in at full brightness; `at` is the lower left corner (x, y), `size` the height in pixels."""
    ink = np.zeros(picture.shape, np.uint8)
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, size / 22, 250, max(1, round(size / 9)), cv2.LINE_AA)
    np.maximum(picture, ink.astype(np.float32) / 255, out=picture)


def draw(limb: Limb, exposure: Exposure, *, laterality: str) -> Map:
    """The finished picture, (rows, columns), 0 black to 1 white, marked with its side and as synthetic."""
    picture = processed(expose(limb, exposure), exposure.spacing)
    rows, columns = picture.shape
    border = round(exposure.border / exposure.spacing)
    collimate(picture, border)
    letter = 9 / exposure.spacing
    write(picture, laterality, (columns - border - round(1.6 * letter), border + round(1.8 * letter)), letter)
    write(picture, MARKED, (border + 8, rows - border - 12), 4.5 / exposure.spacing)
    return picture


def quantised(picture: Map, *, bits: int, inverted: bool) -> NDArray[np.uint16]:
    """As stored: integers of `bits` bits, turned over for MONOCHROME1 (PS3.3 C.7.6.3.1.2)."""
    top = 2**bits - 1
    values = np.rint(picture * top).astype(np.uint16)
    return np.asarray(top - values if inverted else values, np.uint16)
