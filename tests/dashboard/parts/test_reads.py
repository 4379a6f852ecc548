"""Reads: whose verdict is in force, what it covers, and how it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.records import Image, Mark, Opinion, Verdict
from dashboard.parts.reads import covers, escape, line, marks_of_others, own

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERDICT = Verdict(
    body_region="Wrist", confidence=4, comment="Through the *radius*",
    key=1, study_key=7, reader="Dr. A", opinion=Opinion.FRACTURE, after_ai=False, created_at=AT, seen_image_key=3,
)  # fmt: skip
IMAGE = Image(
    3, 7, "1.2", "1.2.3", 1, "0" * 64, "x", "DX", "WRIST", "L", "PA", 10, 10, None, "", (), AT - timedelta(minutes=5)
)


def test_the_newest_verdict_of_a_reader_is_hers() -> None:
    later = replace(VERDICT, key=2, opinion=Opinion.NO_FRACTURE)
    other = replace(VERDICT, key=3, reader="Dr. B")
    assert own([VERDICT, later, other], "Dr. A") is later
    assert own([VERDICT], "Dr. C") is None


def test_a_withdrawn_verdict_is_nobodys_and_the_one_before_is_hers_again() -> None:
    later = replace(VERDICT, key=2, withdrawn_at=AT)
    assert own([VERDICT, later], "Dr. A") is VERDICT
    assert own([later], "Dr. A") is None


def test_a_withdrawn_verdict_is_struck_out_and_says_so() -> None:
    told = line(replace(VERDICT, withdrawn_at=AT + timedelta(minutes=5)), UTC)
    assert told.startswith("~~▲ Fracture, Wrist, confidence 4~~  \n**↶ withdrawn 2026-03-01 12:05**")
    assert "before the AI, 2026-03-01 12:00" in told
    assert "~~" not in line(VERDICT, UTC)


def test_a_verdict_does_not_cover_an_image_that_she_had_not_seen() -> None:
    assert covers(VERDICT, [IMAGE])
    assert not covers(VERDICT, [IMAGE, replace(IMAGE, key=4)]), "it came before she signed, while she read"
    assert not covers(replace(VERDICT, seen_image_key=None), [IMAGE])
    assert not covers(None, [IMAGE])


def test_a_verdict_is_told_with_who_when_and_what_was_known() -> None:
    told = line(VERDICT, UTC)
    assert "▲ Fracture" in told
    assert "before the AI, 2026-03-01 12:00" in told
    assert "confidence 4" in told


def test_a_verdict_tells_how_much_is_marked() -> None:
    assert "mark" not in line(VERDICT, UTC)
    assert ", 2 marks" in line(replace(VERDICT, marks=(Mark(3, 1, 2, 3, 4), Mark(3, 5, 5, 5, 5))), UTC)


def test_what_a_person_typed_is_never_markup() -> None:
    assert r"\*radius\*" in line(VERDICT, UTC)
    assert escape("<b>:red[x]") == r"\<b\>\:red\[x\]"
    assert escape("=== &amp;") == r"\=\=\= \&amp;", "no heading of the line above, no entity"


def test_the_marks_of_other_readers_are_those_of_their_verdicts_in_force() -> None:
    one, two = Mark(3, 1, 1, 2, 2), Mark(3, 5, 5, 5, 5)
    hers = replace(VERDICT, marks=(one,))
    first = replace(VERDICT, key=2, reader="Dr. B", marks=(one,))
    second = replace(VERDICT, key=3, reader="Dr. B", marks=(two, one))
    taken_back = replace(VERDICT, key=4, reader="Dr. C", marks=(one,), withdrawn_at=AT)
    told = marks_of_others([hers, first, second, taken_back], "Dr. A")
    assert told == (("Dr. B", two), ("Dr. B", one))


def test_a_comment_keeps_its_lines() -> None:
    told = line(replace(VERDICT, comment="Cortex:\r\n  1. broken\n\n*volar*"), UTC)
    assert told.endswith("“Cortex\\:  \n1\\. broken  \n  \n\\*volar\\*”")
