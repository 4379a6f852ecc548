"""Reads: what signatures amount to where two readers read each study."""

import pytest

from core.records import Opinion
from core.store.reads import Signature, reads_of

FRACTURE, NONE, UNCERTAIN = Opinion.FRACTURE, Opinion.NO_FRACTURE, Opinion.UNCERTAIN


def signed(*given: tuple[str, Opinion], asked: int = 2) -> list[Signature]:
    """Signatures one after another; who is called `lead` adjudicates."""
    return [
        Signature(key, reader, opinion, 1, asked, adjudicates=reader == "lead")
        for key, (reader, opinion) in enumerate(given, start=1)
    ]


@pytest.mark.parametrize(
    ("given", "disputed", "decided"),
    [
        ([], False, None),
        ([("a", FRACTURE)], False, None),
        ([("a", FRACTURE), ("a", NONE)], False, None),
        ([("a", FRACTURE), ("b", FRACTURE)], False, 2),
        ([("a", UNCERTAIN), ("b", UNCERTAIN)], False, 2),
        ([("a", FRACTURE), ("b", NONE)], True, None),
        ([("a", FRACTURE), ("b", UNCERTAIN)], True, None),
        ([("a", NONE), ("a", FRACTURE), ("b", FRACTURE)], False, 3),
        ([("a", FRACTURE), ("b", NONE), ("b", FRACTURE)], True, None),
        ([("a", FRACTURE), ("b", FRACTURE), ("b", NONE)], True, None),
        ([("a", FRACTURE), ("b", FRACTURE), ("c", FRACTURE)], False, 3),
        ([("a", FRACTURE), ("b", FRACTURE), ("c", NONE)], True, None),
        ([("a", FRACTURE), ("b", NONE), ("lead", NONE)], True, 3),
        ([("a", FRACTURE), ("b", NONE), ("lead", NONE), ("a", NONE), ("c", FRACTURE)], True, 3),
        ([("a", FRACTURE), ("b", NONE), ("lead", NONE), ("lead", FRACTURE)], True, 4),
    ],
)
def test_two_that_agree_decide_and_two_that_differ_wait(
    given: list[tuple[str, Opinion]], disputed: bool, decided: int | None
) -> None:
    reads = reads_of(signed(*given), 1)
    assert reads.disputed is disputed
    assert (reads.decided.key if reads.decided else None) == decided
    assert list(reads.said) == list(dict.fromkeys(reader for reader, _ in given if reader != "lead"))


def test_what_was_signed_on_fewer_images_is_void() -> None:
    before = signed(("a", FRACTURE), ("b", NONE))
    assert reads_of(before, 2).said == {}
    assert list(reads_of([*before, Signature(3, "b", NONE, 2)], 2).said) == ["b"]


def test_a_read_given_while_one_was_asked_for_decides_alone() -> None:
    before = signed(("a", FRACTURE), ("b", NONE), asked=1)
    reads = reads_of(before, 1)
    assert (reads.disputed, reads.decided) == (False, before[-1])
    changed = reads_of([*before, Signature(3, "b", UNCERTAIN, 1)], 1)
    assert changed.decided is not None
    assert changed.decided.key == 3, "who gave it may still change her mind"
    assert reads_of([*before, Signature(3, "c", FRACTURE, 1)], 1).disputed, "a colleague who differs opens it again"
