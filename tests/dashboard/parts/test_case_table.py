"""Case table: what each row of the worklist may tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.records import Answer, Opinion, Outside, Status, WorklistRow
from dashboard import wording
from dashboard.parts.case_table import COLUMNS, lines

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW = WorklistRow(
    study_key=7, patient_id="P1", patient_name="Marsh^Ada", study_date=None, received_at=NOW - timedelta(hours=3),
    body_part="WRIST", laterality="L", description="Wrist two views", modality="DX", image_count=2,
    status=Status.UNREAD, answer=Answer.FRACTURE, probability=0.91, opinion=None, flagged=False, disagrees=False,
    synthetic=False,
)  # fmt: skip


def shown(row: WorklistRow) -> dict[str, str]:
    """Column title -> text of the row's field."""
    (line,) = lines([row], now=NOW, zone=UTC)
    return {column.title: cell.text for column, cell in zip(COLUMNS, line.cells, strict=True)}


def test_an_unread_case_shows_its_priority_and_says_when_the_answer_is_shown() -> None:
    fields = shown(replace(ROW, probability=None, withheld=True))
    assert fields["Priority"] == "▲ 1 High"
    assert fields["AI"] == "· after reading"


def test_what_is_not_withheld_is_shown() -> None:
    assert shown(ROW)["AI"] == "▲ Fracture 91%"


def test_what_is_withheld_is_shown_after_reading_and_not_taken_for_an_image_from_outside() -> None:
    row = replace(ROW, status=Status.SECOND, probability=None, withheld=True)
    fields = shown(row)
    assert (fields["AI"], fields["Status"], fields["Reader"]) == ("· after reading", "◐ Second read", "–")


def test_a_read_case_shows_the_answer_and_both_sides_of_a_disagreement() -> None:
    fields = shown(replace(ROW, status=Status.READ, opinion=Opinion.NO_FRACTURE, disagrees=True, flagged=True))
    assert fields["AI"] == "▲ Fracture 91%"
    assert fields["Reader"] == "○ No fracture"
    assert fields["Marks"] == "⚑ Flagged  ≠ Disagree"
    assert fields["Waiting"] == "–"


def test_who_issued_a_number_is_told_at_the_number() -> None:
    (line,) = lines([replace(ROW, issuer="Hospital A")], now=NOW, zone=UTC)
    (cell,) = (cell for cell in line.cells if cell.text == "P1")
    assert cell.tip == "Hospital A"


def test_a_key_image_is_told_in_words() -> None:
    assert shown(replace(ROW, flagged=True, has_key_image=True))["Marks"] == "⚑ Flagged  ★ Key image"


def test_an_image_from_outside_is_marked_with_the_reason_and_gets_no_probability() -> None:
    row = replace(ROW, status=Status.READ, answer=Answer.DOUBT, probability=None, outside=Outside.UNLIKE)
    fields = shown(row)
    assert (fields["Priority"], fields["AI"], fields["Marks"]) == ("◆ 2 Medium", "–", "⊘ Outside use")
    (line,) = lines([row], now=NOW, zone=UTC)
    assert line.cells[-1].tip == f"{wording.OUTSIDE.words}, {wording.OUTSIDE_REASONS[Outside.UNLIKE]}"


def test_a_case_a_colleague_has_open_names_her_first() -> None:
    row = replace(ROW, claimed_by="Dr. Other", flagged=True)
    assert shown(row)["Marks"] == "◌ Dr. Other  ⚑ Flagged"
    (line,) = lines([row], now=NOW, zone=UTC)
    assert line.cells[-1].tip == "Open with Dr. Other, Flagged"


def test_the_gravest_mark_gives_the_tone() -> None:
    def tone(**marks: Any) -> str:
        (line,) = lines([replace(ROW, **marks)], now=NOW, zone=UTC)
        return line.cells[-1].tone

    assert tone(claimed_by="Dr. Other") == "quiet"
    assert tone(claimed_by="Dr. Other", flagged=True) == "doubt"
    assert tone(claimed_by="Dr. Other", flagged=True, disagrees=True) == "alert"
    assert tone() == ""


@pytest.mark.parametrize(
    ("answer", "priority"), [(Answer.DOUBT, "◆ 2 Medium"), (Answer.NONE, "○ 3 Routine"), (None, "– Not rated")]
)
def test_priorities(answer: Answer | None, priority: str) -> None:
    fields = shown(replace(ROW, answer=answer, probability=0.2 if answer else None))
    assert fields["Priority"] == priority


def test_what_the_ai_failed_on_is_not_rated_and_says_where_it_stands() -> None:
    row = replace(ROW, answer=None, probability=None, failed_count=1)
    for shown_row, tip in ((row, "The AI failed on 1 image: ranks like 2 Medium"), (replace(row, failed_count=0), "")):
        (line,) = lines([shown_row], now=NOW, zone=UTC)
        assert (line.cells[0].text, line.cells[0].tip) == ("– Not rated", tip)
    assert "among 2 Medium where the AI failed" in COLUMNS[0].tip


def test_the_rest_of_a_row_in_words() -> None:
    fields = shown(ROW)
    assert (fields["Patient"], fields["Body part"], fields["Side"]) == ("Marsh, Ada", "Wrist", "Left")
    assert (fields["Images"], fields["Study date"], fields["Waiting"]) == ("2", "–", "3 h")


def test_a_picture_without_a_name_is_told_apart_by_its_case_and_description() -> None:
    fields = shown(replace(ROW, patient_name=""))
    assert (fields["Case"], fields["Patient"]) == ("7", "Wrist two views")
    assert shown(replace(ROW, patient_name="", description=""))["Patient"] == "no name in the file"


def label(row: WorklistRow) -> str:
    """What a screen reader says of the row."""
    (line,) = lines([row], now=NOW, zone=UTC)
    return line.label


def test_a_row_is_spoken_with_all_that_tells_cases_apart() -> None:
    unread = replace(ROW, probability=None, withheld=True, flagged=True, claimed_by="Dr. Other")
    assert label(unread) == (
        "1 High, WRIST 7, Marsh, Ada, ID P1, Left, 2 images, Unread, waiting 3 h, Open with Dr. Other, Flagged"
    )
    assert "Marsh, Ada, ID P1 of Hospital A, Left" in label(replace(ROW, issuer="Hospital A"))
    nameless = replace(
        ROW, patient_name="", patient_id="", laterality="", answer=None, probability=None, failed_count=1
    )
    assert label(nameless) == (
        "Not rated, The AI failed on 1 image: ranks like 2 Medium, WRIST 7, Wrist two views, 2 images, Unread, "
        "waiting 3 h"
    )


def test_a_read_row_is_spoken_with_what_was_said_of_it() -> None:
    read = replace(ROW, status=Status.READ, opinion=Opinion.NO_FRACTURE, disagrees=True)
    assert label(read).endswith("Read, reader: No fracture, AI: Fracture 91%, Reader and AI disagree")


def test_a_picture_without_a_patient_is_told_by_its_file() -> None:
    assert shown(replace(ROW, patient_name="", description="wrist-07.png"))["Patient"] == "wrist-07.png"
    assert shown(replace(ROW, patient_name="", description=""))["Patient"] == "no name in the file"
