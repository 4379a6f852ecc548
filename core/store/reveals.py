"""Reveals: which reader was shown the AI's answer of which study, what it was, and when. Append-only.

A reader who was shown an answer is no longer blind for that study, also when images or findings come later. A reveal
while the AI had not answered anything showed nothing, and does not count.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store import findings, studies
from core.store.tables import RevealRow, ShownFindingRow


def add(session: Session, study_key: int, *, reader: str, at: datetime) -> None:
    """Record that the reader is shown what answers for the study's images by now. Raises NotFound."""
    studies.get(session, study_key)
    keys = [finding.key for finding in findings.of_study(session, study_key)]
    row = RevealRow(study_key=study_key, reader=reader, finding_key=max(keys, default=None), created_at=at)
    session.add(row)
    session.flush()
    session.add_all(ShownFindingRow(reveal_key=row.key, finding_key=key) for key in keys)
    session.flush()


def renew(session: Session, study_key: int, *, reader: str, at: datetime) -> None:
    """The same for a reader who was shown an answer before, where it is another one by now. Raises NotFound."""
    last = _last(session, study_key, reader)
    if last is None:
        return
    shown = session.scalars(select(ShownFindingRow.finding_key).where(ShownFindingRow.reveal_key == last))
    if {finding.key for finding in findings.of_study(session, study_key)} != set(shown):
        add(session, study_key, reader=reader, at=at)


def has_revealed(session: Session, study_key: int, reader: str) -> bool:
    """Whether this reader was ever shown an answer of the AI on this study."""
    return _last(session, study_key, reader) is not None


def _last(session: Session, study_key: int, reader: str) -> int | None:
    """Key of the reader's newest reveal that showed something."""
    query = select(RevealRow.key).where(
        RevealRow.study_key == study_key, RevealRow.reader == reader, RevealRow.finding_key.is_not(None)
    )
    return session.scalar(query.order_by(RevealRow.key.desc()).limit(1))
