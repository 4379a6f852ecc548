"""The words of the evidence: a figure is called and written the same wherever it is shown."""

import pytest

from models import evidence_words as words
from tests.core.services.measurements import part


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0%"), (0.004, "<1%"), (0.5, "50%"), (0.996, ">99%"), (1.0, "100%")]
)
def test_shares_without_false_precision(value: float, shown: str) -> None:
    assert words.percent(value) == shown


def test_a_missing_figure_says_so() -> None:
    assert words.share(None) == words.number(None) == words.TOO_FEW
    assert words.share([0.927, 0.879, 0.968]) == "93% [88, 97]"
    assert words.number([0.927, 0.879, 0.968], 2) == "0.93 [0.88, 0.97]"


def test_both_ways_to_a_map_stand_side_by_side() -> None:
    table = words.heat(part(), "all", words.share)
    assert table.columns == ("", words.WAYS["linear"], words.WAYS["gradient"])
    first, *_, last = table.rows
    assert first[0] == words.SCORES["peak_in_box"]
    assert (first[1].split()[0], first[2].split()[0]) == ("100%", "50%")
    assert last[1].startswith("1.0 [")


def test_a_network_without_a_map_of_its_own_has_the_gradients() -> None:
    held = {name: value for name, value in part()["localisation"].items() if name != "linear"}
    assert words.heat(part() | {"localisation": held}, "all").columns == ("", words.WAYS["gradient"])


def test_what_was_gathered_has_words() -> None:
    held = part()
    assert set(held["figures"]) <= set(words.FIGURES)
    assert set(held["subgroups"]) <= set(words.TRAITS)
    assert set(held["localisation"]["linear"]["all"]) == set(words.SCORES)
    assert set(held["failures"]) == set(words.FAILED)
