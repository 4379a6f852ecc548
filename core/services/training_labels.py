"""Training labels: what the decided reads of a case say of each of its images, as far as a network can learn from it.

A verdict is about a study, a label about one image. *No fracture* is true of every image; *fracture* is true of those
that a reader marked, and of a lone image without a mark. Of the other views nobody said that they show it: they are
left out. What several readers marked stands beside each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.records import Case, Image, Mark, Opinion, Outside, Study, Verdict
from core.services.export import case_told, first_of, is_read, last_reads
from core.store.studies import fold, names_somebody
from core.store.worklist import DoubleRead

Box = tuple[float, float, float, float]


class LeftOut(StrEnum):
    """Why a case or an image teaches nothing."""

    UNDECIDED = "cases that are not read, or not decided"
    NEITHER = "cases with an opinion that is neither fracture nor no fracture"
    OUTSIDE = "images of another region, in colour, or too poor to read"
    UNMARKED = "images without a mark, of a fracture seen on one of several"
    UNREADABLE = "images that cannot be decoded"


@dataclass(frozen=True, slots=True)
class Label:
    """What one image teaches, and how its readers came to say so."""

    image: Image
    fractured: bool
    boxes: tuple[Box, ...]
    """x0, y0, x1, y1 in pixels of the upright image; points have none."""
    patient: str
    """A word for the patient that tells nothing of her, see `patients`."""
    region: str
    """Body Part Examined (0018,0015) in small letters, empty where the file names none."""
    after_ai: bool
    """The opinion that decides was given after the AI's answer was revealed to its reader."""
    first_opinion: Opinion
    """What the same reader said first."""
    first_after_ai: bool
    bundle: str
    """Whose answer the image has; empty without one."""
    unlike: bool
    """That answer says the network knows nothing like the image: what a reader says of it is worth the more."""
    reads: int
    """How many readers read the case as it now stands."""


def labels_of(case: Case, found: DoubleRead | None, patient: str) -> Iterator[Label | LeftOut]:
    """What the case teaches, image by image, or why it does not; `found` where two readers read each case."""
    told = case if found is None else case_told(case, found, keep_ai=True)
    if told.verdict is None or not is_read(told):
        yield LeftOut.UNDECIDED
    elif told.verdict.opinion.fractured is None:
        yield LeftOut.NEITHER
    else:
        reads = reads_behind(told, found)
        yield from image_labels(told, told.verdict, reads, patient)


def reads_behind(case: Case, found: DoubleRead | None) -> list[Verdict]:
    """What each reader of the case said last."""
    readers = dict.fromkeys(each.reader for each in case.standing) if found is None else found.readers
    return last_reads(case, readers)


def image_labels(case: Case, verdict: Verdict, reads: list[Verdict], patient: str) -> Iterator[Label | LeftOut]:
    """One label an image, by the verdict in force."""
    marks = fracture_marks([*reads, verdict])
    answers = {finding.image_key: finding for finding in case.findings}
    first = first_of(case) or verdict
    for image in case.images:
        fractured, answer = verdict.opinion is Opinion.FRACTURE, answers.get(image.key)
        marked = [mark for mark in marks if fractured and mark.image_key == image.key]
        if answer and answer.outside not in (None, Outside.UNLIKE):
            yield LeftOut.OUTSIDE
        elif fractured and not marked and len(case.images) > 1:
            yield LeftOut.UNMARKED
        else:
            yield Label(
                image=image,
                fractured=fractured,
                boxes=tuple(boxes_of(marked)),
                patient=patient,
                region=(image.body_part or case.study.body_part).lower(),
                after_ai=verdict.after_ai,
                first_opinion=first.opinion,
                first_after_ai=first.after_ai,
                bundle=answer.bundle if answer else "",
                unlike=answer is not None and answer.outside is Outside.UNLIKE,
                reads=len(reads),
            )


def fracture_marks(verdicts: Iterable[Verdict]) -> tuple[Mark, ...]:
    """What was marked by those who said fracture, each verdict once."""
    said = {each.key: each.marks for each in verdicts if each.opinion is Opinion.FRACTURE}
    return tuple(mark for marks in said.values() for mark in marks)


def boxes_of(marks: Iterable[Mark]) -> Iterator[Box]:
    """The marks that cover an area."""
    return ((m.x0, m.y0, m.x1, m.y1) for m in marks if m.x0 < m.x1 and m.y0 < m.y1)


def patients(studies: Iterable[Study]) -> dict[int, str]:
    """A word for the patient of each study, by study key: the key of her first study here.

    Nothing of it comes from a Patient ID, so that nobody can find her by trying IDs, and it stays the same from one
    export to the next. Studies that share an ID share a word, whoever issued it, also where two sites may have given
    one number twice: that only keeps more together. A study without an ID that names somebody has a word of its own.
    """
    first: dict[str, int] = {}
    words = {}
    for study in sorted(studies, key=lambda each: each.key):
        known = names_somebody(study.patient_id)
        words[study.key] = (
            f"patient-{first.setdefault(fold(study.patient_id), study.key)}" if known else f"study-{study.key}"
        )
    return words
