"""Plots: draws curves and bars as inline SVG for pages that must open anywhere, without a script or a network.

Lines are told apart by their dashes and by their names at the end, never by colour alone. Colours come from the page's
style sheet (classes `line-0` … `line-3`), so that a page may be light or dark.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 420, 320
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 44
"""Margins around the plot, in SVG units, for the axes' words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its points from left to right, its name, and whether points are marked."""

    name: str
    points: Sequence[Point]
    marks: bool = False
    bars: Sequence[Point] = ()
    """Per point the low and high end of its interval; none when empty."""
    joined: bool = True
    """Whether a line runs through the points."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its axes. Ranges are (low, high)."""

    title: str
    x_name: str
    y_name: str
    lines: Sequence[Line]
    x_range: Point = (0.0, 1.0)
    y_range: Point = (0.0, 1.0)
    dots: Sequence[tuple[str, Point]] = field(default_factory=tuple)
    """Single named places, e.g. operating points."""
    steps: tuple[int, int] = (5, 5)
    """How many parts each axis is divided into."""
    legend_on_top: bool = False


def as_svg(plot: Plot) -> str:
    """The plot as one `<svg>` element; its title is read out by screen readers."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(plot.title)}">',
        *_axes(plot),
        *(part for number, line in enumerate(plot.lines) for part in _line(plot, line, number)),
        *(part for dot in plot.dots for part in _dot(plot, *dot)),
        *_legend(plot),
        "</svg>",
    ]
    return "".join(parts)


def placed(plot: Plot, point: Point) -> Point:
    """A value as a place in the picture; values beyond the axes lie on their ends."""
    x = _share(point[0], plot.x_range) * (WIDTH - LEFT - RIGHT) + LEFT
    y = HEIGHT - BOTTOM - _share(point[1], plot.y_range) * (HEIGHT - TOP - BOTTOM)
    return round(x, 1), round(y, 1)


def _share(value: float, ends: Point) -> float:
    low, high = ends
    return min(1.0, max(0.0, (value - low) / (high - low)))


def ticks(ends: Point, count: int) -> list[float]:
    """Evenly spaced values from one end to the other."""
    low, high = ends
    return [low + (high - low) * number / count for number in range(count + 1)]


def number(value: float) -> str:
    """A tick's label: as short as it can be."""
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3f}".rstrip("0").rstrip(".")


def _axes(plot: Plot) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value in ticks(plot.x_range, plot.steps[0]):
        x, _ = placed(plot, (value, 0))
        yield f'<path class="grid" d="M{x} {TOP}V{bottom}"/><text class="tick" x="{x}" y="{bottom + 15}"'
        yield f' text-anchor="middle">{number(value)}</text>'
    for value in ticks(plot.y_range, plot.steps[1]):
        _, y = placed(plot, (plot.x_range[0], value))
        yield f'<path class="grid" d="M{LEFT} {y}H{right}"/><text class="tick" x="{LEFT - 6}" y="{y + 4}"'
        yield f' text-anchor="end">{number(value)}</text>'
    middle = (LEFT + right) / 2
    yield f'<text class="name" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(plot.x_name)}</text>'
    height = (TOP + bottom) / 2
    yield f'<text class="name" transform="translate(13 {height}) rotate(-90)" text-anchor="middle">'
    yield f"{escape(plot.y_name)}</text>"


def _line(plot: Plot, line: Line, number: int) -> Iterator[str]:
    places = [placed(plot, point) for point in line.points]
    if places and line.joined:
        yield f'<path class="line line-{number % 4}" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>'
    for (x, _), (low, high) in zip(line.points, line.bars, strict=False):
        (left, bottom), (_, top) = placed(plot, (x, low)), placed(plot, (x, high))
        yield f'<path class="bar line-{number % 4}" d="M{left} {bottom}V{top}"/>'
    if line.marks:
        yield from (f'<circle class="mark line-{number % 4}" cx="{x}" cy="{y}" r="3.5"/>' for x, y in places)


def _dot(plot: Plot, name: str, point: Point) -> Iterator[str]:
    x, y = placed(plot, point)
    yield f'<circle class="dot" cx="{x}" cy="{y}" r="5"/>'
    side, shift = ("end", -9) if x > WIDTH * 0.6 else ("start", 9)
    yield f'<text class="tick" x="{x + shift}" y="{y + 14}" text-anchor="{side}">{escape(name)}</text>'


def _legend(plot: Plot) -> Iterator[str]:
    """The lines' names at the right, inside the plot."""
    named = [(number, line.name) for number, line in enumerate(plot.lines) if line.name]
    for place, (number, name) in enumerate(named):
        y = TOP + 16 + 15 * place if plot.legend_on_top else HEIGHT - BOTTOM - 12 - 15 * (len(named) - 1 - place)
        yield f'<path class="line line-{number % 4}" d="M{WIDTH - RIGHT - 34} {y - 4}H{WIDTH - RIGHT - 8}"/>'
        yield f'<text class="tick" x="{WIDTH - RIGHT - 40}" y="{y}" text-anchor="end">{escape(name)}</text>'
