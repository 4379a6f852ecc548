"""The worklist: order, filters, counts, pages, and the next one to read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.records import Answer, Opinion, Status, WorklistFilter, WorklistRow
from core.store import failures, flags, images, studies, worklist
from core.store.database import Database
from tests.core.store.entries import NOON, add_case, add_finding, add_image, add_study, add_verdict, later

ALL = WorklistFilter()
PARTS = ("HAND", "WRIST", "")
OPINIONS: tuple[Opinion | None, ...] = (None, *Opinion)
ANSWERS: tuple[Answer | None, ...] = (None, *Answer)
NAMES = ("Müller^Hans", "O'Brien^50%", "under_score^A", "山田^太郎", "back\\slash", "")
MOMENTS = st.none() | st.datetimes(datetime(2026, 2, 27), datetime(2026, 3, 4), timezones=st.timezones())  # noqa: DTZ001


def listed(session: Session, filters: WorklistFilter = ALL) -> list[int]:
    return [row.study_key for row in worklist.page(session, filters).rows]


def populate(session: Session) -> None:
    """Every answer with every opinion, body parts, names, flags and times going round beside them."""
    combinations = [(answer, opinion) for answer in ANSWERS for opinion in OPINIONS]
    for number, (answer, opinion) in enumerate(combinations):
        study = add_case(
            session,
            str(number),
            answer,
            minutes=-600 * (number % 7),
            body_part=PARTS[number % 3],
            patient_name=NAMES[number % 6],
            patient_id=f"ID-{number}",
            synthetic=number % 5 == 0,
            study_date=NOON + timedelta(days=number % 4 - 2) if number % 4 else None,
        )
        if opinion is not None:
            add_verdict(session, study.key, opinion)
        if number % 4 == 1:
            flags.raise_flag(session, study.key, reader="a", reason="x", at=NOON)


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('populated') / 'a.sqlite3'}")
    database.migrate()
    with database.session() as session:
        populate(session)
    yield database
    database.close()


def passes(row: WorklistRow, filters: WorklistFilter, *, status: bool = True) -> bool:
    """The filters, told again in plain Python."""
    searched = studies.fold(f"{row.patient_name} {row.patient_id} {row.body_part} {row.description}")
    return all(
        (
            all(word in searched for word in studies.fold(filters.text).split()),
            not status or not filters.status or row.status in filters.status,
            not filters.answers or row.answer in filters.answers,
            not filters.opinions or row.opinion in filters.opinions,
            not filters.body_parts or row.body_part in filters.body_parts,
            filters.flagged is None or row.flagged == filters.flagged,
            filters.disagrees is None or row.disagrees == filters.disagrees,
            filters.include_synthetic or not row.synthetic,
            filters.received_from is None or row.received_at >= filters.received_from,
            filters.received_to is None or row.received_at < filters.received_to,
        )
    )


def place(row: WorklistRow) -> tuple[bool, int, datetime, int]:
    """The order, told again in plain Python."""
    urgency = 3 if row.answer is None else 2 - row.answer.rank
    return (row.status is Status.READ, urgency, row.received_at, row.study_key)


@settings(max_examples=150, deadline=None)
@given(
    filters=st.builds(
        WorklistFilter,
        text=st.sampled_from(
            ["", "muller", "MÜLLER hans", "%", "_", "\\", "id-1", "'", "山田", "o'brien hand", "x\0y"]
        ),
        status=st.frozensets(st.sampled_from(Status)),
        answers=st.frozensets(st.sampled_from(ANSWERS)),
        opinions=st.frozensets(st.sampled_from(OPINIONS)),
        body_parts=st.frozensets(st.sampled_from(PARTS)),
        flagged=st.none() | st.booleans(),
        disagrees=st.none() | st.booleans(),
        include_synthetic=st.booleans(),
        received_from=MOMENTS,
        received_to=MOMENTS,
    ),
    limit=st.integers(0, 10),
    offset=st.integers(0, 10),
)
def test_any_filter_lists_what_passes_it(populated: Database, filters: WorklistFilter, limit: int, offset: int) -> None:
    with populated.reading() as session:
        everything = worklist.page(session, ALL).rows
        page = worklist.page(session, filters, limit=limit, offset=offset)
        first = worklist.next_unread(session, filters, after=None)
    passing = sorted((row for row in everything if passes(row, filters)), key=place)
    assert page.rows == tuple(passing[offset : offset + limit])
    assert page.total == len(passing)
    others = [row for row in everything if passes(row, filters, status=False)]
    assert page.counts == {status: sum(row.status is status for row in others) for status in Status}
    assert first == next((row.study_key for row in passing if row.status is not Status.READ), None)


def test_everything_is_listed_by_default(populated: Database) -> None:
    with populated.reading() as session:
        page = worklist.page(session, ALL)
    assert len(page.rows) == page.total == len(ANSWERS) * len(OPINIONS)
    assert [place(row) for row in page.rows] == sorted(place(row) for row in page.rows)


def test_the_order_is_unread_then_urgent_then_waiting_longest(session: Session) -> None:
    quiet = add_case(session, "quiet", Answer.NONE, minutes=-9).key
    young = add_case(session, "young", Answer.FRACTURE, minutes=0).key
    old = add_case(session, "old", Answer.FRACTURE, minutes=-5).key
    waiting = add_case(session, "waiting", None, minutes=-99).key
    doubtful = add_case(session, "doubtful", Answer.DOUBT, minutes=0).key
    done = add_case(session, "done", Answer.FRACTURE, minutes=-99).key
    add_verdict(session, done, Opinion.FRACTURE)
    assert listed(session) == [old, young, doubtful, quiet, waiting, done]


def test_a_fracture_counts_before_all_images_have_an_answer(session: Session) -> None:
    study = add_case(session, "1", Answer.FRACTURE)
    add_image(session, study.key, "still waiting")
    calm = add_case(session, "2", Answer.NONE)
    add_image(session, calm.key, "waiting, too")
    first, second = worklist.page(session, ALL).rows
    assert (first.status, first.answer) == (Status.PENDING, Answer.FRACTURE)
    assert (second.status, second.answer, second.probability) == (Status.PENDING, None, None)


def test_what_the_ai_failed_on_stands_among_the_doubtful(session: Session) -> None:
    calm = add_case(session, "calm", Answer.NONE, minutes=-9).key
    waiting = add_case(session, "waiting", None, minutes=-9).key
    doubtful = add_case(session, "doubtful", Answer.DOUBT, minutes=1).key
    failed = add_case(session, "failed", None, minutes=0).key
    failures.add(
        session, images.of_study(session, failed)[0].key, bundle="net-1", error_class="E", message="m", at=NOON
    )
    assert listed(session) == [failed, doubtful, calm, waiting]
    assert worklist.page(session, ALL).rows[0].answer is None
    assert [row.study_key for row in worklist.page(session, ALL, reads=2).rows] == listed(session)
    assert worklist.next_unread(session, ALL, after=None) == failed


def test_a_row_tells_what_is_shown(session: Session) -> None:
    study = add_study(session, patient_name="A^B", patient_id="7", body_part="HAND", description="x", synthetic=True)
    for name, side in (("a", "L"), ("b", "R")):
        image = add_image(session, study.key, name, laterality=side)
        add_finding(session, image.key, Answer.DOUBT)
    assert worklist.page(session, ALL).rows == (
        WorklistRow(
            study_key=study.key,
            patient_id="7",
            patient_name="A^B",
            study_date=None,
            received_at=NOON,
            body_part="HAND",
            laterality="B",
            description="x",
            modality="DX",
            image_count=2,
            status=Status.UNREAD,
            answer=Answer.DOUBT,
            probability=0.5,
            opinion=None,
            flagged=False,
            disagrees=False,
            synthetic=True,
        ),
    )


@pytest.mark.parametrize(
    "field", ["patient_name", "patient_id", "patient_id_issuer", "accession_number", "description", "body_part"]
)
def test_a_search_looks_into(session: Session, field: str) -> None:
    texts: list[dict[str, Any]] = [{field: "Žluťoučký^Kůň"}, {field: "other"}]
    wanted, _ = (add_case(session, str(number), **fields).key for number, fields in enumerate(texts))
    assert listed(session, WorklistFilter(text="KUN zlut")) == [wanted]


def test_a_doubt_may_also_stand_for_what_ranks_like_one_because_the_ai_failed(session: Session) -> None:
    answers = (Answer.DOUBT, Answer.NONE, None, None, None)
    doubt, none, waiting, failed, read = (add_case(session, str(at), answer).key for at, answer in enumerate(answers))
    for key in (failed, read):
        [image] = images.of_study(session, key)
        failures.add(session, image.key, bundle="net-1", error_class="CorruptFile", message="damaged", at=NOON)
    add_verdict(session, read, Opinion.FRACTURE)
    doubts = WorklistFilter(answers=frozenset({Answer.DOUBT}))
    assert listed(session, doubts) == [doubt]
    assert sorted(listed(session, replace(doubts, with_failed=True))) == [doubt, failed, read]
    assert listed(session, WorklistFilter(answers=frozenset({Answer.NONE}), with_failed=True)) == [none]
    assert waiting in listed(session, WorklistFilter(answers=frozenset({None})))


def test_a_search_finds_what_was_filled_in_later(session: Session) -> None:
    add_case(session, "1")
    add_study(session, "1", patient_name="Late^Comer")
    assert listed(session, WorklistFilter(text="comer")) == [1]


def test_an_endless_search_text_is_no_trouble(session: Session) -> None:
    add_case(session, "1", description="w " * 100)
    assert listed(session, WorklistFilter(text="w " * 100_000)) == [1]


def test_what_was_received_on_a_day_is_found_by_the_moments_of_any_zone(session: Session) -> None:
    zone, tick = timezone(timedelta(hours=9)), timedelta(microseconds=1)
    begin, end = datetime(2026, 3, 1, tzinfo=zone), datetime(2026, 3, 2, tzinfo=zone)
    moments = [begin - tick, begin, end - tick, end]
    keys = [add_study(session, str(number), at=at).key for number, at in enumerate(moments)]
    assert sorted(listed(session, WorklistFilter(received_from=begin, received_to=end))) == keys[1:3]


class TestNext:
    """The next study to read."""

    @pytest.fixture
    def keys(self, session: Session) -> list[int]:
        return [add_case(session, str(number), Answer.DOUBT, minutes=number).key for number in range(4)]

    def test_it_starts_at_the_top(self, session: Session, keys: list[int]) -> None:
        assert worklist.next_unread(session, ALL, after=None) == keys[0]

    def test_an_urgent_case_that_came_in_meanwhile_is_next(self, session: Session, keys: list[int]) -> None:
        add_verdict(session, keys[0], Opinion.FRACTURE)
        urgent = add_case(session, "urgent", Answer.FRACTURE, minutes=99).key
        assert worklist.next_unread(session, ALL, after=keys[0]) == urgent
        assert worklist.next_unread(session, ALL, after=keys[1], skipped={keys[1]}) == urgent

    def test_what_was_skipped_is_passed_over_until_nothing_else_is_left(
        self, session: Session, keys: list[int]
    ) -> None:
        assert worklist.next_unread(session, ALL, after=keys[2], skipped={keys[0], keys[2]}) == keys[1]
        add_verdict(session, keys[1], Opinion.FRACTURE)
        assert worklist.next_unread(session, ALL, after=keys[2], skipped={keys[0], keys[2]}) == keys[3]
        assert worklist.next_unread(session, ALL, after=keys[3], skipped={keys[0], keys[2], keys[3]}) == keys[0]
        assert worklist.next_unread(session, ALL, after=keys[0], skipped=set(keys), without={keys[2]}) == keys[3]

    def test_it_visits_every_case_once(self, session: Session, keys: list[int]) -> None:
        visited, current = [], worklist.next_unread(session, ALL, after=None)
        while current is not None:
            visited.append(current)
            add_verdict(session, current, Opinion.NO_FRACTURE)
            current = worklist.next_unread(session, ALL, after=current)
        assert visited == keys

    def test_it_is_never_the_same_again(self, session: Session, keys: list[int]) -> None:
        only = WorklistFilter(text="nobody")
        assert worklist.next_unread(session, only, after=keys[0]) is None
        for key in keys[1:]:
            add_verdict(session, key, Opinion.FRACTURE)
        assert worklist.next_unread(session, ALL, after=keys[0]) is None

    def test_it_keeps_to_the_filters(self, session: Session, keys: list[int]) -> None:
        flags.raise_flag(session, keys[3], reader="a", reason="x", at=later(0))
        assert worklist.next_unread(session, WorklistFilter(flagged=True), after=keys[0]) == keys[3]

    def test_of_those_that_others_have_open_it_counts_what_it_could_find(
        self, session: Session, keys: list[int]
    ) -> None:
        add_verdict(session, keys[0], Opinion.FRACTURE)
        assert worklist.count_unread(session, ALL, among=keys[:3]) == 2
        assert worklist.count_unread(session, WorklistFilter(flagged=True), among=keys) == 0
        assert worklist.count_unread(session, ALL, among=()) == 0
        offer = worklist.Offer("Dr Reader", adjudicates=False)
        assert worklist.count_unread(session, ALL, among=keys[:2], offer=offer) == 1, "the other one she has read"

    def test_an_unknown_place_starts_at_the_top(self, session: Session, keys: list[int]) -> None:
        assert worklist.next_unread(session, ALL, after=999) == keys[0]


def test_the_order_comes_from_an_index(session: Session) -> None:
    add_case(session, "1")
    offer = worklist.Offer("Dr Reader", adjudicates=False)
    for query, first in (
        (worklist.page_query(ALL), "priority"),
        (worklist.next_query(ALL), "priority"),
        (worklist.page_query(ALL, 2), "double_priority"),
        (worklist.next_query(ALL, offer), "double_priority"),
    ):
        compiled = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = " ".join(str(row[3]) for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
        assert f"USING INDEX ix_summaries_{first}_received_at_study_key" in plan or "COVERING INDEX" in plan
        assert "TEMP B-TREE" not in plan
