"""Case head: who and what is on the screen."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.records import Case, Study
from dashboard.parts.case_head import examination, examined, person, years
from tests.dashboard.parts.test_reads import IMAGE

STUDY = Study(
    7, "1.2", "P1", "Marsh^Ada", date(1961, 4, 2), "F", "A-9", datetime(2026, 3, 1, tzinfo=UTC), "Wrist two views",
    "", False, datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip


def test_body_part_and_side_come_from_the_images_where_the_study_is_silent() -> None:
    assert examined(Case(STUDY, (IMAGE,), (), (), None)) == "Wrist, left"
    assert examined(Case(STUDY, (), (), (), None)) == "Body part not given"


def test_person_and_examination_leave_out_what_is_not_known() -> None:
    assert person(STUDY) == ["Marsh, Ada", "P1", "F", "64 y"]
    assert person(replace(STUDY, patient_name="", patient_id="", patient_sex="", patient_birth_date=None)) == [
        "No patient data in the file"
    ]
    assert person(replace(STUDY, patient_id_issuer="Hospital A"))[1] == "P1 (Hospital A)"
    assert person(replace(STUDY, patient_id_issuer_uid="1.2.3"))[1] == "P1 (1.2.3)"
    assert examination(replace(STUDY, accession_number="")) == ["Case 7", "2026-03-01", "Wrist two views"]


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
        (date(2027, 1, 1), date(2026, 1, 1), None),
        (None, date(2026, 1, 1), None),
    ],
)
def test_ages_in_completed_years(born: date | None, on: date, age: int | None) -> None:
    assert years(born, on) == age
