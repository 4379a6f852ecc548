"""The export: what is in it, what is not, and that the preview is the file."""

import csv
import io
import json
from typing import Any

import pytest

from core.records import Answer, Case, Finding, Mark, Opinion, Statement, Status, WorklistFilter
from core.rights import COMMAND_LINE
from core.services.analyse import analyse_images
from core.services.export import COLUMNS, ExportOptions, agreement, export_csv, export_size, export_table
from core.services.key_image import choose_key_image
from core.services.review import flag, give_verdict, open_case, reveal_ai
from core.services.site import Site
from core.services.triage import worklist
from core.services.withdraw import withdraw_verdict
from core.store import audit, findings
from tests.core.services.films import film, stored, take_in
from tests.core.store.entries import new_finding
from tests.people import person

SECRETS: dict[str, Any] = {
    "PatientName": "DOE^JANE",
    "PatientID": "PAT-4711",
    "IssuerOfPatientID": "ST MARYS",
    "PatientBirthDate": "19511224",
    "AccessionNumber": "ACC-9",
    "StudyDescription": "WRIST OF MRS DOE",
    "StudyDate": "20210607",
}


def rows(data: bytes) -> list[dict[str, str]]:
    """The CSV as a reader sees it."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def reviewed(site: Site) -> int:
    """A study read before and after the AI, and flagged; its key."""
    receipt = take_in(site, film(ImageLaterality="L", **SECRETS))
    study = receipt.study_key or 0
    analyse_images(site, [receipt.image_key or 0], actor="tester")
    give_verdict(site, study, Statement(Opinion.FRACTURE, body_region="radius", confidence=3), actor=person("Dr. A"))
    reveal_ai(site, study, actor=person("Dr. A"))
    give_verdict(site, study, Statement(Opinion.UNCERTAIN, comment="=cmd|' /C calc'!A0"), actor=person("Dr. A"))
    flag(site, study, actor=person("Dr. B"), reason="+49 please, see it; =again")
    return study


def test_a_case_is_told_without_identifiers(site: Site) -> None:
    study = reviewed(site)
    data = export_csv(site, ExportOptions(), actor=person("Dr. A"))
    [row] = rows(data)
    assert row["study_key"] == str(study)
    assert (row["body_part"], row["laterality"], row["images"], row["synthetic"]) == ("WRIST", "L", "1", "no")
    assert row["ai_bundle"] == site.predictor.bundle_id
    assert row["ai_answer"] in list(Answer)
    assert (row["first_opinion"], row["first_after_ai"]) == ("fracture", "no")
    assert (row["reader_opinion"], row["after_ai"], row["verdicts"]) == ("uncertain", "yes", "2")
    assert (row["reader"], row["flagged_by"]) == ("Dr. A", "Dr. B")
    text = data.decode("utf-8-sig")
    for secret in ("DOE", "JANE", "4711", "MARYS", "1951", "ACC-9", "MRS", "2021", "1.2.826", "2026-03"):
        assert secret not in text, secret


def test_a_verdict_taken_back_is_counted_apart_and_tells_nothing_else(site: Site) -> None:
    study = reviewed(site)
    last = open_case(site, study, actor=person("Dr. A")).verdicts[-1]
    withdraw_verdict(site, last.key, actor=person("Dr. A"))
    [row] = rows(export_csv(site, ExportOptions(), actor=person("Dr. A")))
    assert (row["reader_opinion"], row["after_ai"], row["comment"]) == ("fracture", "no", "")
    assert (row["verdicts"], row["withdrawn"]) == ("1", "1")


def test_the_first_opinion_is_the_first_that_stands(site: Site) -> None:
    receipt = take_in(site, film())
    study = receipt.study_key or 0
    taken = give_verdict(site, study, Statement(Opinion.FRACTURE), actor=person("Dr. A"))
    withdraw_verdict(site, taken.key, actor=person("Dr. A"))
    give_verdict(site, study, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    [row] = rows(export_csv(site, ExportOptions(flagged_only=False), actor=person("Dr. A")))
    assert (row["first_opinion"], row["verdicts"], row["withdrawn"]) == ("no_fracture", "1", "1")


def test_a_read_that_a_later_image_made_void_is_told_as_unread(empty_site: Site) -> None:
    [first] = stored(empty_site, film(1))
    options = ExportOptions(flagged_only=False)

    def told() -> tuple[str, ...]:
        [row] = rows(export_csv(empty_site, options, actor=person("Dr. A")))
        [listed] = worklist(empty_site, WorklistFilter(), actor=person("Dr. A")).rows
        assert (row["read_status"] == "read") == (listed.status is Status.READ)
        return row["read_status"], row["reader_opinion"], row["first_opinion"]

    assert told() == ("unread", "", "")
    give_verdict(empty_site, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    assert told() == ("read", "no_fracture", "no_fracture")
    [second] = stored(empty_site, film(2))
    assert told() == ("unread", "no_fracture", "no_fracture")
    give_verdict(empty_site, 1, Statement(Opinion.FRACTURE), actor=person("Dr. A"), seen_image_key=second)
    assert told() == ("read", "fracture", "fracture"), "what was said of fewer images is no first opinion of all"
    give_verdict(empty_site, 1, Statement(Opinion.UNCERTAIN), actor=person("Dr. A"), seen_image_key=first)
    assert told() == ("unread", "uncertain", "no_fracture"), "signed on a page that did not show the second"


def test_marks_are_told_as_json_without_identifiers(site: Site) -> None:
    receipt = take_in(site, film())
    study, image = receipt.study_key or 0, receipt.image_key or 0
    marks = (Mark(image, 10, 20.5, 40, 60), Mark(image, 5, 6, 5, 6))
    give_verdict(site, study, Statement(Opinion.FRACTURE, marks=marks), actor=person("Dr. A"))
    [row] = rows(export_csv(site, ExportOptions(flagged_only=False), actor=person("Dr. A")))
    assert [Mark(**told) for told in json.loads(row["reader_marks"])] == list(marks)
    give_verdict(site, study, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    [row] = rows(export_csv(site, ExportOptions(flagged_only=False), actor=person("Dr. A")))
    assert row["reader_marks"] == "[]", "the verdict in force has none"


def test_key_images_are_told_once_each_and_without_who_chose_them(site: Site) -> None:
    receipt = take_in(site, film())
    for reader in ("Dr. A", "Dr. B"):
        choose_key_image(site, receipt.image_key or 0, chosen=True, actor=person(reader))
    [row] = rows(export_csv(site, ExportOptions(flagged_only=False), actor=person("Dr. A")))
    assert json.loads(row["key_images"]) == [receipt.image_key]
    for reader in ("Dr. A", "Dr. B"):
        choose_key_image(site, receipt.image_key or 0, chosen=False, actor=person(reader))
    [row] = rows(export_csv(site, ExportOptions(flagged_only=False), actor=person("Dr. A")))
    assert row["key_images"] == "[]"


def test_nothing_in_it_is_a_formula(site: Site) -> None:
    reviewed(site)
    [row] = rows(export_csv(site, ExportOptions(), actor=person("Dr. A")))
    assert row["comment"] == "'=cmd|' /C calc'!A0"
    assert row["flag_reason"] == "'+49 please, see it;' =again"


def test_identifiers_only_when_asked_for(site: Site) -> None:
    reviewed(site)
    [row] = rows(export_csv(site, ExportOptions(identifiers=True), actor=person("Dr. A")))
    assert (row["patient_name"], row["patient_id"], row["patient_birth_date"]) == ("DOE^JANE", "PAT-4711", "1951-12-24")
    assert (row["patient_id_issuer"], row["patient_id_issuer_uid"]) == ("ST MARYS", "")
    assert row["study_date"].startswith("2021-06-07")
    assert row["study_instance_uid"].startswith("1.2.826")
    assert row["flagged_at"].startswith("2026-03-01T08:")


def test_the_preview_is_the_file(site: Site) -> None:
    reviewed(site)
    table = export_table(site, ExportOptions(), actor=person())
    data = export_csv(site, ExportOptions(), actor=person("x")).decode("utf-8-sig")
    read_back = list(csv.reader(io.StringIO(data, newline="")))
    assert read_back[0] == list(table.header)
    assert read_back[1:] == [[str(cell) for cell in row] for row in table.rows]


def test_the_preview_never_identifies_for_a_look_is_not_audited(site: Site) -> None:
    reviewed(site)
    told = export_table(site, ExportOptions(identifiers=True), actor=person())
    assert told == export_table(site, ExportOptions(), actor=person())
    assert "DOE" not in str(told)
    with site.database.reading() as session:
        assert not audit.find(session, action="export")


class TestBeforeTheRead:
    """Where the site reads first, the table is no way around it; nor for the command line, whose file gets around."""

    ABOUT_AI = ("ai_answer", "ai_probability", "ai_outside", "ai_bundle", "agreement")

    def one(self, site: Site, **chosen: Any) -> dict[str, Any] | None:
        """The only row of the preview, which is that of the file, or None."""
        options = ExportOptions(flagged_only=False, **chosen)
        table = export_table(site, options, actor=person("Dr. A"))
        assert len(rows(export_csv(site, options, actor=COMMAND_LINE))) == len(table.rows)
        return dict(zip(table.header, table.rows[0], strict=True)) if table.rows else None

    def by_ai(self, site: Site) -> list[dict[str, Any] | None]:
        """What each answer of the AI finds, and that reader and AI differ."""
        found = [self.one(site, answers=frozenset({answer})) for answer in Answer]
        return [each for each in [*found, self.one(site, disagreements_only=True)] if each]

    @pytest.fixture
    def answered(self, empty_site: Site) -> Site:
        """A case without a read, in which the AI sees a fracture."""
        [key] = stored(empty_site, film(1))
        with empty_site.database.session() as session:
            findings.add(session, new_finding(key, Answer.FRACTURE), at=empty_site.clock())
        return empty_site

    def hidden(self, site: Site) -> bool:
        """Whether row and filters tell nothing of the AI, while the worklist asks for a read."""
        row = self.one(site)
        assert row is not None
        told = {name: row[name] for name in self.ABOUT_AI if row[name] != ""}
        assert bool(told) == bool(self.by_ai(site))
        [listed] = worklist(site, WorklistFilter(), actor=person("Dr. A")).rows
        assert bool(told) == (listed.status is Status.READ)
        return not told

    def test_the_ai_is_told_once_the_case_is_read(self, answered: Site) -> None:
        assert self.hidden(answered)
        verdict = give_verdict(answered, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
        assert not self.hidden(answered)
        row = self.one(answered, disagreements_only=True)
        assert row is not None
        assert (row["ai_answer"], row["agreement"]) == ("fracture", "disagree")
        withdraw_verdict(answered, verdict.key, actor=person("Dr. A"))
        assert self.hidden(answered)

    def test_an_image_that_comes_later_asks_for_another_read(self, answered: Site) -> None:
        give_verdict(answered, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
        stored(answered, film(2))
        assert self.hidden(answered)
        row = self.one(answered)
        assert row is not None
        assert row["reader_opinion"] == "no_fracture"

    def test_a_site_that_shows_the_ai_at_once_exports_it_at_once(self, answered: Site) -> None:
        answered.settings = answered.settings.model_copy(update={"read_first": False})
        row = self.one(answered, answers=frozenset({Answer.FRACTURE}))
        assert row is not None
        assert row["ai_answer"] == "fracture"


def test_an_export_is_audited_with_its_size_and_kind(site: Site) -> None:
    reviewed(site)
    export_csv(site, ExportOptions(), actor=person("Dr. A"))
    export_csv(site, ExportOptions(identifiers=True), actor=person("Dr. A"))
    with site.database.reading() as session:
        entries = audit.find(session, action="export")
    assert [entry.outcome for entry in entries] == ["1 rows, with identifiers", "1 rows, without identifiers"]


def test_filters_and_order(empty_site: Site) -> None:
    for number in (3, 1, 2):
        take_in(empty_site, film(number, study=number, BodyPartExamined="HAND" if number == 2 else "WRIST"))
    flag(empty_site, 2, actor=person("Dr. A"), reason="because")
    give_verdict(empty_site, 3, Statement(Opinion.FRACTURE), actor=person("Dr. A"))

    def keys(options: ExportOptions) -> list[str | int | float]:
        return [row[0] for row in export_table(empty_site, options, actor=person()).rows]

    assert keys(ExportOptions()) == [2]
    assert keys(ExportOptions(flagged_only=False)) == [1, 2, 3]
    assert keys(ExportOptions(flagged_only=False, opinions=frozenset({Opinion.FRACTURE}))) == [3]
    assert keys(ExportOptions(flagged_only=False, answers=frozenset({Answer.FRACTURE}))) == []


@pytest.mark.parametrize("reads", [1, 2])
def test_the_preview_may_be_of_the_first_cases_and_the_size_is_of_all(empty_site: Site, reads: int) -> None:
    empty_site.settings = empty_site.settings.model_copy(update={"reads": reads})
    for number in (1, 2, 3):
        take_in(empty_site, film(number, study=number))
    flag(empty_site, 2, actor=person("Dr. A"), reason="because")
    everything = ExportOptions(flagged_only=False)
    table = export_table(empty_site, everything, actor=person())
    assert export_table(empty_site, everything, actor=person(), limit=2).rows == table.rows[:2]
    assert export_size(empty_site, everything, actor=person()) == len(table.rows) == 3
    assert export_size(empty_site, ExportOptions(), actor=person()) == 1


def test_an_empty_export_still_has_its_header(empty_site: Site) -> None:
    assert rows(export_csv(empty_site, ExportOptions(), actor=person("Dr. A"))) == []
    assert export_table(empty_site, ExportOptions(), actor=person()).header[0] == "study_key"


def test_column_names_are_unique() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize(
    ("opinion", "answer", "expected"),
    [
        (Opinion.FRACTURE, Answer.FRACTURE, "agree"),
        (Opinion.NO_FRACTURE, Answer.NONE, "agree"),
        (Opinion.FRACTURE, Answer.NONE, "disagree"),
        (Opinion.NO_FRACTURE, Answer.FRACTURE, "disagree"),
        (Opinion.FRACTURE, Answer.DOUBT, ""),
        (Opinion.UNCERTAIN, Answer.FRACTURE, ""),
        (Opinion.NOT_DIAGNOSTIC, Answer.NONE, ""),
    ],
)
def test_agreement_is_about_yes_and_no(empty_site: Site, opinion: Opinion, answer: Answer, expected: str) -> None:
    receipt = take_in(empty_site, film())
    study = receipt.study_key or 0
    give_verdict(empty_site, study, Statement(opinion), actor=person("Dr. A"))
    case = open_case(empty_site, study, actor=person("Dr. A"))
    finding = Finding(1, receipt.image_key or 0, "b", 0.5, answer, (0, 0), (), "0" * 64, 0.1, case.study.received_at)
    assert agreement(Case(case.study, case.images, (finding,), case.verdicts, None)) == expected
    assert agreement(case) == ""


def test_none_is_no_answer_while_images_are_waiting(empty_site: Site) -> None:
    receipt = take_in(empty_site, film(1))
    take_in(empty_site, film(2))
    case = open_case(empty_site, receipt.study_key or 0, actor=person("Dr. A"))
    calm = Finding(1, receipt.image_key or 0, "b", 0.1, Answer.NONE, (0, 0), (), "0" * 64, 0.1, case.study.received_at)
    answer = next(column for column in COLUMNS if column.name == "ai_answer")
    assert answer.value(Case(case.study, case.images, (calm,), (), None)) is None
