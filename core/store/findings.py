"""Findings: what bundles said of images. Append-only; one per image and bundle, the first is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.arrivals import NewFinding
from core.records import Answer, Finding, Outside, Region
from core.store import summaries
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


def latest(session: Session, image_key: int) -> Finding | None:
    """The newest finding of one image."""
    query = select(FindingRow).where(FindingRow.image_key == image_key).order_by(FindingRow.key.desc()).limit(1)
    row = session.scalar(query)
    return None if row is None else record(row)


def of_study(session: Session, study_key: int) -> tuple[Finding, ...]:
    """The newest finding of each image of the study, in the images' order."""
    return newest(session, [study_key])


def newest(session: Session, study_keys: Sequence[int]) -> tuple[Finding, ...]:
    """The newest finding of each image of these studies, in the images' order."""
    keys = (
        select(func.max(FindingRow.key))
        .join(ImageRow, FindingRow.image_key == ImageRow.key)
        .join(SeriesRow, ImageRow.series_key == SeriesRow.key)
        .where(SeriesRow.study_key.in_(study_keys))
        .group_by(FindingRow.image_key)
    )
    query = select(FindingRow).where(FindingRow.key.in_(keys)).order_by(FindingRow.image_key)
    return tuple(record(row) for row in session.scalars(query))


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
