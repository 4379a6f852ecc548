"""Records: the nouns of the product as frozen dataclasses, safe to hand to another thread or process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Answer(StrEnum):
    """The network's answer, from two frozen operating points: below both, between them, above both."""

    NONE = "none"
    DOUBT = "doubt"
    FRACTURE = "fracture"

    @property
    def rank(self) -> int:
        """Urgency: 2 fracture, 1 doubt, 0 none."""
        return list(Answer).index(self)

    @property
    def fractured(self) -> bool | None:
        """Whether there is a fracture; a doubt says neither."""
        return {Answer.FRACTURE: True, Answer.NONE: False}.get(self)


class Outside(StrEnum):
    """Why an image lies outside of the network's intended use; its answer is then a doubt, whatever the network says.

    The first two come out of the file, the others from the gate of the bundle (`models.gate.REASONS`).
    """

    COLOUR = "colour"
    OTHER_REGION = "other_region"
    TOO_SMALL = "too_small"
    NO_CONTRAST = "no_contrast"
    OVER_EXPOSED = "over_exposed"
    CUT_OFF = "cut_off"
    UNLIKE = "unlike"


class Opinion(StrEnum):
    """What a reader says of a study."""

    NO_FRACTURE = "no_fracture"
    FRACTURE = "fracture"
    UNCERTAIN = "uncertain"
    NOT_DIAGNOSTIC = "not_diagnostic"

    @property
    def fractured(self) -> bool | None:
        """Whether there is a fracture; *uncertain* and *not diagnostic* say neither."""
        return {Opinion.FRACTURE: True, Opinion.NO_FRACTURE: False}.get(self)


def agree(opinion: Opinion | None, answer: Answer | None) -> bool | None:
    """Whether reader and AI say the same of whether there is a fracture; None where either does not say."""
    if opinion is None or answer is None or opinion.fractured is None or answer.fractured is None:
        return None
    return opinion.fractured == answer.fractured


class Status(StrEnum):
    """Where a study stands: not answered yet, not read, one of two reads given, two that differ, read."""

    PENDING = "pending"
    UNREAD = "unread"
    SECOND = "second"
    ADJUDICATION = "adjudication"
    READ = "read"


class Outcome(StrEnum):
    """What came of one file on its way in."""

    STORED = "stored"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Region:
    """A place the heat map points at, in pixels of the original image; (x, y) is the top left corner."""

    x: int
    y: int
    width: int
    height: int
    score: float
    """Peak of the heat map inside the region, 0..1."""


@dataclass(frozen=True, slots=True)
class Study:
    """One examination of one patient (PS3.3 C.7.1 and C.7.2). `key` is the database's."""

    key: int
    study_instance_uid: str
    patient_id: str
    patient_name: str
    patient_birth_date: date | None
    patient_sex: str
    accession_number: str
    study_date: datetime | None
    description: str
    body_part: str
    synthetic: bool
    received_at: datetime
    patient_id_issuer: str = ""
    """Who gave out the Patient ID (0010,0021). Two sites may give one number to two people."""
    patient_id_issuer_uid: str = ""
    """The same as a universal ID (0040,0032), which counts before the name."""

    @property
    def issuer(self) -> str:
        """Who gave out the Patient ID, as it is shown."""
        return self.patient_id_issuer or self.patient_id_issuer_uid


@dataclass(frozen=True, slots=True)
class Image:
    """One frame of one SOP instance, or one picture file. `sha256` names the untouched bytes as received."""

    key: int
    study_key: int
    series_instance_uid: str
    sop_instance_uid: str
    frame_number: int
    """1-based, as DICOM counts frames."""
    sha256: str
    source_name: str
    modality: str
    body_part: str
    laterality: str
    view_position: str
    rows: int
    columns: int
    pixel_spacing: tuple[float, float] | None
    """Between rows, between columns, in mm (PS3.3 10.7.1.3)."""
    spacing_source: str
    warnings: tuple[str, ...]
    received_at: datetime
    pixel_aspect: float = 1.0
    """Height of a pixel by its width."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one bundle said of one image, and when."""

    key: int
    image_key: int
    bundle: str
    """Name and short hash of the bundle, e.g. `efficientnetv2_b0-1a2b3c4d`."""
    probability: float
    answer: Answer
    peak: tuple[int, int]
    """(x, y) of the heat map's peak in pixels of the original image."""
    regions: tuple[Region, ...]
    heat_map_sha256: str
    """Blob of the heat map: 8-bit grey PNG covering the whole image at reduced size, 0..255 for 0..1."""
    seconds: float
    created_at: datetime
    outside: Outside | None = None
    """Why the image lies outside of the bundle's intended use; None when it does not."""

    @property
    def weight(self) -> tuple[int, bool, float]:
        """The order of a study's findings: urgency, then those the network was made for, then probability."""
        return self.answer.rank, self.outside is None, self.probability


@dataclass(frozen=True, slots=True)
class Mark:
    """A place a reader marks: a box, or a point when both corners are one.

    Coordinates are pixels of the upright original image, (x0, y0) is the top left corner; 0 <= x <= columns and
    0 <= y <= rows.
    """

    image_key: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reader says of a study, signed or not."""

    opinion: Opinion | None = None
    """None as long as she has not chosen one: such a statement cannot be signed."""
    body_region: str = ""
    fracture_type: str = ""
    """In words, e.g. `Spiral`; only with the opinion fracture."""
    confidence: int | None = None
    """1 (guess) to 5 (certain), or None when not given."""
    comment: str = ""
    marks: tuple[Mark, ...] = ()
    """What she marked on the study's images, in the order she drew; none with the opinion no fracture."""

    def alone(self) -> "Statement":
        """What is said, without who said it and when."""
        return Statement(self.opinion, self.body_region, self.fracture_type, self.confidence, self.comment, self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedRead(Statement):
    """What one reader has said of a study so far, kept for her until she signs it. Nobody else sees it."""

    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Statement):
    """One reader's signed statement on a study. Append-only: a change of mind is a new verdict."""

    key: int
    study_key: int
    reader: str
    opinion: Opinion
    after_ai: bool
    """Given after the AI's answer was revealed to this reader."""
    created_at: datetime
    withdrawn_at: datetime | None = None
    """When the reader took it back: from then on it counts for nothing, and stays on record."""
    adjudicates: bool = False
    """Given in knowledge of two reads that differ, to decide between them."""
    seen_image_key: int | None = None
    """The study's newest image that the reader had before her; None where there was none."""

    def covers(self, images: Iterable[Image]) -> bool:
        """Whether the reader had every one of these images before her."""
        return all(image.key <= (self.seen_image_key or 0) for image in images)


@dataclass(frozen=True, slots=True)
class Flag:
    """A study marked for follow-up. Clearing it is a second row; `cleared_at` is filled from that."""

    key: int
    study_key: int
    reader: str
    reason: str
    created_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyImage:
    """An image that a reader points out to whoever looks next, as in a Key Object Selection (PS3.3 A.35.4)."""

    image_key: int
    reader: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A reader has a study open. It lapses by itself, and binds nobody: it is there to be seen."""

    study_key: int
    reader: str
    claimed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, when, and how it ended. Append-only and hash-chained."""

    key: int
    at: datetime
    actor: str
    action: str
    subject: str
    """Kind and key of the object, e.g. `study:12`; never patient data."""
    outcome: str
    digest: str
    """sha256 over this entry and the digest before it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A study with all that is known of it: the unit a reader works on."""

    study: Study
    images: tuple[Image, ...]
    findings: tuple[Finding, ...]
    """What answers for each image, by the rule of `core.store.answers`."""
    verdicts: tuple[Verdict, ...]
    """Oldest first, withdrawn ones among them."""
    flag: Flag | None
    """The open flag, if any."""
    key_images: tuple[KeyImage, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """The most urgent finding."""
        return max(self.findings, key=lambda finding: finding.weight, default=None)

    @property
    def answer(self) -> Finding | None:
        """The finding that answers for the study, as on the worklist: none only once every image has one."""
        found = self.finding
        complete = len(self.findings) == len(self.images)
        return found if found and (complete or found.answer is not Answer.NONE) else None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict in force: the newest that stands."""
        return self.standing[-1] if self.standing else None

    @property
    def standing(self) -> tuple[Verdict, ...]:
        """The verdicts that count, oldest first."""
        return tuple(verdict for verdict in self.verdicts if verdict.withdrawn_at is None)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One line of the worklist. Fracture and doubt show at the first image that says so; none when all images do."""

    study_key: int
    patient_id: str
    patient_name: str
    study_date: datetime | None
    received_at: datetime
    body_part: str
    laterality: str
    description: str
    modality: str
    image_count: int
    status: Status
    answer: Answer | None
    probability: float | None
    opinion: Opinion | None
    flagged: bool
    disagrees: bool
    """The verdict in force says fracture where the AI says none, or the reverse."""
    synthetic: bool
    failed_count: int = 0
    """Images that could not be analysed: the AI has not seen them."""
    outside: Outside | None = None
    """Why an image lies outside of the AI's intended use. Without a probability, the answer rests on such an image."""
    claimed_by: str = ""
    """Who has it open at this moment; empty when nobody has."""
    begun: bool = False
    """Something is kept for whoever looks at the list that she has said of it and not signed."""
    has_key_image: bool = False
    issuer: str = ""
    """Who gave out the Patient ID, as it is shown; empty where the file does not say."""
    withheld: bool = False
    """What the AI says is kept back until the study is read, all but its priority."""


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """Which studies to list. An empty text or set means all."""

    text: str = ""
    """Part of the patient's name, id or its issuer, the accession number, the description or the body part.

    Case is ignored.
    """
    status: frozenset[Status] = frozenset()
    answers: frozenset[Answer | None] = frozenset()
    """None stands for: no answer yet."""
    with_failed: bool = False
    """A doubt among `answers` also stands for what ranks like one, because the AI failed on an image."""
    body_parts: frozenset[str] = frozenset()
    flagged: bool | None = None
    received_from: datetime | None = None
    """Aware, and inclusive."""
    received_to: datetime | None = None
    """Aware, and exclusive."""
    include_synthetic: bool = True
    opinions: frozenset[Opinion | None] = frozenset()
    """Of the verdict in force; None stands for: no verdict."""
    disagrees: bool | None = None
    has_key_image: bool | None = None


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Some rows of the worklist, and how many there are. `counts` ignores the status filter."""

    rows: tuple[WorklistRow, ...]
    total: int
    counts: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt to analyse an image that failed. Append-only; a later finding does not remove it."""

    key: int
    image_key: int
    bundle: str
    error_class: str
    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one file (or one frame of it) on its way in."""

    file: str
    outcome: Outcome
    sha256: str
    study_key: int | None
    image_key: int | None
    frame_number: int
    warnings: tuple[str, ...]
    error_class: str
    error_message: str
