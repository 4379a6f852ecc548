"""Reviewing: verdicts, reveals, flags; who may, what is refused, and what the audit log keeps."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import InvalidVerdict, NotAllowed, NotFound
from core.records import Opinion, Statement, Status, WorklistFilter
from core.rights import Role
from core.services.analyse import analyse_images
from core.services.review import (
    failed_analyses,
    flag,
    give_verdict,
    has_seen_ai,
    open_case,
    reveal_ai,
    unflag,
)
from core.services.site import Site
from core.services.statement import LONGEST
from core.services.triage import worklist
from core.store import audit
from tests.core.services.films import film, stored, take_in
from tests.people import person


def actions(site: Site) -> list[str]:
    """What the audit log says readers did, oldest first."""
    with site.database.reading() as session:
        entries = audit.find(session, limit=1000)
    return [f"{e.actor}: {e.action} {e.subject}" for e in reversed(entries) if e.action not in ("import", "analyse")]


def test_a_case_is_opened_reviewed_flagged_and_each_step_is_audited(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    open_case(empty_site, study, actor=person("Dr. A"))
    verdict = give_verdict(
        empty_site,
        study,
        Statement(Opinion.FRACTURE, body_region="distal radius", confidence=4, comment=" dorsal tilt "),
        actor=person("Dr. A"),
    )
    flag(empty_site, study, actor=person("Dr. A"), reason="check lateral")
    unflag(empty_site, study, actor=person("Dr. B"))
    assert (verdict.reader, verdict.comment, verdict.confidence, verdict.after_ai) == ("Dr. A", "dorsal tilt", 4, False)
    assert actions(empty_site) == [
        f"Dr. A: view study:{study}",
        f"Dr. A: verdict study:{study}",
        f"Dr. A: flag study:{study}",
        f"Dr. B: unflag study:{study}",
    ]


def test_the_newest_verdict_counts_and_none_is_lost(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    for opinion in (Opinion.FRACTURE, Opinion.UNCERTAIN, Opinion.NO_FRACTURE):
        give_verdict(empty_site, study, Statement(opinion), actor=person("Dr. A"))
    case = open_case(empty_site, study, actor=person("Dr. A"))
    assert [each.opinion for each in case.verdicts] == [Opinion.FRACTURE, Opinion.UNCERTAIN, Opinion.NO_FRACTURE]
    assert case.verdict is not None
    assert case.verdict.opinion is Opinion.NO_FRACTURE


def test_after_the_ai_is_decided_by_the_reveal_and_by_reader(site: Site) -> None:
    receipt = take_in(site, film())
    study = receipt.study_key or 0
    analyse_images(site, [receipt.image_key or 0], actor="tester")
    assert not give_verdict(site, study, Statement(Opinion.FRACTURE), actor=person("Dr. A")).after_ai
    assert not has_seen_ai(site, study, actor=person("Dr. A"))
    assert reveal_ai(site, study, actor=person("Dr. A")).finding is not None
    assert has_seen_ai(site, study, actor=person("Dr. A"))
    assert not has_seen_ai(site, study, actor=person("Dr. B"))
    assert give_verdict(site, study, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A")).after_ai
    assert not give_verdict(site, study, Statement(Opinion.NO_FRACTURE), actor=person("Dr. B")).after_ai
    assert f"Dr. A: reveal study:{study}" in actions(site)


def test_a_reveal_before_the_ai_answered_shows_nothing_and_does_not_count(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    reveal_ai(empty_site, study, actor=person("Dr. A"))
    assert not give_verdict(empty_site, study, Statement(Opinion.FRACTURE), actor=person("Dr. A")).after_ai


def test_a_picture_that_came_while_she_read_asks_for_another_look(empty_site: Site) -> None:
    study = take_in(empty_site, film(1)).study_key or 0
    shown = open_case(empty_site, study, actor=person("Dr. A")).images[-1].key
    stored(empty_site, film(2))
    give_verdict(empty_site, study, Statement(Opinion.FRACTURE), actor=person("Dr. A"), seen_image_key=shown)
    assert worklist(empty_site, WorklistFilter(), actor=person()).rows[0].status is not Status.READ


def test_nobody_reads_without_the_right_to(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    admin = person("Dr. Admin", Role.ADMIN)
    verbs: list[Callable[[], object]] = [
        lambda: open_case(empty_site, study, actor=admin),
        lambda: give_verdict(empty_site, study, Statement(Opinion.FRACTURE), actor=admin),
        lambda: flag(empty_site, study, actor=admin, reason="because"),
        lambda: unflag(empty_site, study, actor=admin),
        lambda: reveal_ai(empty_site, study, actor=admin),
        lambda: has_seen_ai(empty_site, study, actor=admin),
        lambda: failed_analyses(empty_site, study, actor=admin),
    ]
    for verb in verbs:
        with pytest.raises(NotAllowed):
            verb()
    assert actions(empty_site) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"fracture_type": "x" * 201},
        {"confidence": 0},
        {"confidence": 6},
        {"comment": "x" * (LONGEST + 1)},
        {"body_region": "x" * 201},
    ],
)
def test_a_verdict_out_of_range_is_refused(empty_site: Site, wrong: dict[str, Any]) -> None:
    study = take_in(empty_site, film()).study_key or 0
    with pytest.raises(InvalidVerdict):
        give_verdict(empty_site, study, Statement(Opinion.FRACTURE, **wrong), actor=person("Dr. A"))
    assert open_case(empty_site, study, actor=person("Dr. A")).verdicts == ()


def test_a_type_goes_with_a_fracture_only(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    with pytest.raises(InvalidVerdict, match="fracture only"):
        give_verdict(empty_site, study, Statement(Opinion.UNCERTAIN, fracture_type="Spiral"), actor=person("Dr. A"))
    given = give_verdict(
        empty_site, study, Statement(Opinion.FRACTURE, fracture_type=" Spiral "), actor=person("Dr. A")
    )
    assert given.fracture_type == "Spiral"
    assert open_case(empty_site, study, actor=person("Dr. A")).verdicts == (given,)


def test_an_opinion_that_is_none_is_refused_and_a_plain_word_is_understood(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    with pytest.raises(InvalidVerdict):
        give_verdict(empty_site, study, Statement("maybe"), actor=person("Dr. A"))  # type: ignore[arg-type]
    assert give_verdict(empty_site, study, Statement("fracture"), actor=person("Dr. A")).opinion is Opinion.FRACTURE  # type: ignore[arg-type]


def test_a_flag_needs_a_reason(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    with pytest.raises(InvalidVerdict):
        flag(empty_site, study, actor=person("Dr. A"), reason="  ")
    assert open_case(empty_site, study, actor=person("Dr. A")).flag is None


def test_clearing_a_flag_that_is_not_there_leaves_no_trace(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    unflag(empty_site, study, actor=person("Dr. A"))
    assert actions(empty_site) == []


def test_a_study_that_is_not_there(empty_site: Site) -> None:
    with pytest.raises(NotFound):
        open_case(empty_site, 99, actor=person("Dr. A"))
    with pytest.raises(NotFound):
        give_verdict(empty_site, 99, Statement(Opinion.FRACTURE), actor=person("Dr. A"))
    with pytest.raises(NotFound):
        flag(empty_site, 99, actor=person("Dr. A"), reason="because")
    with pytest.raises(NotFound):
        failed_analyses(empty_site, 99, actor=person())
    assert actions(empty_site) == []
