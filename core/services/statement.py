"""Statement: looks through what a reader says of a study, before it is signed, and before it is kept unsigned."""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import InvalidVerdict
from core.records import Image, Opinion, Statement
from core.services.marks import check_marks, contradict

LONGEST = 4000
"""Most characters of a comment or a reason."""
LONGEST_NAME = 200
"""Most characters of a region or a type."""


def signable(said: Statement, images: Sequence[Image]) -> Statement:
    """The statement as it is signed; `images` are the study's. Raises InvalidVerdict with what to mend."""
    opinion = known_opinion(said.opinion)
    said = kept(replace(said, opinion=opinion), images)
    if said.fracture_type and opinion is not Opinion.FRACTURE:
        raise InvalidVerdict("A type of fracture goes with the verdict fracture only. Take it out, or choose fracture.")
    if contradict(said.marks, opinion):
        raise InvalidVerdict("Marks do not go with the verdict no fracture. Delete them, or choose another verdict.")
    return said


def kept(said: Statement, images: Sequence[Image]) -> Statement:
    """The statement as it may stand unsigned: not finished, but each part such as could be signed.

    `images` are the study's. Raises InvalidVerdict.
    """
    if said.confidence is not None and said.confidence not in range(1, 6):
        raise InvalidVerdict("Confidence goes from 1 (guess) to 5 (certain), or stays empty.")
    check_marks(said.marks, images)
    return replace(
        said,
        body_region=checked(said.body_region, LONGEST_NAME, "region"),
        fracture_type=checked(said.fracture_type, LONGEST_NAME, "type of fracture"),
        comment=checked(said.comment, LONGEST, "comment"),
    )


def checked(text: str, longest: int, what: str) -> str:
    """The text without surrounding blanks. Raises InvalidVerdict when it is too long."""
    text = text.strip()
    if len(text) > longest:
        raise InvalidVerdict(f"The {what} is longer than {longest} characters. Shorten it.")
    return text


def known_opinion(opinion: Opinion | None) -> Opinion:
    """The opinion, also from its plain word. Raises InvalidVerdict."""
    try:
        return Opinion(opinion or "")
    except ValueError:
        raise InvalidVerdict("This is none of the possible opinions. Choose one of the four.") from None
