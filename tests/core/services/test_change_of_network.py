"""A change of the network, there and back: who has read keeps what she was shown, who has not gets the new answers."""

import csv
import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import select

from core.records import Answer, Opinion, Statement, WorklistFilter, WorklistRow
from core.rights import COMMAND_LINE
from core.services import pictures, review
from core.services.agreement import site_agreement
from core.services.analyse import analyse_pending
from core.services.audit_trail import AuditQuery, search
from core.services.batch import Upload, start_import
from core.services.export import ExportOptions, export_csv
from core.services.network import STEP, renew_some, use_network
from core.services.site import Site
from core.services.training_export import export_training
from core.services.triage import asked_anew, worklist
from core.services.warm_up import answer_for_waiting
from core.store import findings, networks, summaries
from core.store.tables import FindingRow
from tests.core.conftest import Pretend
from tests.core.services.films import film
from tests.people import person

OLD, NEW = "old-1111", "new-2222"
FILES = [Upload(f"{number}.dcm", film(number, study=number)) for number in range(1, 6)]
READER = person("Dr. Abel")
AGREES, DISAGREES, UNREAD = 1, 2, (3, 4, 5)
"""Studies: read with the verdict of the old network, read with the opposite one, not read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site whose network can be changed."""

    site: Site
    pretend: Pretend

    def serve(self, name: str) -> None:
        """Start again with this network, and let it answer for what waits."""
        self.site.network.close()
        said = (0.9, "fracture") if name == OLD else (0.1, "none")
        self.site.network = self.pretend(name=name, said=said)
        answer_for_waiting(self.site)

    def bring(self) -> Counter[str]:
        """Import the files; outcomes."""
        with ThreadPoolExecutor(1) as pool:
            done = start_import(self.site, pool, FILES, actor=COMMAND_LINE).wait(seconds=60)
        return Counter(each.outcome.value for each in done.results)

    def rows(self) -> dict[int, WorklistRow]:
        return {row.study_key: row for row in worklist(self.site, WorklistFilter(), actor=READER).rows}

    def answers(self) -> list[Answer | None]:
        """Of the studies, as the worklist has them."""
        rows = self.rows()
        return [rows[key].answer for key in sorted(rows)]

    def asked(self) -> Counter[str]:
        """How many images each network was asked about."""
        with self.site.database.reading() as session:
            return Counter(session.scalars(select(FindingRow.bundle)))

    def table(self) -> list[dict[str, str]]:
        """The CSV, by study."""
        data = export_csv(self.site, ExportOptions(flagged_only=False), actor=READER)
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def place(empty_site: Site, pretend: Pretend) -> Place:
    """Five studies, answered by the old network, of which two are read."""
    place = Place(empty_site, pretend)
    place.serve(OLD)
    assert place.bring() == {"stored": 5}
    read_two(place.site)
    return place


@pytest.fixture
def known_to_both(empty_site: Site, pretend: Pretend) -> Place:
    """The same, but the new network had answered for all of them before the old one came back and they were read."""
    place = Place(empty_site, pretend)
    place.serve(OLD)
    place.bring()
    for name in (NEW, OLD):
        place.serve(name)
    assert place.asked() == {OLD: 5, NEW: 5}
    read_two(place.site)
    return place


def read_two(site: Site) -> None:
    read(site, AGREES, Opinion.FRACTURE)
    read(site, DISAGREES, Opinion.NO_FRACTURE)


def read(site: Site, study: int, opinion: Opinion) -> None:
    """Open, sign, see the answer."""
    review.open_case(site, study, actor=READER)
    review.give_verdict(site, study, Statement(opinion), actor=READER)
    review.reveal_ai(site, study, actor=READER)


YES, NO = Answer.FRACTURE, Answer.NONE


def test_there_and_back(place: Place) -> None:
    assert place.answers() == [YES] * 5
    place.serve(NEW)
    assert place.answers() == [YES, YES, NO, NO, NO]
    assert place.asked() == {OLD: 5, NEW: 3}, "the new one is asked about what is not read, by itself"
    assert place.bring() == {"known": 5}
    assert place.asked() == {OLD: 5, NEW: 3}
    place.serve(OLD)
    assert place.answers() == [YES] * 5
    assert place.bring() == {"known": 5}
    place.serve(NEW)
    assert place.answers() == [YES, YES, NO, NO, NO]
    assert place.asked() == {OLD: 5, NEW: 3}, "nothing is asked twice"


def test_how_many_are_still_to_be_looked_at_is_told(place: Place) -> None:
    assert asked_anew(place.site, actor=READER) == 0
    place.site.network.close()
    place.site.network = place.pretend(name=NEW)
    use_network(place.site, actor="server")
    assert asked_anew(place.site, actor=READER) == len(UNREAD)
    answer_for_waiting(place.site)
    assert asked_anew(place.site, actor=READER) == 0


def test_the_order_and_what_disagrees_follow_the_same_rule(place: Place) -> None:
    place.serve(NEW)
    read(place.site, 4, Opinion.FRACTURE)
    for name in (NEW, OLD, NEW):
        place.serve(name)
        assert {key for key, row in place.rows().items() if row.disagrees} == {DISAGREES, 4}
    assert list(place.rows()) == [3, 5, AGREES, DISAGREES, 4], "not read first; then by the answer each has"


def test_the_export_holds_what_the_reader_was_shown(known_to_both: Place) -> None:
    place = known_to_both
    before = place.table()
    for name in (NEW, OLD):
        place.serve(name)
        assert place.table() == before
    assert [(row["ai_answer"], row["ai_bundle"], row["agreement"]) for row in before] == [
        ("fracture", OLD, "agree"),
        ("fracture", OLD, "disagree"),
        *[("", "", "")] * len(UNREAD),
    ]


def test_agreement_is_measured_against_what_was_shown(known_to_both: Place) -> None:
    place = known_to_both
    before = site_agreement(place.site, actor=READER)
    assert [each.before.cases for each in before.against_ai] == [2, 2]
    place.serve(NEW)
    place.bring()
    assert site_agreement(place.site, actor=READER) == before


def test_the_training_export_names_the_network_that_was_revealed(place: Place, tmp_path: Path) -> None:
    place.serve(NEW)
    read(place.site, 3, Opinion.NO_FRACTURE)
    place.serve(OLD)
    export_training(place.site, tmp_path / "taught", actor=READER, report=lambda _: None)
    rows = csv.DictReader(io.StringIO((tmp_path / "taught" / "labels.csv").read_text("utf-8-sig"), newline=""))
    assert [(row["study_key"], row["ai_bundle"]) for row in rows] == [("1", OLD), ("2", OLD), ("3", NEW)]


def test_the_page_and_its_heat_map_are_of_the_same_answer(place: Place) -> None:
    place.serve(NEW)
    for study, bundle in ((AGREES, OLD), (3, NEW)):
        [finding] = review.open_case(place.site, study, actor=READER).findings
        assert finding.bundle == bundle
        with place.site.database.reading() as session:
            assert findings.of_image(session, finding.image_key) == finding
        assert pictures.overlay_png(place.site, finding.image_key, actor=READER).startswith(b"\x89PNG")


def test_what_she_reads_while_the_network_changes_keeps_what_she_had_before_her(place: Place) -> None:
    """On a site that does not read first: the case is open with the old answer when the new one comes."""
    place.site.settings = place.site.settings.model_copy(update={"read_first": False})
    review.open_case(place.site, 3, actor=READER)
    assert review.reveal_ai(place.site, 3, actor=READER).findings[0].bundle == OLD
    place.serve(NEW)
    review.give_verdict(place.site, 3, Statement(Opinion.FRACTURE), actor=READER)
    assert review.reveal_ai(place.site, 3, actor=READER).findings[0].bundle == OLD
    review.open_case(place.site, 4, actor=READER)
    review.reveal_ai(place.site, 4, actor=READER)
    place.serve(OLD)
    assert review.open_case(place.site, 4, actor=READER).findings[0].bundle == OLD, "she has not signed it"
    review.give_verdict(place.site, 4, Statement(Opinion.FRACTURE), actor=READER)
    place.serve(NEW)
    assert review.open_case(place.site, 4, actor=READER).findings[0].bundle == OLD
    assert place.answers() == [YES, YES, YES, YES, NO]


def test_where_two_read_the_second_is_shown_what_the_first_was(place: Place) -> None:
    second = person("Dr. Baker")
    place.site.settings = place.site.settings.model_copy(update={"reads": 2})
    read(place.site, 3, Opinion.FRACTURE)
    place.serve(NEW)
    assert place.asked() == {OLD: 5, NEW: 2}
    review.open_case(place.site, 3, actor=second)
    review.give_verdict(place.site, 3, Statement(Opinion.NO_FRACTURE), actor=second)
    assert review.reveal_ai(place.site, 3, actor=second).findings[0].bundle == OLD


def test_what_is_read_while_others_are_asked_about_is_passed_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.analyse.BATCH", 1)
    place.site.network.close()
    place.site.network = place.pretend(name=NEW)
    found = analyse_pending(place.site, actor="server")
    assert next(found).image_key == UNREAD[0]
    read(place.site, UNREAD[1], Opinion.FRACTURE)
    assert [each.image_key for each in found] == [UNREAD[2]]


def test_which_network_is_in_use_is_a_fact_with_its_audit_entry(place: Place) -> None:
    place.serve(OLD)
    place.serve(NEW)
    use_network(place.site, actor=COMMAND_LINE.name)
    place.site.network.close()
    place.site.network = place.pretend(name=OLD)
    use_network(place.site, actor=COMMAND_LINE.name)
    entries = search(place.site, AuditQuery(action="network"), zone=UTC, actor=READER).entries
    assert [(each.actor, each.subject, each.outcome) for each in reversed(entries)] == [
        ("server", f"bundle:{OLD}", "in use"),
        ("server", f"bundle:{NEW}", "in use"),
        ("command line", f"bundle:{OLD}", "in use"),
    ]
    with place.site.database.reading() as session:
        assert networks.in_use(session) == OLD


def test_what_a_server_that_ended_left_stale_the_next_one_derives_anew(place: Place) -> None:
    place.serve(NEW)
    with place.site.database.session() as session:
        networks.use(session, OLD, actor="server", at=place.site.clock())
    assert place.answers() == [YES, YES, NO, NO, NO]
    with place.site.database.reading() as session:
        assert len(summaries.stale(session, limit=STEP)) == len(UNREAD)
    place.site.network.close()
    place.site.network = place.pretend(name=OLD)
    use_network(place.site, actor="server")
    assert place.answers() == [YES] * 5
    assert not renew_some(place.site)
