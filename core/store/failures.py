"""Failures: analyses that went wrong, kept so that the worklist says so and nobody retries for ever. Append-only."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Failure
from core.store import summaries
from core.store.tables import FailureRow, ImageRow, SeriesRow


def add(session: Session, image_key: int, *, bundle: str, error_class: str, message: str, at: datetime) -> Failure:
    """Store that this bundle could not answer for the image. `message` is free of patient data, as our errors are."""
    row = FailureRow(image_key=image_key, bundle=bundle, error_class=error_class, message=message, created_at=at)
    session.add(row)
    session.flush()
    summaries.refresh_image(session, image_key)
    session.refresh(row)
    return record(row)


def of_study(session: Session, study_key: int) -> tuple[Failure, ...]:
    """Every failure of the study's images, oldest first."""
    query = (
        select(FailureRow)
        .join(ImageRow, FailureRow.image_key == ImageRow.key)
        .join(SeriesRow, ImageRow.series_key == SeriesRow.key)
        .where(SeriesRow.study_key == study_key)
        .order_by(FailureRow.key)
    )
    return tuple(record(row) for row in session.scalars(query))


def record(row: FailureRow) -> Failure:
    """The row as a record."""
    return Failure(
        key=row.key,
        image_key=row.image_key,
        bundle=row.bundle,
        error_class=row.error_class,
        message=row.message,
        created_at=row.created_at,
    )
