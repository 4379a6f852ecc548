"""Wording: every failure has words, and what a reader sees of names, times and numbers."""

from datetime import UTC, datetime, timedelta
from enum import Enum

import pytest

from core import errors
from core.records import Answer, Opinion, Outcome, Status
from dashboard import wording


def all_errors() -> list[type[errors.LucencyError]]:
    """Every class of the error tree."""
    found, waiting = [], [errors.LucencyError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return found


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_says_what_happened_and_what_to_do(kind: type[errors.LucencyError]) -> None:
    words = wording.ADVICE[kind]
    assert words.title
    assert words.next_step.endswith(".")


def test_an_error_without_words_of_its_own_takes_those_above_it() -> None:
    class Special(errors.CorruptFile):
        """A case nobody wrote words for."""

    assert wording.advice(Special("x")) is wording.ADVICE[errors.CorruptFile]


def test_a_receipts_error_is_found_by_name() -> None:
    assert wording.advice_by_name("NoPixels") is wording.ADVICE[errors.NoPixels]
    assert wording.advice_by_name("Unheard") is wording.ADVICE[errors.LucencyError]


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (wording.ANSWERS, Answer),
        (wording.PRIORITIES, Answer),
        (wording.SHORT_ANSWERS, Answer),
        (wording.OPINIONS, Opinion),
        (wording.STATUSES, Status),
        (wording.OUTCOMES, Outcome),
    ],
)
def test_every_fact_has_words(table: dict[object, object], kinds: type[Enum]) -> None:
    assert set(table) == set(kinds)


@pytest.mark.parametrize("table", [wording.ANSWERS, wording.OPINIONS, wording.PRIORITIES, wording.OUTCOMES])
def test_no_two_facts_differ_by_colour_alone(table: dict[object, wording.Sign]) -> None:
    assert len({sign.words for sign in table.values()}) == len(table)
    assert len({sign.symbol for sign in table.values()}) == len(table)


def test_every_tone_has_a_colour() -> None:
    signs = (*wording.ANSWERS.values(), *wording.OPINIONS.values(), *wording.STATUSES.values())
    assert {sign.tone for sign in signs} <= set(wording.TONE_COLOURS)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Marsh^Ada", "Marsh, Ada"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎, やまだ, たろう)"),
        ("=山田^太郎", "山田, 太郎"),
        ("Solo", "Solo"),
        ("^^^", ""),
        ("", ""),
    ],
)
def test_person_names_are_written_as_people_write_them(raw: str, shown: str) -> None:
    assert wording.person_name(raw) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, "now"), (5, "5 min"), (59, "59 min"), (60, "1 h"), (47 * 60, "47 h"), (48 * 60, "2 d")]
)
def test_waiting_times_at_a_glance(minutes: int, shown: str) -> None:
    assert wording.span(timedelta(minutes=minutes)) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.001, "<1%"), (0.634, "63%"), (0.999, ">99%"), (0.01, "1%")])
def test_probabilities_without_false_precision(value: float, shown: str) -> None:
    assert wording.percent(value) == shown


def test_times_are_told_in_the_readers_zone() -> None:
    from zoneinfo import ZoneInfo

    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert wording.moment(at, ZoneInfo("Europe/Berlin")) == "2026-07-02 00:30"
    assert wording.moment(None, UTC) == "–"


@pytest.mark.parametrize(
    ("part", "region"),
    [("WRIST", "Wrist"), ("LOWER LEG", "Lower leg"), ("HAND WRIST", None), ("", None), ("SKULL", None)],
)
def test_a_body_part_that_names_one_region_fills_it_in(part: str, region: str | None) -> None:
    index = wording.region_index(part)
    assert (wording.BODY_REGIONS[index] if index is not None else None) == region


def test_counts_agree_with_their_noun() -> None:
    assert [wording.counted(n, "case") for n in (0, 1, 1200)] == ["0 cases", "1 case", "1,200 cases"]


def test_the_time_left_is_as_rough_as_it_is() -> None:
    assert wording.remaining(20) == "less than a minute left"
    assert wording.remaining(150) == "about 2 min left"


def test_the_second_verdict_names_the_first() -> None:
    assert "No fracture" in wording.verdict_title(Opinion.NO_FRACTURE)
    assert wording.verdict_title(None) == "**Your verdict**"


@pytest.mark.parametrize(
    ("part", "trained", "warns"),
    [
        ("ELBOW", ("hand",), False),
        ("CHEST", ("hand", "leg"), True),
        ("KNEE", ("leg",), False),
        ("EXTREMITY", ("hand",), False),
        ("", ("hand",), False),
        ("CHEST", (), False),
    ],
)
def test_a_body_part_outside_of_the_training_is_told(part: str, trained: tuple[str, ...], warns: bool) -> None:
    assert bool(wording.outside_use(part, trained)) is warns
