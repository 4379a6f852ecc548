"""Findings: what bundles said of images. Append-only; one per image and bundle, the first is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.arrivals import NewFinding
from core.records import Answer, Finding, Outside, Region
from core.store import summaries
from core.store.answers import answering
from core.store.tables import FindingRow, ImageRow, SeriesRow


def add(session: Session, finding: NewFinding, *, at: datetime) -> Finding:
    """Store a finding, or return the one this bundle already gave for the image."""
    stored = find(session, finding.image_key, finding.bundle)
    if stored is not None:
        return stored
    row = _row(finding, at)
    session.add(row)
    session.flush()
    summaries.refresh_image(session, finding.image_key)
    session.refresh(row)
    return record(row)


def find(session: Session, image_key: int, bundle: str) -> Finding | None:
    """What this bundle said of the image, if it was asked."""
    query = select(FindingRow).where(FindingRow.image_key == image_key, FindingRow.bundle == bundle)
    row = session.scalar(query)
    return None if row is None else record(row)


def of_image(session: Session, image_key: int) -> Finding | None:
    """The finding that answers for one image, see `core.store.answers`."""
    study = select(SeriesRow.study_key).join(ImageRow, ImageRow.series_key == SeriesRow.key)
    study_key = session.scalar(study.where(ImageRow.key == image_key))
    found = of_studies(session, [study_key]) if study_key is not None else ()
    return next((finding for finding in found if finding.image_key == image_key), None)


def of_study(session: Session, study_key: int) -> tuple[Finding, ...]:
    """The finding that answers for each image of the study, in the images' order."""
    return of_studies(session, [study_key])


def of_studies(session: Session, study_keys: Sequence[int]) -> tuple[Finding, ...]:
    """The finding that answers for each image of these studies, in the images' order."""
    query = select(FindingRow).join(ImageRow, FindingRow.image_key == ImageRow.key)
    query = query.join(SeriesRow, ImageRow.series_key == SeriesRow.key).where(SeriesRow.study_key.in_(study_keys))
    found = answering(session, study_keys, session.scalars(query.order_by(FindingRow.key)).all())
    return tuple(record(row) for row in sorted(found, key=lambda row: row.image_key))


def record(row: FindingRow) -> Finding:
    """The row as a record."""
    return Finding(
        key=row.key,
        image_key=row.image_key,
        bundle=row.bundle,
        probability=row.probability,
        answer=Answer(row.answer),
        peak=(row.peak_x, row.peak_y),
        regions=tuple(Region(int(x), int(y), int(w), int(h), score) for x, y, w, h, score in row.regions),
        heat_map_sha256=row.heat_map_sha256,
        seconds=row.seconds,
        created_at=row.created_at,
        outside=Outside(row.outside) if row.outside else None,
    )


def _row(finding: NewFinding, at: datetime) -> FindingRow:
    return FindingRow(
        image_key=finding.image_key,
        bundle=finding.bundle,
        probability=finding.probability,
        answer=finding.answer.value,
        peak_x=finding.peak[0],
        peak_y=finding.peak[1],
        regions=[[r.x, r.y, r.width, r.height, r.score] for r in finding.regions],
        heat_map_sha256=finding.heat_map_sha256,
        seconds=finding.seconds,
        created_at=at,
        outside=finding.outside or "",
    )
