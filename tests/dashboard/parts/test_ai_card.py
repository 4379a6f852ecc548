"""AI card: agreement in words, and the probability between its thresholds."""

import pytest

from core.records import Answer, Opinion
from dashboard import wording
from dashboard.parts.ai_card import Scale, bar, coloured, comparison


@pytest.mark.parametrize(
    ("opinion", "answer", "said"),
    [
        (Opinion.FRACTURE, Answer.FRACTURE, wording.AGREES_WITH_YOU),
        (Opinion.NO_FRACTURE, Answer.NONE, wording.AGREES_WITH_YOU),
        (Opinion.FRACTURE, Answer.NONE, wording.DISAGREES_WITH_YOU),
        (Opinion.NO_FRACTURE, Answer.FRACTURE, wording.DISAGREES_WITH_YOU),
        (Opinion.FRACTURE, Answer.DOUBT, wording.AI_DOUBTS),
        (Opinion.UNCERTAIN, Answer.FRACTURE, wording.NOT_COMPARED),
        (Opinion.NOT_DIAGNOSTIC, Answer.NONE, wording.NOT_COMPARED),
        (None, Answer.FRACTURE, None),
    ],
)
def test_reader_and_ai_are_compared(opinion: Opinion | None, answer: Answer, said: wording.Sign | None) -> None:
    assert comparison(opinion, answer) is said


def test_the_bar_names_its_thresholds() -> None:
    drawn = bar(0.63, Answer.FRACTURE, Scale(doubt=0.2, fracture=0.5))
    assert 'aria-label="Probability of a fracture: 63%; doubtful from 20%, suspected from 50%"' in drawn
    assert 'class="mark" style="left:63.0%"' in drawn
    assert [f"width:{width}" in drawn for width in ("20.0%", "30.0%", "50.0%")] == [True] * 3


@pytest.mark.parametrize("answer", Answer)
def test_a_bar_without_thresholds_has_the_tone_of_the_answer(answer: Answer) -> None:
    drawn = bar(0.63, answer, None)
    assert "from" not in drawn
    assert f'<i class="zone {answer}" style="width:100%"></i>' in drawn


def test_a_sign_is_told_by_symbol_and_word_too() -> None:
    assert coloured(wording.DISAGREES_WITH_YOU).startswith(":orange[**≠ You and the AI disagree")
