"""Summaries: derives what the worklist shows of a study, in the same transaction as every change of its facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session, aliased

from core.records import Answer, Opinion, Status, agree
from core.store.answers import answering
from core.store.reads import Reads, Signature, reads_of
from core.store.tables import (
    FailureRow,
    FindingRow,
    FlagEventRow,
    ImageRow,
    KeyImageEventRow,
    SeriesRow,
    StudyRow,
    SummaryRow,
    VerdictRow,
    WithdrawalRow,
)

IN_SERIES = ImageRow.series_key == SeriesRow.key
SIGNED = (
    VerdictRow.key, VerdictRow.reader, VerdictRow.opinion, VerdictRow.image_key, VerdictRow.reads_asked,
    VerdictRow.adjudicates,
)  # fmt: skip
ANSWERED = (FindingRow.answer, FindingRow.probability, FindingRow.outside)
READ_LATER = 4
"""Added to the priority of a study that is read: all of those come after all that are not."""
CHUNK = 500
"""Studies handled by one set of queries."""
UNTOUCHED = and_(SummaryRow.readers == "", SummaryRow.decided_by.is_(None))
"""Nobody has read the study as it now stands."""


class Said(NamedTuple):
    """Of a finding, what a summary needs."""

    study_key: int
    image_key: int
    key: int
    bundle: str
    answer: str
    probability: float
    outside: str


@dataclass(slots=True)
class Facts:
    """What a summary is derived from. Images, findings and failures by image key."""

    received_at: datetime
    modalities: dict[int, str] = field(default_factory=dict)
    lateralities: dict[int, str] = field(default_factory=dict)
    findings: dict[int, tuple[Answer, float, str]] = field(default_factory=dict)
    """Answer, probability and reason to lie outside: what answers for each image."""
    failed: set[int] = field(default_factory=set)
    opinion: Opinion | None = None
    """The verdict in force."""
    seen_image_key: int | None = None
    """The newest image that verdict is about."""
    signatures: list[Signature] = field(default_factory=list)
    """Of every verdict, oldest first."""
    flagged: bool = False
    key_images: set[tuple[int, str]] = field(default_factory=set)
    """Image and the reader who points it out."""

    @property
    def unseen(self) -> set[int]:
        """Images the AI failed on and has no answer for."""
        return self.failed - self.findings.keys()

    @property
    def waiting(self) -> set[int]:
        """Images that the AI is still to look at."""
        return self.modalities.keys() - self.findings.keys() - self.failed


def refresh(session: Session, *study_keys: int) -> None:
    """Derive the summaries of these studies anew."""
    _write(session, study_keys)


def mark_stale(session: Session, bundle: str) -> None:
    """Mark every study that may be answered differently with this network in use: it and another have answered."""
    other = aliased(FindingRow)
    both = and_(other.image_key == FindingRow.image_key, other.bundle != FindingRow.bundle)
    images = select(FindingRow.image_key).join(other, both).where(FindingRow.bundle == bundle)
    studies = select(SeriesRow.study_key).join(ImageRow, IN_SERIES).where(ImageRow.key.in_(images))
    session.execute(update(SummaryRow).where(SummaryRow.study_key.in_(studies)).values(stale=True))


def stale(session: Session, *, limit: int) -> Sequence[int]:
    """Keys of some studies that are marked so, most urgent first."""
    query = select(SummaryRow.study_key).where(SummaryRow.stale)
    return session.scalars(query.order_by(SummaryRow.priority, SummaryRow.study_key).limit(limit)).all()


def refresh_image(session: Session, image_key: int) -> None:
    """Derive the summary of this image's study anew."""
    query = select(SeriesRow.study_key).join(ImageRow, ImageRow.series_key == SeriesRow.key)
    study_key = session.scalar(query.where(ImageRow.key == image_key))
    if study_key is not None:
        refresh(session, study_key)


def rebuild(session: Session) -> None:
    """Derive every summary anew."""
    keys = iter(session.scalars(select(StudyRow.key).order_by(StudyRow.key)).all())
    while chunk := list(islice(keys, CHUNK)):
        _write(session, chunk)


def derive(facts: Facts) -> dict[str, object]:
    """The columns of the summary that these facts amount to, but for the study's key."""
    status, answer = _status(facts), _answer(facts)
    reads = reads_of(facts.signatures, _newest(facts))
    return _double(facts, reads, answer) | {
        "priority": _priority(facts, status, answer),
        "received_at": facts.received_at,
        "status": status.value,
        "answer": None if answer is None else answer.value,
        "probability": None if answer is None else _probability(facts),
        "opinion": None if facts.opinion is None else facts.opinion.value,
        "flagged": facts.flagged,
        "has_key_image": bool(facts.key_images),
        "disagrees": agree(facts.opinion, answer) is False,
        "modality": "/".join(sorted({m for m in facts.modalities.values() if m})),
        "laterality": _laterality(set(facts.lateralities.values())),
        "image_count": len(facts.modalities),
        "failed_count": len(facts.unseen),
        "outside": next((reason for _, _, reason in facts.findings.values() if reason), ""),
    }


def _double(facts: Facts, reads: Reads, answer: Answer | None) -> dict[str, object]:
    """The columns for a site where two readers read each study: no opinion, nor a hint of one, before it is decided."""
    status = _double_status(facts, reads)
    opinion = reads.decided.opinion if reads.decided else None
    return {
        "double_priority": _priority(facts, status, answer),
        "double_status": status.value,
        "double_opinion": None if opinion is None else opinion.value,
        "double_disagrees": agree(opinion, answer) is False,
        "double_key_image": reads.decided is not None and bool(facts.key_images),
        "readers": "".join(f"\n{reader}\n" for reader in reads.said),
        "decided_by": reads.decided.key if reads.decided else None,
    }


def _double_status(facts: Facts, reads: Reads) -> Status:
    if reads.decided:
        return Status.READ
    if reads.disputed:
        return Status.ADJUDICATION
    return Status.SECOND if reads.said else _unread(facts)


def _newest(facts: Facts) -> int:
    return max(facts.modalities, default=0)


def _status(facts: Facts) -> Status:
    """Read while the verdict in force is about the newest image; an image that comes later asks for another look."""
    if facts.opinion is not None and (facts.seen_image_key or 0) >= _newest(facts):
        return Status.READ
    return _unread(facts)


def _unread(facts: Facts) -> Status:
    return Status.PENDING if facts.waiting or not facts.modalities else Status.UNREAD


def _answer(facts: Facts) -> Answer | None:
    """The most urgent answer; `none` only when every image has one."""
    answer = max((answer for answer, _, _ in facts.findings.values()), key=lambda a: a.rank, default=None)
    complete = facts.findings.keys() >= facts.modalities.keys()
    return answer if complete or answer is not Answer.NONE else None


def _probability(facts: Facts) -> float | None:
    """Of the finding the answer rests on; None when that image lies outside of the network's intended use."""
    _, inside, probability = max((answer.rank, not reason, p) for answer, p, reason in facts.findings.values())
    return probability if inside else None


def _priority(facts: Facts, status: Status, answer: Answer | None) -> int:
    return _urgency(facts, answer) + (READ_LATER if status is Status.READ else 0)


def _urgency(facts: Facts, answer: Answer | None) -> int:
    """What the AI could not look at is urgent like a doubt: unknown is not probably normal."""
    if answer is None and (facts.waiting or not facts.unseen):
        return 3
    return Answer.FRACTURE.rank - (Answer.DOUBT if answer is None else answer).rank


def _laterality(sides: set[str]) -> str:
    """The side all images agree on, `B` for both (PS3.3 C.7.3.1.1.2 and C.8.11.1), or empty."""
    known = sides - {""}
    return next(iter(known)) if len(known) == 1 else "B" * bool(known)


def _write(session: Session, study_keys: Sequence[int]) -> None:
    stored = session.scalars(select(SummaryRow).where(SummaryRow.study_key.in_(study_keys)))
    rows = {row.study_key: row for row in stored}
    for study_key, facts in _gather(session, study_keys).items():
        row = rows.get(study_key) or SummaryRow(study_key=study_key)
        for name, value in derive(facts).items():
            setattr(row, name, value)
        row.stale = False
        session.add(row)
    session.flush()


def _gather(session: Session, study_keys: Sequence[int]) -> dict[int, Facts]:
    received = select(StudyRow.key, StudyRow.received_at).where(StudyRow.key.in_(study_keys))
    gathered = {key: Facts(received_at=at) for key, at in session.execute(received)}
    _gather_images(session, gathered)
    _gather_answers(session, gathered)
    _gather_reviews(session, gathered)
    _gather_key_images(session, gathered)
    return gathered


def _gather_images(session: Session, gathered: dict[int, Facts]) -> None:
    query = select(SeriesRow.study_key, ImageRow.key, ImageRow.modality, ImageRow.laterality)
    query = query.join(ImageRow, IN_SERIES).where(SeriesRow.study_key.in_(gathered))
    for study_key, key, modality, laterality in session.execute(query):
        gathered[study_key].modalities[key] = modality
        gathered[study_key].lateralities[key] = laterality


def _gather_answers(session: Session, gathered: dict[int, Facts]) -> None:
    """Fill in the findings that answer, and failures."""
    said = select(SeriesRow.study_key, FindingRow.image_key, FindingRow.key, FindingRow.bundle, *ANSWERED)
    said = said.join(ImageRow, IN_SERIES).join(FindingRow, FindingRow.image_key == ImageRow.key)
    said = said.where(SeriesRow.study_key.in_(gathered)).order_by(FindingRow.key)
    for each in answering(session, gathered, [Said(*row) for row in session.execute(said)]):
        gathered[each.study_key].findings[each.image_key] = (Answer(each.answer), each.probability, each.outside)
    failures = select(SeriesRow.study_key, ImageRow.key)
    failures = failures.join(ImageRow, IN_SERIES).join(FailureRow, FailureRow.image_key == ImageRow.key)
    for study_key, key in session.execute(failures.where(SeriesRow.study_key.in_(gathered))):
        gathered[study_key].failed.add(key)


def _gather_reviews(session: Session, gathered: dict[int, Facts]) -> None:
    """Fill in verdicts that stand and flags, in the order of their keys, so that the newest stays."""
    verdicts = select(VerdictRow.study_key, *SIGNED).where(VerdictRow.study_key.in_(gathered)).order_by(VerdictRow.key)
    verdicts = verdicts.outerjoin(WithdrawalRow, WithdrawalRow.verdict_key == VerdictRow.key)
    verdicts = verdicts.where(WithdrawalRow.key.is_(None))
    for study_key, key, reader, opinion, image_key, reads_asked, adjudicates in session.execute(verdicts):
        facts, said = gathered[study_key], Opinion(opinion)
        facts.opinion, facts.seen_image_key = said, image_key
        facts.signatures.append(Signature(key, reader, said, image_key, reads_asked, adjudicates))
    events = select(FlagEventRow.study_key, FlagEventRow.event).order_by(FlagEventRow.key)
    for study_key, event in session.execute(events.where(FlagEventRow.study_key.in_(gathered))):
        gathered[study_key].flagged = event == "raised"


def _gather_key_images(session: Session, gathered: dict[int, Facts]) -> None:
    query = select(SeriesRow.study_key, ImageRow.key, KeyImageEventRow.reader, KeyImageEventRow.chosen)
    query = query.join(ImageRow, IN_SERIES).join(KeyImageEventRow, KeyImageEventRow.image_key == ImageRow.key)
    query = query.where(SeriesRow.study_key.in_(gathered)).order_by(KeyImageEventRow.key)
    for study_key, image_key, reader, chosen in session.execute(query):
        key_images = gathered[study_key].key_images
        (key_images.add if chosen else key_images.discard)((image_key, reader))
