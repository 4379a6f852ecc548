"""Receipts: every file with what came of it, the refused ones first."""

from core.records import Outcome, Receipt
from dashboard import wording
from dashboard.parts.receipts import HEADER, LINE, SEVERAL_LINES, counts, row_height, table


def receipt(file: str, outcome: Outcome, *, error: str = "", frame: int = 1) -> Receipt:
    """What came of one file."""
    return Receipt(file, outcome, "0" * 64, 1, 1, frame, (), error, "A message." if error else "")


LISTED = [
    receipt("a.dcm", Outcome.STORED),
    receipt("b.dcm", Outcome.KNOWN),
    receipt("c.pdf", Outcome.REFUSED, error="UnknownFormat"),
    receipt("d.dcm", Outcome.STORED, frame=2),
]


def test_outcomes_are_counted() -> None:
    assert counts(LISTED) == {Outcome.STORED: 2, Outcome.KNOWN: 1, Outcome.REFUSED: 1}


def test_refused_files_come_first_with_the_reason_and_the_next_step() -> None:
    assert list(table(LISTED).iloc[0]) == ["✕ Refused", "c.pdf", "Not an image Lucency reads", "A message."]


def test_a_duplicate_is_explained_and_a_frame_is_numbered() -> None:
    shown = table(LISTED)
    assert list(shown.iloc[2])[2:] == [wording.KNOWN_TITLE, wording.KNOWN_EXPLANATION]
    assert list(shown["File"])[3] == "d.dcm (frame 2)"


def test_an_empty_list_still_has_columns() -> None:
    assert list(table([]).columns) == list(HEADER)


def test_rows_are_high_enough_for_the_longest_reason() -> None:
    short, long = table(LISTED), table(LISTED)
    long.iloc[0, -1] = "A word " * (LINE // 6)
    assert (row_height(short), row_height(long), row_height(table([]))) == (None, SEVERAL_LINES, None)
