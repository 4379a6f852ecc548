"""Bones: how much cortex, marrow and soft tissue an X-ray passes through at every point of a drawn limb."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Point = tuple[float, float]
Knots = tuple[tuple[float, float], ...]
"""(position along the axis 0..1, value in mm), joined smoothly."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A piece of the picture: coordinates in mm of every pixel centre, both (rows, columns)."""

    x: Map
    y: Map

    @staticmethod
    def of(rows: int, columns: int, spacing: float) -> "Grid":
        """The whole picture, origin at its top left corner, `spacing` in mm."""
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        return Grid(np.float32(spacing) * (x + 0.5), np.float32(spacing) * (y + 0.5))

    def cut(self, rows: slice, columns: slice) -> "Grid":
        """A rectangle of this grid."""
        return Grid(self.x[rows, columns], self.y[rows, columns])


@dataclass(frozen=True, slots=True)
class Fracture:
    """A break across a shaft; the fragment beyond it is moved as one piece."""

    at: float
    """Position along the axis, 0..1."""
    slope: float = 0.0
    """Run along the axis in mm per mm across: 0 is transverse, 1.5 oblique."""
    gap: float = 0.5
    """Width of the lucent line in mm."""
    shift: float = 0.0
    """Displacement of the far fragment across the axis, in mm."""
    shorten: float = 0.0
    """Overriding of the fragments along the axis, in mm."""
    angle: float = 0.0
    """Tilt of the far fragment, in degrees."""
    ragged: float = 0.6
    """Height of the teeth of the fracture line, in mm."""
    depth: float = 1.0
    """Share of the bone the line goes through: below 1 it is a fissure."""


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone as a tube around a straight axis: outlines left and right of it, and how thick its cortex is.

    Left and right are the picture's when the axis runs downwards.
    """

    start: Point
    end: Point
    left: Knots
    right: Knots
    cortex: Knots
    cap: float = 4.0
    """Length of the rounding of both ends, in mm."""
    fracture: Fracture | None = None

    @property
    def length(self) -> float:
        """Of the axis, in mm."""
        return float(np.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]))


@dataclass(frozen=True, slots=True)
class Flesh:
    """Soft tissue as a tapered cylinder: half its width and half its depth along a straight axis, in mm."""

    start: Point
    end: Point
    half_width: Knots
    half_depth: Knots
    cap: float = 0.01


@dataclass(slots=True)
class Passed:
    """Path lengths through the limb in mm, each (rows, columns)."""

    cortex: Map
    marrow: Map
    flesh: Map
    shape: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.shape = (int(self.flesh.shape[0]), int(self.flesh.shape[1]))

    @staticmethod
    def through_air(shape: tuple[int, int]) -> "Passed":
        """Nothing in the way."""
        return Passed(*(np.zeros(shape, np.float32) for _ in range(3)))


def as_map(values: NDArray[np.floating]) -> Map:
    """The same in single precision."""
    return values.astype(np.float32, copy=False)


def smooth_curve(knots: Knots, position: Map) -> Map:
    """The knots' values at `position` (0..1, clipped), rounded so that no corner shows."""
    fine = np.linspace(0, 1, 401, dtype=np.float32)
    where, value = np.array(knots, np.float32).T
    line = np.interp(fine, where, value).astype(np.float32)[None, :]
    rounded = cv2.GaussianBlur(line, (0, 0), 9, borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(np.interp(position, fine, rounded), np.float32)


def along_axis(grid: Grid, start: Point, end: Point) -> tuple[Map, Map]:
    """Coordinates in mm along the axis from `start`, and across it.

    Across is positive to the right in the picture when the axis runs downwards.
    """
    way = np.array(end, np.float32) - np.array(start, np.float32)
    way /= np.hypot(*way)
    dx, dy = grid.x - np.float32(start[0]), grid.y - np.float32(start[1])
    return dx * way[0] + dy * way[1], dx * way[1] - dy * way[0]


def rounded_ends(along: Map, length: float, cap: float) -> Map:
    """0 beyond both ends, 1 in the middle, and a round transition of `cap` mm."""
    inside = np.clip(np.minimum(along, length - along) / np.float32(cap), 0, 1)
    return np.asarray((1 - (1 - inside) ** 2.4) ** (1 / 2.4), np.float32)


def chord(half: Map, off: Map) -> Map:
    """Way through a cylinder of radius `half` at distance `off` from its axis."""
    return np.asarray(2 * np.sqrt(np.maximum(half * half - off * off, 0)), np.float32)


def tube(bone: Bone, along: Map, across: Map) -> tuple[Map, Map]:
    """Cortex and marrow passed in mm at points given along and across the axis."""
    position = along / np.float32(bone.length)
    ends = rounded_ends(along, bone.length, bone.cap)
    left, right = smooth_curve(bone.left, position) * ends, smooth_curve(bone.right, position) * ends
    half, off = as_map((left + right) / 2), as_map(across - (right - left) / 2)
    marrow = chord(as_map(np.maximum(half - smooth_curve(bone.cortex, position), 0)), off)
    return chord(half, off) - marrow, marrow


def beyond_fracture(fracture: Fracture, length: float, along: Map, across: Map) -> Map:
    """Distance in mm beyond the ragged fracture line, negative before it."""
    teeth = np.sin(across * 2.1) + 0.6 * np.sin(across * 4.7 + 1.0) + 0.3 * np.sin(across * 9.1 + 2.0)
    line = fracture.at * length + fracture.slope * across + fracture.ragged * 0.5 * teeth
    return np.asarray(along - line, np.float32)


def far_fragment(fracture: Fracture, length: float, along: Map, across: Map) -> tuple[Map, Map]:
    """Where each point lay before the far fragment was tilted, shifted and driven in."""
    pivot, angle = np.float32(fracture.at * length), np.deg2rad(np.float32(fracture.angle))
    u, v = along - pivot + fracture.shorten, across - fracture.shift
    return u * np.cos(angle) + v * np.sin(angle) + pivot, v * np.cos(angle) - u * np.sin(angle)


SOFTNESS = 0.12
"""Half the width of an edge in mm; the whole is about that of a detector element."""


def soft_step(distance: Map) -> Map:
    """0 below zero, 1 above, with a soft edge."""
    return np.asarray(np.clip(distance / np.float32(2 * SOFTNESS) + 0.5, 0, 1), np.float32)


def pass_bone(bone: Bone, along: Map, across: Map) -> tuple[Map, Map]:
    """Cortex and marrow passed in mm, the fracture included."""
    cortex, marrow = tube(bone, along, across)
    if bone.fracture is None:
        return cortex, marrow
    broken = bone.fracture
    near = soft_step(-beyond_fracture(broken, bone.length, along, across) - broken.gap / 2)
    moved = far_fragment(broken, bone.length, along, across)
    far = soft_step(beyond_fracture(broken, bone.length, *moved) - broken.gap / 2)
    far_cortex, far_marrow = tube(bone, *moved)
    whole = 1 - broken.depth
    return (
        broken.depth * (cortex * near + far_cortex * far) + whole * cortex,
        broken.depth * (marrow * near + far_marrow * far) + whole * marrow,
    )


def reach(points: tuple[Point, Point], margin: float, spacing: float, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the box around an axis, widened by `margin` mm and cut to the picture."""
    (x0, y0), (x1, y1) = points
    top, bottom = (min(y0, y1) - margin) / spacing, (max(y0, y1) + margin) / spacing
    first, last = (min(x0, x1) - margin) / spacing, (max(x0, x1) + margin) / spacing
    rows, columns = np.clip([top, bottom], 0, shape[0]), np.clip([first, last], 0, shape[1])
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


def add_bone(passed: Passed, grid: Grid, spacing: float, bone: Bone) -> None:
    """Lay a bone into the way: what lies over each other adds up."""
    margin = max(value for _, value in bone.left + bone.right) + 25
    box = reach((bone.start, bone.end), margin, spacing, passed.shape)
    cortex, marrow = pass_bone(bone, *along_axis(grid.cut(*box), bone.start, bone.end))
    passed.cortex[box] += cortex
    passed.marrow[box] += marrow


def add_flesh(passed: Passed, grid: Grid, flesh: Flesh) -> None:
    """Lay soft tissue around: overlapping parts are one body, so the thickest counts."""
    along, across = along_axis(grid, flesh.start, flesh.end)
    length = float(np.hypot(flesh.end[0] - flesh.start[0], flesh.end[1] - flesh.start[1]))
    position = along / np.float32(length)
    ends = rounded_ends(along, length, flesh.cap)
    half, depth = smooth_curve(flesh.half_width, position) * ends, smooth_curve(flesh.half_depth, position)
    part = chord(np.ones_like(half), across / np.maximum(half, np.float32(1e-3))) * depth
    np.maximum(passed.flesh, part, out=passed.flesh)


def mirrored(bone: Bone, width: float) -> Bone:
    """The bone of the other side, in a picture `width` mm wide."""
    turned = replace(bone, start=(width - bone.start[0], bone.start[1]), end=(width - bone.end[0], bone.end[1]))
    broken = bone.fracture
    if broken is not None:
        broken = replace(broken, slope=-broken.slope, shift=-broken.shift, angle=-broken.angle)
    return replace(turned, left=bone.right, right=bone.left, fracture=broken)
