"""Second reads: two readers who know nothing of each other, and a lead where they differ."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import pytest

from core.errors import NotAllowed, NotFound, NotYet, VerdictStands
from core.records import Answer, Case, Mark, Opinion, Statement, Status, WorklistFilter, WorklistRow
from core.rights import Role
from core.services import claim, pictures, review
from core.services.agreement import site_agreement
from core.services.audit_trail import AuditQuery, check_chain, search
from core.services.export import ExportOptions, export_csv, export_table
from core.services.key_image import choose_key_image
from core.services.prior import open_prior
from core.services.site import Site
from core.services.triage import worklist
from core.services.withdraw import withdraw_verdict
from core.store import findings, verdicts
from tests.core.services.films import film, stored
from tests.core.store.entries import new_finding
from tests.people import person

ALL = WorklistFilter()
FIRST, SECOND, THIRD = (person(f"Dr. {name}", Role.READER) for name in ("Abel", "Baker", "Clark"))
LEAD, OTHER_LEAD = (person(f"Dr. {name}", Role.LEAD) for name in ("Lang", "Long"))
FRACTURE, NONE = Opinion.FRACTURE, Opinion.NO_FRACTURE
SAME: dict[str, Any] = {"PatientID": "P-1", "BodyPartExamined": "WRIST", "ImageLaterality": "L"}


@pytest.fixture
def doubled(empty_site: Site) -> Site:
    """A site that asks for two reads, with two answered cases of one patient; the second is the newer."""
    asks(empty_site, reads=2)
    keys = stored(
        empty_site, film(1, study=1, StudyDate="20240101", **SAME), film(2, study=2, StudyDate="20250101", **SAME)
    )
    heat = empty_site.blobs.put(cv2.imencode(".png", np.full((4, 3), 255, np.uint8))[1].tobytes())
    with empty_site.database.session() as session:
        for key in keys:
            said = asdict(new_finding(key, Answer.FRACTURE, probability=0.8765)) | {
                "heat_map_sha256": heat,
                "regions": (),
            }
            findings.add(session, type(new_finding(key, Answer.FRACTURE))(**said), at=datetime(2026, 3, 1, tzinfo=UTC))
    return empty_site


def asks(site: Site, **changes: object) -> None:
    """Other settings from here on, as after a new start."""
    site.settings = site.settings.model_copy(update=changes)


def row(site: Site, key: int, actor: Any = THIRD) -> WorklistRow:
    return next(each for each in worklist(site, ALL, actor=actor).rows if each.study_key == key)


def sign(site: Site, key: int, actor: Any, opinion: Opinion, *, adjudicating: bool = False, **more: Any) -> None:
    """As the page does it: open, sign, see the AI."""
    review.open_case(site, key, actor=actor)
    if adjudicating:
        review.reveal_ai(site, key, actor=actor)
    review.give_verdict(site, key, Statement(opinion, **more), actor=actor, adjudicating=adjudicating)
    review.reveal_ai(site, key, actor=actor)


def exported(site: Site, key: int, actor: Any = SECOND) -> dict[str, str]:
    text = export_csv(site, ExportOptions(flagged_only=False), actor=actor).decode("utf-8-sig")
    return next(each for each in csv.DictReader(io.StringIO(text)) if each["study_key"] == str(key))


def offered(site: Site, actor: Any) -> int | None:
    return claim.peek_next(site, actor=actor, filters=ALL)


class TestBlind:
    """Every way in, tried by the second reader while the first one has read the case, flagged it and has it open."""

    SECRETS = ("Abel", "spiral tibia", "look at it")

    @pytest.fixture
    def once_read(self, doubled: Site) -> Site:
        sign(doubled, 1, FIRST, FRACTURE, comment="spiral tibia", confidence=5)
        review.flag(doubled, 1, actor=FIRST, reason="look at it")
        choose_key_image(doubled, 1, chosen=True, actor=FIRST)
        claim.take_over(doubled, 1, actor=FIRST)
        return doubled

    def nothing_told(self, found: object) -> None:
        assert not [secret for secret in self.SECRETS if secret in str(found)]

    def blank(self, case: Case) -> None:
        assert (case.verdicts, case.findings, case.key_images) == ((), (), ())
        assert case.images
        self.nothing_told(case)

    def test_opening_it(self, once_read: Site) -> None:
        self.blank(review.open_case(once_read, 1, actor=SECOND))
        self.blank(review.open_case(once_read, 1, actor=LEAD))

    def test_opening_it_as_a_prior(self, once_read: Site) -> None:
        prior = open_prior(once_read, 2, actor=SECOND)
        assert prior is not None
        self.blank(prior)
        shown = open_prior(once_read, 2, actor=FIRST)
        assert shown is not None
        assert shown.verdicts

    def test_asking_for_the_ai(self, once_read: Site) -> None:
        with pytest.raises(NotYet):
            review.reveal_ai(once_read, 1, actor=SECOND)
        with pytest.raises(NotYet):
            pictures.overlay_png(once_read, 1, actor=SECOND)
        assert not review.has_seen_ai(once_read, 1, actor=SECOND)
        assert pictures.overlay_png(once_read, 1, actor=FIRST)

    def test_the_worklist_under_any_filter(self, once_read: Site) -> None:
        told = row(once_read, 1, SECOND)
        assert (told.status, told.opinion, told.disagrees, told.probability) == (Status.SECOND, None, False, None)
        assert told.withheld
        assert not told.has_key_image
        self.nothing_told(told)
        for narrowed in (
            WorklistFilter(opinions=frozenset({FRACTURE})),
            WorklistFilter(disagrees=True),
            WorklistFilter(has_key_image=True),
            WorklistFilter(text="abel"),
        ):
            assert worklist(once_read, narrowed, actor=SECOND).total == 0

    def test_the_export(self, once_read: Site) -> None:
        told = exported(once_read, 1)
        self.nothing_told(told)
        said = ("ai_answer", "ai_probability", "reader_opinion", "first_opinion", "comment", "flag_reason", "reader")
        assert [told[name] for name in said] == [""] * len(said)
        assert (told["read_status"], told["reads"], told["verdicts"], told["key_images"]) == ("second", "1", "0", "[]")

    def test_the_export_by_what_the_ai_says(self, once_read: Site) -> None:
        asked = ExportOptions(flagged_only=False, answers=frozenset({Answer.FRACTURE}))
        assert export_table(once_read, asked, actor=SECOND).rows == ()
        sign(once_read, 1, SECOND, FRACTURE)
        assert [each[0] for each in export_table(once_read, asked, actor=SECOND).rows] == [1]

    def test_a_claim_and_a_flag_of_hers(self, once_read: Site) -> None:
        self.nothing_told(claim.claim_case(once_read, 1, actor=SECOND))
        self.nothing_told(review.flag(once_read, 1, actor=SECOND, reason="mine"))
        review.unflag(once_read, 1, actor=SECOND)

    def test_a_key_image_of_hers(self, once_read: Site) -> None:
        assert [each.reader for each in choose_key_image(once_read, 1, chosen=True, actor=SECOND)] == ["Dr. Baker"]

    def test_where_the_ai_is_shown_at_once_the_colleague_is_not(self, once_read: Site) -> None:
        asks(once_read, read_first=False)
        case = review.reveal_ai(once_read, 1, actor=SECOND)
        assert (case.verdicts, len(case.findings)) == ((), 1)
        self.nothing_told(case)
        self.nothing_told(review.open_case(once_read, 1, actor=SECOND))
        assert row(once_read, 1, SECOND).probability == 0.8765
        assert (exported(once_read, 1)["ai_answer"], exported(once_read, 1)["reader_opinion"]) == ("fracture", "")

    def test_after_her_own_verdict_she_sees_all(self, once_read: Site) -> None:
        sign(once_read, 1, SECOND, FRACTURE)
        case = review.open_case(once_read, 1, actor=SECOND)
        assert [verdict.reader for verdict in case.verdicts] == ["Dr. Abel", "Dr. Baker"]
        assert case.findings
        assert case.flag is not None
        assert case.flag.reason == "look at it"
        assert len(case.key_images) == 1
        assert row(once_read, 1).has_key_image

    def test_the_first_reader_sees_what_she_said_and_the_ai(self, once_read: Site) -> None:
        case = review.open_case(once_read, 1, actor=FIRST)
        assert (len(case.verdicts), len(case.findings)) == (1, 1)

    def test_an_image_that_comes_makes_everybody_blind_for_each_other_again(self, once_read: Site) -> None:
        stored(once_read, film(9, study=1, **SAME))
        assert row(once_read, 1).status is Status.PENDING
        review.give_verdict(once_read, 1, Statement(NONE), actor=SECOND)
        assert [v.reader for v in review.open_case(once_read, 1, actor=FIRST).verdicts] == ["Dr. Abel"]
        sign(once_read, 1, FIRST, NONE)
        assert row(once_read, 1).status is Status.READ


def test_two_who_agree_have_read_the_case(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE)
    sign(doubled, 1, SECOND, FRACTURE, comment="the second one")
    told = row(doubled, 1)
    assert (told.status, told.opinion, told.disagrees, told.probability) == (Status.READ, FRACTURE, False, 0.8765)
    line = exported(doubled, 1)
    assert (line["reader_opinion"], line["agreement"], line["comment"]) == ("fracture", "agree", "the second one")
    assert (line["read_status"], line["reads"], line["adjudicated"]) == ("read", "2", "no")
    assert line["read_opinions"] == "fracture/fracture"


def test_what_each_reader_marked_is_told_also_where_the_deciding_one_marked_nothing(doubled: Site) -> None:
    box = Mark(1, 10, 20, 30, 40)
    sign(doubled, 1, FIRST, FRACTURE, marks=[box])
    assert exported(doubled, 1)["read_marks"] == "[]", "before the decision"
    sign(doubled, 1, SECOND, FRACTURE)
    line = exported(doubled, 1)
    assert (line["reader_marks"], line["read_opinions"]) == ("[]", "fracture/fracture")
    assert json.loads(line["read_marks"]) == [[asdict(box)], []]


def test_a_read_of_fewer_images_is_neither_told_nor_marked(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE, marks=[Mark(1, 10, 20, 30, 40)])
    [late] = stored(doubled, film(9, study=1, **SAME))
    later = Mark(late, 1, 2, 3, 4)
    sign(doubled, 1, SECOND, FRACTURE, marks=[later])
    sign(doubled, 1, FIRST, FRACTURE)
    line = exported(doubled, 1)
    assert (line["read_opinions"], json.loads(line["read_marks"])) == ("fracture/fracture", [[asdict(later)], []])


def test_two_who_differ_go_to_a_lead_who_decides(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE)
    sign(doubled, 1, SECOND, NONE)
    choose_key_image(doubled, 1, chosen=True, actor=SECOND)
    review.flag(doubled, 1, actor=FIRST, reason="because")
    assert (row(doubled, 1).status, row(doubled, 1).opinion) == (Status.ADJUDICATION, None)
    assert exported(doubled, 1)["reader_opinion"] == ""
    shown = review.open_case(doubled, 1, actor=LEAD)
    assert [(v.reader.split(), v.opinion) for v in shown.verdicts] == [
        (["Reader", "1"], FRACTURE),
        (["Reader", "2"], NONE),
    ]
    assert [each.reader.split() for each in shown.key_images] == [["Reader", "2"]]
    assert shown.findings
    assert not [name for name in ("Abel", "Baker") if name in str(shown)]
    assert review.adjudicates(doubled, 1, actor=LEAD)
    sign(doubled, 1, LEAD, NONE, adjudicating=True)
    case = review.open_case(doubled, 1, actor=LEAD)
    assert [(v.reader, v.adjudicates, v.after_ai) for v in case.verdicts] == [
        ("Dr. Abel", False, False),
        ("Dr. Baker", False, False),
        ("Dr. Lang", True, True),
    ]
    told, line = row(doubled, 1), exported(doubled, 1)
    assert (told.status, told.opinion, told.disagrees) == (Status.READ, NONE, True)
    assert (line["reader_opinion"], line["reader"], line["adjudicated"]) == ("no_fracture", "Dr. Lang", "yes")
    assert (line["reads"], line["read_opinions"], line["agreement"]) == ("2", "fracture/no_fracture", "disagree")
    assert review.adjudicates(doubled, 1, actor=LEAD), "she may change her mind"
    assert not review.adjudicates(doubled, 1, actor=OTHER_LEAD)


def test_what_the_two_sign_later_takes_nothing_back(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE)
    sign(doubled, 1, SECOND, NONE)
    sign(doubled, 1, SECOND, FRACTURE)
    assert row(doubled, 1).status is Status.ADJUDICATION
    sign(doubled, 1, LEAD, NONE, adjudicating=True)
    sign(doubled, 1, FIRST, NONE)
    assert exported(doubled, 1)["reader"] == "Dr. Lang"
    assert exported(doubled, 1)["verdicts"] == "4", "up to the decision"


def test_a_first_read_that_is_taken_back_is_asked_for_again(doubled: Site) -> None:
    slip = review.give_verdict(doubled, 1, Statement(NONE), actor=FIRST)
    assert row(doubled, 1).status is Status.SECOND
    withdraw_verdict(doubled, slip.key, actor=FIRST)
    assert row(doubled, 1).status is Status.UNREAD
    assert offered(doubled, FIRST) == 1
    sign(doubled, 1, SECOND, FRACTURE)
    sign(doubled, 1, THIRD, FRACTURE)
    line = exported(doubled, 1)
    assert (line["reader_opinion"], line["reads"], line["withdrawn"]) == ("fracture", "2", "1")


def test_a_second_read_stands_because_its_reader_has_seen_the_first(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE)
    slip = review.give_verdict(doubled, 1, Statement(NONE), actor=SECOND)
    with pytest.raises(VerdictStands, match="seen your colleague's read"):
        withdraw_verdict(doubled, slip.key, actor=SECOND)
    assert row(doubled, 1).status is Status.ADJUDICATION


def test_an_adjudication_that_is_taken_back_is_asked_for_again(doubled: Site) -> None:
    sign(doubled, 1, FIRST, FRACTURE)
    sign(doubled, 1, SECOND, NONE)
    slip = review.give_verdict(doubled, 1, Statement(NONE), actor=LEAD, adjudicating=True)
    withdraw_verdict(doubled, slip.key, actor=LEAD)
    assert row(doubled, 1).status is Status.ADJUDICATION
    assert [offered(doubled, actor) for actor in (LEAD, OTHER_LEAD)] == [1, 1]


def test_a_change_of_mind_is_no_second_read(doubled: Site) -> None:
    sign(doubled, 1, FIRST, NONE)
    sign(doubled, 1, FIRST, FRACTURE)
    assert row(doubled, 1).status is Status.SECOND
    assert offered(doubled, FIRST) == 2


class TestOffered:
    """Who is offered which case next."""

    def test_a_case_read_once_to_everybody_but_its_reader(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, NONE)
        assert [offered(doubled, actor) for actor in (FIRST, SECOND, THIRD, LEAD)] == [2, 1, 1, 1]

    def test_it_is_free_from_the_moment_it_is_signed(self, doubled: Site) -> None:
        assert claim.claim_next(doubled, actor=FIRST, filters=ALL) == 1
        assert offered(doubled, SECOND) == 2
        sign(doubled, 1, FIRST, NONE)
        assert claim.claim_case(doubled, 1, actor=FIRST).reader == "Dr. Abel", "looking at it again keeps nobody away"
        assert row(doubled, 1, SECOND).claimed_by == ""
        assert claim.claim_next(doubled, actor=SECOND, filters=ALL) == 1

    def test_one_that_is_read_twice_to_nobody(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, NONE)
        sign(doubled, 1, SECOND, NONE)
        assert [offered(doubled, actor) for actor in (FIRST, SECOND, THIRD, LEAD)] == [2] * 4

    def test_one_to_adjudicate_to_leads_who_have_not_read_it(self, doubled: Site) -> None:
        sign(doubled, 1, LEAD, FRACTURE)
        sign(doubled, 1, SECOND, NONE)
        assert [offered(doubled, actor) for actor in (LEAD, SECOND, THIRD, OTHER_LEAD)] == [2, 2, 2, 1]
        waiting = worklist(doubled, WorklistFilter(status=frozenset({Status.ADJUDICATION})), actor=THIRD)
        assert ([each.study_key for each in waiting.rows], waiting.counts[Status.ADJUDICATION]) == ([1], 1)

    def test_names_are_taken_letter_for_letter(self, doubled: Site) -> None:
        sign(doubled, 1, person("Dr. %", Role.READER), NONE)
        assert offered(doubled, person("Dr. _", Role.READER)) == 1
        assert offered(doubled, person("Dr.", Role.READER)) == 1


class TestRefused:
    """Adjudication where it is not asked for, or by whom it is not."""

    def refuses(self, site: Site, actor: Any, key: int = 1) -> None:
        with pytest.raises(NotAllowed):
            review.give_verdict(site, key, Statement(NONE), actor=actor, adjudicating=True)
        assert not [each for each in review.open_case(site, 1, actor=actor).verdicts if each.adjudicates]

    def test_before_two_reads_differ(self, doubled: Site) -> None:
        self.refuses(doubled, LEAD)
        sign(doubled, 1, FIRST, NONE)
        self.refuses(doubled, LEAD)
        sign(doubled, 1, SECOND, NONE)
        self.refuses(doubled, LEAD)

    def test_without_the_right_or_with_a_read_of_hers(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, NONE)
        sign(doubled, 1, LEAD, FRACTURE)
        self.refuses(doubled, THIRD)
        self.refuses(doubled, LEAD)
        self.refuses(doubled, FIRST)
        assert review.open_case(doubled, 1, actor=THIRD).verdicts == ()

    def test_where_one_read_is_asked_for(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, NONE)
        sign(doubled, 1, SECOND, FRACTURE)
        asks(doubled, reads=1)
        self.refuses(doubled, LEAD)
        assert not review.adjudicates(doubled, 1, actor=LEAD)

    def test_a_study_that_is_not_there(self, doubled: Site) -> None:
        for verb in (review.open_case, review.adjudicates, review.reveal_ai, claim.claim_case):
            with pytest.raises(NotFound):
                verb(doubled, 99, actor=LEAD)

    def test_two_leads_at_once_are_both_heard_and_the_newer_counts(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, NONE)
        sign(doubled, 1, SECOND, FRACTURE)
        sign(doubled, 1, LEAD, NONE, adjudicating=True)
        review.give_verdict(doubled, 1, Statement(FRACTURE), actor=OTHER_LEAD, adjudicating=True)
        assert row(doubled, 1).opinion is FRACTURE


def test_adjudication_has_a_word_of_its_own_in_the_trail(doubled: Site) -> None:
    sign(doubled, 1, FIRST, NONE)
    sign(doubled, 1, SECOND, FRACTURE)
    sign(doubled, 1, LEAD, NONE, adjudicating=True)
    (entry,) = search(doubled, AuditQuery(action="adjudicate"), actor=person(), zone=UTC).entries
    assert (entry.actor, entry.subject) == ("Dr. Lang", "study:1")


def test_agreement_counts_first_reads_and_no_adjudication(doubled: Site) -> None:
    sign(doubled, 1, FIRST, NONE)
    sign(doubled, 1, FIRST, FRACTURE)
    sign(doubled, 1, SECOND, NONE)
    sign(doubled, 1, LEAD, FRACTURE, adjudicating=True)
    sign(doubled, 2, FIRST, FRACTURE)
    sign(doubled, 2, SECOND, FRACTURE)
    found = site_agreement(doubled, actor=LEAD)
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.agreement.both, pair.agreement.neither) == ("Dr. Abel", "Dr. Baker", 1, 1)
    assert found.against_ai[0].before.cases == 4, "four reads; the adjudication is none"
    assert [each.reader for each in found.times] == ["", "Dr. Abel", "Dr. Baker"]


class TestAgreementBeforeTheDecision:
    """A lead who may be the second reader, or have to decide, learns nothing from the figures."""

    def told(self, site: Site, reader: str = "") -> tuple[object, ...]:
        """Every figure that is about what was said, by whom and how fast."""
        found = site_agreement(site, actor=LEAD, reader=reader)
        against = [(each.before.cases, each.after.cases) for each in found.against_ai]
        return found.cases, against, found.pairs, found.changes, found.times, found.withdrawn

    def test_one_read_of_two_counts_nowhere_but_in_what_waits(self, doubled: Site) -> None:
        nothing = self.told(doubled)
        slip = review.give_verdict(doubled, 1, Statement(NONE), actor=FIRST)
        review.reveal_ai(doubled, 1, actor=FIRST)
        withdraw_verdict(doubled, slip.key, actor=FIRST)
        sign(doubled, 2, FIRST, FRACTURE)
        for reader in ("", "Dr. Abel"):
            assert self.told(doubled, reader) == nothing
        waits = site_agreement(doubled, actor=LEAD).doubles
        assert waits is not None
        assert (waits.read_once, waits.agreed) == (1, 0)
        sign(doubled, 2, SECOND, FRACTURE)
        found = site_agreement(doubled, actor=LEAD)
        assert (found.cases, found.against_ai[0].before.both, found.changes.kept) == (1, 2, 2)
        assert [each.reader for each in found.times] == ["", "Dr. Abel", "Dr. Baker"]

    def test_two_that_differ_count_once_they_are_decided(self, doubled: Site) -> None:
        nothing = self.told(doubled)
        sign(doubled, 1, FIRST, FRACTURE)
        sign(doubled, 1, SECOND, NONE)
        assert self.told(doubled) == nothing
        waits = site_agreement(doubled, actor=LEAD).doubles
        assert waits is not None
        assert waits.to_adjudicate == 1
        sign(doubled, 1, LEAD, NONE, adjudicating=True)
        assert [(pair.first, pair.second) for pair in site_agreement(doubled, actor=LEAD).pairs] == [
            ("Dr. Abel", "Dr. Baker")
        ]

    def test_where_one_read_is_asked_for_each_counts_at_once(self, doubled: Site) -> None:
        asks(doubled, reads=1)
        sign(doubled, 1, FIRST, FRACTURE)
        assert site_agreement(doubled, actor=LEAD).against_ai[0].before.cases == 1


class TestSwitching:
    """The setting may change at any time; nothing stored does."""

    def test_cases_read_under_one_read_stay_read_under_two(self, doubled: Site) -> None:
        asks(doubled, reads=1)
        sign(doubled, 1, FIRST, FRACTURE)
        sign(doubled, 1, SECOND, NONE)
        asks(doubled, reads=2)
        assert (row(doubled, 1).status, row(doubled, 1).opinion) == (Status.READ, NONE)
        assert row(doubled, 2).status is Status.UNREAD
        assert exported(doubled, 1)["reader"] == "Dr. Baker"

    def test_under_one_read_the_newest_verdict_counts_again_and_back_the_two_reads(self, doubled: Site) -> None:
        sign(doubled, 1, FIRST, FRACTURE)
        sign(doubled, 2, FIRST, FRACTURE)
        sign(doubled, 2, SECOND, NONE)
        asks(doubled, reads=1)
        assert [(row(doubled, key).status, row(doubled, key).opinion) for key in (1, 2)] == [
            (Status.READ, FRACTURE),
            (Status.READ, NONE),
        ]
        assert offered(doubled, THIRD) is None
        assert "reads" not in exported(doubled, 2)
        asks(doubled, reads=2)
        assert [row(doubled, key).status for key in (1, 2)] == [Status.SECOND, Status.ADJUDICATION]


def test_eight_readers_at_once_read_every_case_twice(empty_site: Site) -> None:
    """8 readers, 40 cases, two reads each: none twice by one person, none lost or doubled, the chain whole."""
    asks(empty_site, reads=2)
    cases = range(1, 41)
    stored(empty_site, *(film(study=number) for number in cases))
    finished = WorklistFilter(status=frozenset({Status.READ}))

    def read_on(reader: str) -> list[int]:
        actor, read, after = person(reader, Role.READER), [], None
        while worklist(empty_site, finished, actor=actor, limit=1).total < len(cases):
            key = claim.claim_next(empty_site, actor=actor, filters=ALL, after=after)
            if key is not None:
                review.give_verdict(empty_site, key, Statement(NONE), actor=actor)
                read.append(key)
            after = key
        return read

    with ThreadPoolExecutor(8) as readers:
        lists = list(readers.map(read_on, [f"Dr. {number}" for number in range(8)]))
    assert sorted(key for one in lists for key in one) == sorted([*cases, *cases])
    assert all(len(one) == len(set(one)) for one in lists)
    with empty_site.database.reading() as session:
        assert all(len(verdicts.of_study(session, key)) == 2 for key in cases)
    assert check_chain(empty_site, actor=person("test")).broken_at is None
