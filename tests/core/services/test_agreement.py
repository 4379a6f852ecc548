"""Agreement: blind reads against the AI, between readers, changes of mind, and time per case."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from core.records import Answer, Case, Opinion, Statement
from core.services import review
from core.services.agreement import readers, site_agreement
from core.services.site import Site
from core.services.withdraw import withdraw_verdict
from core.store import cases, findings
from core.store.database import Session
from tests.clock import Clock
from tests.core.services.films import film, stored
from tests.core.store.entries import new_finding
from tests.people import person

ANSWERS = (Answer.FRACTURE, Answer.FRACTURE, Answer.NONE, Answer.DOUBT)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(site: Site) -> Clock:
    clock = Clock(NOON)
    site.clock = clock
    return clock


@pytest.fixture
def answered(site: Site, clock: Clock) -> Site:
    """Four studies with the answers above."""
    keys = stored(site, *(film(study=number) for number in range(1, 5)))
    with site.database.session() as session:
        for key, answer in zip(keys, ANSWERS, strict=True):
            findings.add(session, new_finding(key, answer), at=NOON)
    return site


def sign(site: Site, key: int, reader: str, *opinions: Opinion) -> None:
    """Open, sign, see the AI's answer, and sign again where there is a second opinion."""
    review.open_case(site, key, actor=person(reader))
    for opinion in opinions:
        review.give_verdict(site, key, Statement(opinion), actor=person(reader))
        review.reveal_ai(site, key, actor=person(reader))


def take_back(site: Site, key: int, reader: str) -> None:
    """Withdraw the last verdict on the case."""
    last = review.open_case(site, key, actor=person(reader)).verdicts[-1]
    withdraw_verdict(site, last.key, actor=person(reader))


def test_readers_against_the_ai_before_and_after(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.FRACTURE)
    sign(answered, 2, "Dr. A", Opinion.NO_FRACTURE, Opinion.FRACTURE)
    sign(answered, 3, "Dr. A", Opinion.NO_FRACTURE)
    sign(answered, 4, "Dr. A", Opinion.NO_FRACTURE)
    sensitive, specific = site_agreement(answered, include_synthetic=True, actor=person()).against_ai
    assert (sensitive.before.both, sensitive.before.second_only, sensitive.before.neither) == (1, 2, 1)
    assert (specific.before.both, specific.before.second_only, specific.before.neither) == (1, 1, 2)
    assert (specific.after.both, specific.after.second_only, specific.after.neither) == (2, 0, 2)
    assert specific.after.kappa == 1


def test_what_was_read_after_the_ai_or_says_neither_is_left_out(answered: Site) -> None:
    review.reveal_ai(answered, 1, actor=person("Dr. A"))
    sign(answered, 1, "Dr. A", Opinion.FRACTURE)
    sign(answered, 2, "Dr. A", Opinion.UNCERTAIN)
    _, specific = site_agreement(answered, actor=person()).against_ai
    assert specific.before.cases == 0


@pytest.mark.parametrize("opinions", [(Opinion.UNCERTAIN, Opinion.FRACTURE), (Opinion.FRACTURE, Opinion.UNCERTAIN)])
def test_before_and_after_are_of_the_same_reads(answered: Site, opinions: tuple[Opinion, Opinion]) -> None:
    """A read that was plain at one moment only is in neither, whichever it was."""
    sign(answered, 1, "Dr. A", *opinions)
    sign(answered, 2, "Dr. A", Opinion.NO_FRACTURE, Opinion.FRACTURE)
    for each in site_agreement(answered, actor=person()).against_ai:
        assert (each.before.cases, each.after.cases) == (1, 1)
        assert (each.before.second_only, each.after.both) == (1, 1)


def test_reads_of_four_cases_are_four_cases_for_the_interval(answered: Site) -> None:
    """Twelve reads are no twelve cases: there is no interval yet."""
    for key, reader in product((1, 2, 3, 4), ("Dr. A", "Dr. B", "Dr. C")):
        sign(answered, key, reader, Opinion.FRACTURE if key == 1 else Opinion.NO_FRACTURE)
    _, specific = site_agreement(answered, actor=person()).against_ai
    assert specific.before.cases == 12
    assert specific.before.kappa == pytest.approx(0.5)
    assert (specific.before.low, specific.before.high) == (None, None)


def test_changes_of_mind_are_counted_by_direction(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.NO_FRACTURE, Opinion.FRACTURE)
    sign(answered, 2, "Dr. A", Opinion.FRACTURE, Opinion.NO_FRACTURE)
    sign(answered, 3, "Dr. A", Opinion.NO_FRACTURE)
    sign(answered, 4, "Dr. A", Opinion.NO_FRACTURE, Opinion.FRACTURE)
    changes = site_agreement(answered, actor=person()).changes
    assert (changes.kept, changes.towards_ai, changes.away_from_ai, changes.other) == (1, 1, 1, 1)


def test_pairs_of_readers_share_cases(answered: Site) -> None:
    for key in (1, 2, 3):
        sign(answered, key, "Dr. A", Opinion.FRACTURE)
    for key, opinion in ((2, Opinion.FRACTURE), (3, Opinion.NO_FRACTURE), (4, Opinion.FRACTURE)):
        sign(answered, key, "Dr. B", opinion)
    sign(answered, 4, "Dr. C", Opinion.FRACTURE)
    found = site_agreement(answered, actor=person())
    assert [(pair.first, pair.second, pair.agreement.cases) for pair in found.pairs] == [
        ("Dr. A", "Dr. B", 2),
        ("Dr. B", "Dr. C", 1),
    ]
    assert found.pairs[0].agreement.share == 0.5
    assert [pair.second for pair in site_agreement(answered, reader="Dr. C", actor=person()).pairs] == ["Dr. C"]


def test_cases_that_nobody_has_read_are_not_fetched(answered: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of a hundred thousand is not loaded at every click."""
    fetched, fetch = list[int](), cases._fetch

    def seen(session: Session, study_keys: Sequence[int]) -> Iterator[Case]:
        fetched.extend(study_keys)
        return fetch(session, study_keys)

    monkeypatch.setattr(cases, "_fetch", seen)
    sign(answered, 2, "Dr. A", Opinion.FRACTURE)
    review.open_case(answered, 3, actor=person("Dr. A"))
    assert site_agreement(answered, actor=person()).cases == 1
    assert fetched == [2]


def test_time_runs_from_the_last_opening_to_the_first_verdict(answered: Site, clock: Clock) -> None:
    for key, minutes in ((1, 1), (2, 3), (3, 45)):
        review.open_case(answered, key, actor=person("Dr. A"))
        clock.now += timedelta(minutes=minutes)
        review.give_verdict(answered, key, Statement(Opinion.FRACTURE), actor=person("Dr. A"))
    everybody, alone = site_agreement(answered, actor=person()).times
    assert (everybody.reader, everybody.reads, everybody.median) == ("", 2, 120)
    assert (alone.reader, alone.lower, alone.upper) == ("Dr. A", 90, 150)


def test_a_site_without_reads_has_nothing_to_tell(answered: Site) -> None:
    found = site_agreement(answered, actor=person())
    assert (found.cases, readers(answered, actor=person()), found.pairs, found.times) == (0, (), (), ())


def test_a_first_read_taken_back_after_the_reveal_leaves_the_comparison_and_is_counted(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.FRACTURE)
    sign(answered, 2, "Dr. A", Opinion.NO_FRACTURE)
    take_back(answered, 2, "Dr. A")
    sign(answered, 2, "Dr. A", Opinion.FRACTURE)
    found = site_agreement(answered, actor=person())
    assert [each.before.cases for each in found.against_ai] == [1, 1]
    assert (found.changes.kept, found.changes.towards_ai) == (1, 0)
    assert (found.withdrawn, [time.reads for time in found.times]) == (1, [1, 1])
    assert site_agreement(answered, reader="Dr. B", actor=person()).withdrawn == 0


def test_a_change_of_mind_taken_back_leaves_the_first_read(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.NO_FRACTURE, Opinion.FRACTURE)
    take_back(answered, 1, "Dr. A")
    found = site_agreement(answered, actor=person())
    assert (found.changes.kept, found.changes.towards_ai, found.withdrawn) == (1, 0, 0)


def test_a_first_read_taken_back_before_any_answer_is_simply_given_anew(answered: Site) -> None:
    review.give_verdict(answered, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    take_back(answered, 1, "Dr. A")
    sign(answered, 1, "Dr. A", Opinion.FRACTURE)
    found = site_agreement(answered, actor=person())
    assert (found.against_ai[1].before.both, found.withdrawn) == (1, 0)


def test_a_read_that_a_later_image_made_void_counts_nowhere(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.NO_FRACTURE)
    sign(answered, 1, "Dr. B", Opinion.NO_FRACTURE)
    [late] = stored(answered, film(9))
    with answered.database.session() as session:
        findings.add(session, new_finding(late, Answer.NONE), at=NOON)
    found = site_agreement(answered, actor=person())
    assert (found.cases, found.pairs, found.changes.kept) == (0, (), 0)
    assert [each.before.cases for each in found.against_ai] == [0, 0]
    review.give_verdict(answered, 1, Statement(Opinion.FRACTURE), actor=person("Dr. C"))
    found = site_agreement(answered, actor=person())
    assert (found.against_ai[1].before.both, found.against_ai[1].before.cases, found.pairs) == (1, 1, ())


def test_a_read_of_fewer_images_is_not_missed_when_it_is_taken_back(answered: Site) -> None:
    sign(answered, 1, "Dr. A", Opinion.NO_FRACTURE)
    stored(answered, film(9))
    take_back(answered, 1, "Dr. A")
    assert site_agreement(answered, actor=person()).withdrawn == 0


def test_a_read_of_all_images_is_missed_also_where_one_of_fewer_stands(answered: Site) -> None:
    review.give_verdict(answered, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    stored(answered, film(9))
    review.give_verdict(answered, 1, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    take_back(answered, 1, "Dr. A")
    found = site_agreement(answered, actor=person())
    assert (found.cases, found.withdrawn) == (0, 1)
