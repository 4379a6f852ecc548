"""Reveals: which reader was shown the AI's answer of which study, and when. Append-only.

A reader who was shown an answer is no longer blind for that study, also when images or findings come later. A reveal
while the AI had not answered anything showed nothing, and does not count.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.store import studies
from core.store.tables import FindingRow, ImageRow, RevealRow, SeriesRow


def add(session: Session, study_key: int, *, reader: str, at: datetime) -> None:
    """Record that the reader is shown what the AI has said so far. Raises NotFound."""
    studies.get(session, study_key)
    newest = (
        select(func.max(FindingRow.key))
        .join(ImageRow, FindingRow.image_key == ImageRow.key)
        .join(SeriesRow, ImageRow.series_key == SeriesRow.key)
        .where(SeriesRow.study_key == study_key)
    )
    row = RevealRow(study_key=study_key, reader=reader, finding_key=session.scalar(newest), created_at=at)
    session.add(row)
    session.flush()


def has_revealed(session: Session, study_key: int, reader: str) -> bool:
    """Whether this reader was ever shown an answer of the AI on this study."""
    query = select(RevealRow.key).where(
        RevealRow.study_key == study_key, RevealRow.reader == reader, RevealRow.finding_key.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None
