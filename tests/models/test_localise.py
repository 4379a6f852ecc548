"""Heat maps scored on boxes: values known by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from models.localise import LARGE, SMALL, Pointed, best_overlap, energy, scores_by_part


def pointed(
    *,
    boxes: Sequence[Sequence[float]] = ((40, 40, 60, 60),),
    peak: tuple[float, float] = (50, 50),
    side: int = 100,
    answer: str = "fracture",
) -> Pointed:
    """A square image whose heat is 1 in the 20 by 20 pixels in its middle, and one region on its right half."""
    heat = np.zeros((50, 50), np.float32)
    heat[20:30, 20:30] = 1
    return Pointed(peak, np.array([[50.0, 40, 60, 60]]), heat, np.array(boxes, np.float64), side, side, answer)


def test_overlap_is_intersection_over_union() -> None:
    assert best_overlap(pointed()) == pytest.approx(0.5)
    assert best_overlap(pointed(boxes=[(0, 0, 10, 10)])) == 0
    assert best_overlap(pointed(boxes=[(0, 0, 10, 10), (50, 40, 60, 60)])) == pytest.approx(1)


def test_energy_is_the_share_of_the_heat_inside() -> None:
    assert energy(pointed()) == pytest.approx(1)
    assert energy(pointed(boxes=[(50, 40, 60, 60)])) == pytest.approx(0.5)
    assert energy(pointed(boxes=[(50, 40, 60, 60), (50, 40, 60, 60)])) == pytest.approx(0.5)
    assert energy(pointed(boxes=[(0, 0, 10, 10)])) == 0


def test_sizes_are_shares_of_the_image() -> None:
    sides = [np.sqrt(share) * 100 for share in (SMALL / 2, (SMALL + LARGE) / 2, LARGE * 2)]
    sizes = [pointed(boxes=[(0, 0, side, side)]).size for side in sides]
    assert sizes == ["small", "medium", "large"]


def test_scores_stand_beside_their_number() -> None:
    hit, near, far = pointed(), pointed(peak=(65, 50)), pointed(peak=(90, 90), boxes=[(48, 48, 51, 51)], answer="doubt")
    held = scores_by_part([hit, near, far])
    assert set(held) == {"all", "small", "large", "doubt", "fracture"}
    assert held["all"]["peak_in_box"].value == pytest.approx(1 / 3)
    assert held["all"]["peak_near_box"].value == pytest.approx(2 / 3)
    assert held["large"]["overlap_0.3"].value == 1
    assert held["small"]["peak_near_box"].value == 0
    assert held["small"]["regions"].value == 1
    assert held["doubt"]["peak_near_box"].value == 0
    assert held["fracture"]["peak_near_box"].value == 1
    assert all(one.low <= one.value <= one.high for scores in held.values() for one in scores.values())


def test_nothing_found_scores_nothing() -> None:
    assert scores_by_part([]) == {}
