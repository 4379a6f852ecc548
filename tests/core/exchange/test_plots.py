"""Plots: values land where they belong, and every line has a name and a dash of its own."""

from xml.etree import ElementTree as ET

from core.exchange.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Line, Plot, as_svg, number, placed

PLOT = Plot("A <plot>", "x & y", "share", (Line("first", ((0, 0), (1, 1))), Line("second", ((0, 0.5),), marks=True)))


def test_the_corners_are_the_ends_of_the_axes() -> None:
    assert placed(PLOT, (0, 0)) == (LEFT, HEIGHT - BOTTOM)
    assert placed(PLOT, (1, 1)) == (WIDTH - RIGHT, TOP)
    assert placed(PLOT, (5, -3)) == (WIDTH - RIGHT, HEIGHT - BOTTOM)


def test_it_is_well_formed_and_says_what_it_shows() -> None:
    root = ET.fromstring(as_svg(PLOT))  # noqa: S314  (our own text)
    assert root.attrib["aria-label"] == "A <plot>"
    words = [element.text for element in root.iter() if element.tag == "text"]
    assert {"x & y", "share", "first", "second"} <= set(words)
    assert {"line line-0", "line line-1"} <= {element.attrib.get("class") for element in root.iter()}


def test_ticks_are_short() -> None:
    assert [number(value) for value in (0, 0.2, 1, 0.25, 12.4)] == ["0", "0.2", "1", "0.25", "12"]
