"""Entries: makes rows for the store's tests through the store's own functions."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from core.arrivals import NewFinding, NewImage, NewStudy
from core.records import Answer, Finding, Image, Opinion, Region, Statement, Study, Verdict
from core.store import findings, images, studies, verdicts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROBABILITY = {Answer.NONE: 0.05, Answer.DOUBT: 0.5, Answer.FRACTURE: 0.95}


def later(minutes: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(minutes=minutes)


def sha256(text: str) -> str:
    """A sha256 that only this text has."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_image(name: str, **changes: object) -> NewImage:
    """An image called so, with one field or the other changed."""
    fields: dict[str, object] = {
        "series_instance_uid": "2.25.1",
        "sop_instance_uid": f"2.25.2.{name}",
        "sha256": sha256(name),
        "rows": 2048,
        "columns": 1760,
        "modality": "DX",
        "laterality": "L",
        "pixel_spacing": (0.143, 0.143),
        "spacing_source": "ImagerPixelSpacing",
    }
    return NewImage(**(fields | changes))  # type: ignore[arg-type]


def new_finding(
    image_key: int, answer: Answer, *, bundle: str = "net-1", probability: float | None = None
) -> NewFinding:
    """A finding with this answer."""
    return NewFinding(
        image_key=image_key,
        bundle=bundle,
        probability=PROBABILITY[answer] if probability is None else probability,
        answer=answer,
        peak=(100, 200),
        regions=() if answer is Answer.NONE else (Region(90, 190, 20, 24, 0.75),),
        heat_map_sha256=sha256("heat"),
        seconds=0.2,
    )


def add_study(session: Session, name: str = "1", *, at: datetime = NOON, **changes: object) -> Study:
    """A study called so."""
    study = NewStudy(study_instance_uid=f"2.25.3.{name}", **changes)  # type: ignore[arg-type]
    return studies.upsert(session, study, at=at).study


def add_image(session: Session, study_key: int, name: str = "1", *, at: datetime = NOON, **changes: object) -> Image:
    """An image called so, in a study."""
    return images.add(session, study_key, new_image(name, **changes), at=at).image


def add_finding(
    session: Session, image_key: int, answer: Answer, *, bundle: str = "net-1", probability: float | None = None
) -> Finding:
    """What a bundle says of an image."""
    return findings.add(session, new_finding(image_key, answer, bundle=bundle, probability=probability), at=NOON)


def add_verdict(
    session: Session, study_key: int, opinion: Opinion, *, at: datetime = NOON, after_ai: bool = False
) -> Verdict:
    """What Dr Reader says of a study."""
    return verdicts.add(session, study_key, Statement(opinion), reader="Dr Reader", after_ai=after_ai, at=at)


def add_case(
    session: Session, name: str, answer: Answer | None = None, *, minutes: float = 0, **changes: object
) -> Study:
    """A study of one image, answered if there is an answer, received so many minutes after NOON."""
    study = add_study(session, name, at=later(minutes), **changes)
    image = add_image(session, study.key, name)
    if answer is not None:
        add_finding(session, image.key, answer)
    return study
