"""Verdict form: which usual word stands for what a reader typed."""

import pytest

from dashboard.parts.verdict_form import usual_word
from dashboard.reading_wording import FRACTURE_TYPES
from dashboard.wording import BODY_REGIONS


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("Knee", "Knee"),
        (" kNEE ", "Knee"),
        ("Low", "Lower leg"),
        ("rib", "Ribs"),
        ("R", "R"),
        ("Cla", "Clavicle"),
        ("Leg", "Leg"),
        ("Calcaneus", "Calcaneus"),
    ],
)
def test_a_region(typed: str, word: str) -> None:
    assert usual_word(typed, BODY_REGIONS) == word


@pytest.mark.parametrize(
    ("typed", "word"), [("torus", "Torus (buckle)"), ("com", "com"), ("comm", "Comminuted"), ("sal", "sal")]
)
def test_a_type(typed: str, word: str) -> None:
    assert usual_word(typed, FRACTURE_TYPES) == word
