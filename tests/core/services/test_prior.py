"""Priors: the last study of the same patient, part and side; nobody else's, and never a later one."""

from datetime import UTC
from typing import Any

import pytest

from core.services.audit_trail import AuditQuery, search
from core.services.prior import open_prior
from core.services.site import Site
from core.store import images
from tests.core.services.films import film, stored
from tests.people import person

THIS: dict[str, Any] = {
    "PatientID": "P-1",
    "StudyDate": "20250301",
    "BodyPartExamined": "WRIST",
    "ImageLaterality": "L",
}


def add(site: Site, number: int, **elements: str) -> int:
    """A study of one film; what is not given is as in THIS."""
    [image] = stored(site, film(number, study=number, **(THIS | elements)))
    with site.database.reading() as session:
        return images.get(session, image).study_key


def prior(site: Site, key: int) -> int | None:
    """Key of the prior of a study."""
    found = open_prior(site, key, actor=person())
    return found.study.key if found else None


def test_the_newest_earlier_study_of_the_same_part_and_side(empty_site: Site) -> None:
    this = add(empty_site, 1)
    add(empty_site, 2, StudyDate="20230101")
    newest = add(empty_site, 3, StudyDate="20240101")
    later = add(empty_site, 4, StudyDate="20260101")
    assert prior(empty_site, this) == newest
    assert prior(empty_site, later) == this


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "P-2"},
        {"PatientBirthDate": "19800101"},
        {"BodyPartExamined": "HAND"},
        {"ImageLaterality": "R"},
        {"StudyDate": "20250301"},
        {"StudyDate": ""},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_is_no_prior(empty_site: Site, other: dict[str, str]) -> None:
    this = add(empty_site, 1, PatientBirthDate="19510203")
    add(empty_site, 2, **{"StudyDate": "20240101", "PatientBirthDate": "19510203"} | other)
    assert prior(empty_site, this) is None


@pytest.mark.parametrize("number", ["", "ANONYMOUS", "Anon", "unknown", "0", "0000"])
def test_a_study_without_a_patient_number_of_its_own_has_none(empty_site: Site, number: str) -> None:
    this = add(empty_site, 1, PatientID=number)
    add(empty_site, 2, PatientID=number, StudyDate="20240101")
    assert prior(empty_site, this) is None


@pytest.mark.parametrize(
    ("this", "other", "found"),
    [
        ({"PatientSex": "M"}, {"PatientSex": "F"}, False),
        ({"PatientSex": "M"}, {"PatientSex": "O"}, True),
        ({"PatientSex": "M"}, {"PatientSex": ""}, True),
        ({}, {"PatientName": "MARRIED^TEST"}, True),
        ({}, {"PatientName": "DOE^JOHN", "PatientBirthDate": ""}, False),
        ({"PatientBirthDate": ""}, {"PatientName": "DOE^JOHN"}, False),
        ({"PatientBirthDate": ""}, {"PatientName": "Synthetic^Test^^"}, True),
        ({"PatientBirthDate": ""}, {"PatientName": ""}, True),
        ({"IssuerOfPatientID": "Hospital A"}, {"IssuerOfPatientID": "Hospital B"}, False),
        ({"IssuerOfPatientID": "Hospital A"}, {"IssuerOfPatientID": "HOSPITAL A"}, True),
        ({"IssuerOfPatientID": "Hospital A"}, {"IssuerOfPatientID": ""}, True),
    ],
)
def test_one_number_may_be_two_peoples(
    empty_site: Site, this: dict[str, str], other: dict[str, str], found: bool
) -> None:
    key = add(empty_site, 1, **this)
    earlier = add(empty_site, 2, StudyDate="20240101", **other)
    assert prior(empty_site, key) == (earlier if found else None)


def test_a_side_that_is_not_named_may_be_the_same_and_another_one_is_passed_over(empty_site: Site) -> None:
    this = add(empty_site, 1)
    unnamed = add(empty_site, 2, StudyDate="20230101", ImageLaterality="")
    add(empty_site, 3, StudyDate="20240101", ImageLaterality="R")
    assert prior(empty_site, this) == unnamed


def test_that_a_prior_was_shown_is_audited(empty_site: Site) -> None:
    this, earlier = add(empty_site, 1), add(empty_site, 2, StudyDate="20240101")
    prior(empty_site, this)
    (entry,) = search(empty_site, AuditQuery(action="view"), actor=person(), zone=UTC).entries
    assert (entry.subject, entry.outcome) == (f"study:{earlier}", f"as prior of study:{this}")
