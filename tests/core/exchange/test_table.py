"""The CSV: what goes in comes out, and nothing in it is a formula."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.table import TRIGGERS, as_csv, neutral, visible


def read_back(data: bytes, *, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("start", [*TRIGGERS, " =", "\t=", "\r=", "\n=", "\u200b=", "\ufeff@", "\x00+"])
def test_whatever_starts_a_formula_gets_an_apostrophe(start: str) -> None:
    shown = neutral(f"{start}HYPERLINK(1)")
    assert shown.lstrip("\n").startswith("'")
    assert "HYPERLINK(1)" in shown


@pytest.mark.parametrize("text", ["a - b", "3+4", "distal radius, left", "x=1", "", "don't"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_cell_starts_a_formula(text: str) -> None:
    cell = read_back(as_csv(["a"], [[text]]))[1:]
    shown = cell[0][0] if cell and cell[0] else ""
    assert not any(line.strip().startswith(tuple(TRIGGERS)) for line in shown.replace(";", "\n").split("\n"))


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), max_size=6))
def test_a_reader_gets_every_cell_back(rows: list[list[str]]) -> None:
    assert read_back(as_csv(["a", "b", "c"], rows)) == [
        ["a", "b", "c"],
        *[[neutral(cell) for cell in row] for row in rows],
    ]


@given(st.text())
def test_letters_survive(text: str) -> None:
    assert neutral(text).replace("'", "") == visible(text).replace("'", "")


@given(st.text(alphabet=st.sampled_from('=+-@;," \n\tab')))
def test_a_spreadsheet_that_separates_by_semicolons_sees_no_formula_either(text: str) -> None:
    for row in read_back(as_csv(["n", "t"], [[1, text]]), delimiter=";")[1:]:
        assert not any(cell.strip(' "').startswith(tuple("=+@")) for cell in row)


def test_numbers_stay_numbers_and_times_are_iso() -> None:
    when = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    data = as_csv(["n", "p", "b", "d", "t", "none"], [[-5, 0.123456789, True, date(2026, 3, 1), when, None]])
    assert data == (
        b'\xef\xbb\xbf"n","p","b","d","t","none"\r\n-5,0.123457,"yes","2026-03-01","2026-03-01T09:30:00+00:00",""\r\n'
    )


def test_letters_of_other_scripts_are_utf8_with_a_mark_for_excel() -> None:
    data = as_csv(["name"], [["Köpfchen 橈骨"]])
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Köpfchen 橈骨" in data.decode("utf-8-sig")
