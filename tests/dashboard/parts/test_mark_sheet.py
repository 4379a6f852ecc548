"""Mark sheet: what the browser tells is kept when it is about this sheet and makes sense."""

import pytest

from core.records import Mark
from dashboard.parts.mark_sheet import MarkSheet

MARKS = (Mark(7, 1.5, 2, 3, 4), Mark(8, 5, 6, 5, 6))


def test_what_is_sent_comes_back() -> None:
    kept: list[tuple[Mark, ...]] = []
    sheet = MarkSheet("a", MARKS, kept.append)
    sent = sheet.sent()
    assert (sent["name"], sent["editable"]) == ("a", True)
    sheet.hear({"sheet": "a", "marks": sent["marks"]})
    sheet.hear({"sheet": "a", "marks": []})
    assert kept == [MARKS, ()]


@pytest.mark.parametrize(
    "told",
    [
        None,
        "marks",
        {},
        {"sheet": "a"},
        {"sheet": "b", "marks": []},
        {"sheet": "a", "marks": 5},
        {"sheet": "a", "marks": [[7, 1, 2, 3]]},
        {"sheet": "a", "marks": [[7, 1, 2, 3, 4], [7, 1, 2, 3, "far"]]},
        {"sheet": "a", "marks": [None]},
        {"sheet": "a", "marks": [[float("inf"), 1, 2, 3, 4]]},
    ],
)
def test_another_sheet_or_nonsense_is_not_kept(told: object) -> None:
    kept: list[tuple[Mark, ...]] = []
    MarkSheet("a", MARKS, kept.append).hear(told)
    assert kept == []


def test_other_readers_marks_are_sent_with_their_names_and_never_kept() -> None:
    kept: list[tuple[Mark, ...]] = []
    sheet = MarkSheet("a", MARKS[:1], kept.append, (("Dr. B", MARKS[1]),))
    sent = sheet.sent()
    assert (sent["marks"], sent["others"]) == ([[7, 1.5, 2, 3, 4]], [[8, 5, 6, 5, 6, "Dr. B"]])
    sheet.hear({"sheet": "a", "marks": sent["marks"]})
    assert kept == [MARKS[:1]]


def test_a_sheet_to_look_at_keeps_nothing() -> None:
    sheet = MarkSheet("a", MARKS)
    sheet.hear({"sheet": "a", "marks": []})
    assert sheet.sent()["editable"] is False
