"""Unsigned read: kept for its reader alone until she signs, it counts for nothing, and is looked through before."""

from typing import Any

import pytest

from core.errors import InvalidVerdict
from core.records import Mark, Opinion, Statement, Status, WorklistFilter
from core.services import review
from core.services.agreement import site_agreement
from core.services.export import ExportOptions, export_table
from core.services.site import Site
from core.services.statement import LONGEST
from core.services.triage import worklist
from core.services.unsigned_read import discard_unsigned, keep_unsigned, unsigned_read
from core.services.withdraw import withdraw_verdict
from tests.core.services.films import film, take_in
from tests.people import person

HER, OTHER = person("Dr. A"), person("Dr. B")
SAID = Statement(Opinion.FRACTURE, "Wrist", "Spiral", 4, "Fat pad sign")


@pytest.fixture
def study(empty_site: Site) -> int:
    """One case."""
    return take_in(empty_site, film()).study_key or 0


def kept(site: Site, study: int, actor: Any = HER) -> Statement | None:
    """What is kept for her."""
    held = unsigned_read(site, study, actor=actor)
    return held.alone() if held else None


def test_it_is_hers_alone_and_counts_for_nothing(empty_site: Site, study: int) -> None:
    keep_unsigned(empty_site, study, SAID, actor=HER)
    assert kept(empty_site, study) == SAID
    assert kept(empty_site, study, OTHER) is None
    for actor, begun in ((HER, True), (OTHER, False)):
        (row,) = worklist(empty_site, WorklistFilter(), actor=actor).rows
        assert (row.begun, row.status, row.opinion) == (begun, Status.PENDING, None)
    case = review.open_case(empty_site, study, actor=HER)
    assert (case.verdicts, site_agreement(empty_site, actor=HER).cases) == ((), 0)
    (line,) = export_table(empty_site, ExportOptions(flagged_only=False), actor=HER).rows
    assert "Fat pad sign" not in line


def test_a_signature_takes_it_out_and_leaves_a_colleagues(empty_site: Site, study: int) -> None:
    for actor in (HER, OTHER):
        keep_unsigned(empty_site, study, SAID, actor=actor)
    review.give_verdict(empty_site, study, SAID, actor=HER)
    assert kept(empty_site, study) is None
    assert kept(empty_site, study, OTHER) == SAID


def test_a_signature_that_is_refused_leaves_it(empty_site: Site, study: int) -> None:
    begun = Statement(comment="not done yet")
    keep_unsigned(empty_site, study, begun, actor=HER)
    with pytest.raises(InvalidVerdict, match="Choose one of the four"):
        review.give_verdict(empty_site, study, begun, actor=HER)
    assert kept(empty_site, study) == begun


def test_discarded_it_is_gone(empty_site: Site, study: int) -> None:
    keep_unsigned(empty_site, study, SAID, actor=HER)
    discard_unsigned(empty_site, study, actor=HER)
    assert kept(empty_site, study) is None
    discard_unsigned(empty_site, study, actor=HER)


def test_what_a_verdict_taken_back_said_is_kept_but_for_the_opinion(empty_site: Site, study: int) -> None:
    verdict = review.give_verdict(empty_site, study, SAID, actor=HER)
    withdraw_verdict(empty_site, verdict.key, actor=HER)
    assert kept(empty_site, study) == Statement(None, "Wrist", "Spiral", 4, "Fat pad sign")


def test_what_she_has_begun_since_is_not_lost_to_a_verdict_taken_back(empty_site: Site, study: int) -> None:
    verdict = review.give_verdict(empty_site, study, SAID, actor=HER)
    keep_unsigned(empty_site, study, Statement(comment="on second thoughts"), actor=HER)
    withdraw_verdict(empty_site, verdict.key, actor=HER)
    assert kept(empty_site, study) == Statement(comment="on second thoughts")


def test_what_contradicts_itself_may_be_kept_but_not_signed(empty_site: Site, study: int) -> None:
    image = review.open_case(empty_site, study, actor=HER).images[0].key
    begun = Statement(Opinion.NO_FRACTURE, marks=(Mark(image, 1, 1, 2, 2),))
    keep_unsigned(empty_site, study, begun, actor=HER)
    assert kept(empty_site, study) == begun
    with pytest.raises(InvalidVerdict, match="Delete them"):
        review.give_verdict(empty_site, study, begun, actor=HER)


@pytest.mark.parametrize(
    "wrong", [{"comment": "x" * (LONGEST + 1)}, {"confidence": 6}, {"marks": (Mark(999, 1, 1, 2, 2),)}]
)
def test_what_could_never_be_signed_is_refused_and_what_was_kept_stays(
    empty_site: Site, study: int, wrong: dict[str, Any]
) -> None:
    keep_unsigned(empty_site, study, SAID, actor=HER)
    with pytest.raises(InvalidVerdict):
        keep_unsigned(empty_site, study, Statement(**wrong), actor=HER)
    assert kept(empty_site, study) == SAID
