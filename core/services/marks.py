"""Marks: looks through what a reader has marked, before it is kept or signed."""

from collections.abc import Sequence
from math import isfinite

from core.errors import InvalidVerdict
from core.records import Image, Mark, Opinion

MOST_MARKS = 50
"""Most marks of one verdict."""


def contradict(marks: Sequence[Mark], opinion: Opinion | None) -> bool:
    """Whether something is marked where the reader sees nothing."""
    return bool(marks) and opinion is Opinion.NO_FRACTURE


def check_marks(marks: Sequence[Mark], images: Sequence[Image]) -> None:
    """Raise InvalidVerdict where there are too many, or one does not lie on these images, the study's."""
    if len(marks) > MOST_MARKS:
        raise InvalidVerdict(f"There are more than {MOST_MARKS} marks. Delete some.")
    known = {image.key: image for image in images}
    for mark in marks:
        image = known.get(mark.image_key)
        if image is None:
            raise InvalidVerdict("A mark lies on no image of this study. Open the case again and draw it anew.")
        if not inside(mark, image):
            raise InvalidVerdict("A mark does not lie inside its image. Delete it and draw it again.")


def inside(mark: Mark, image: Image) -> bool:
    """Whether the mark is a box or a point within the image."""
    finite = all(isfinite(each) for each in (mark.x0, mark.y0, mark.x1, mark.y1))
    return finite and 0 <= mark.x0 <= mark.x1 <= image.columns and 0 <= mark.y0 <= mark.y1 <= image.rows
