"""Cases: studies with all that is known of them, one or many."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Case, Finding, Flag, Image, Verdict, WorklistFilter
from core.store import findings, flags, images, key_images, studies, verdicts
from core.store.tables import FlagEventRow, StudyRow, SummaryRow
from core.store.worklist import by_key

CHUNK = 500
"""Cases fetched by one set of queries."""
T = TypeVar("T")


def get(session: Session, study_key: int) -> Case:
    """The study under this key with its images, answers, verdicts and open flag. Raises NotFound."""
    return Case(
        study=studies.get(session, study_key),
        images=images.of_study(session, study_key),
        findings=findings.of_study(session, study_key),
        verdicts=verdicts.of_study(session, study_key),
        flag=flags.open_flag(session, study_key),
        key_images=key_images.of_study(session, study_key),
    )


def find(
    session: Session, filters: WorklistFilter, *, reads: int = 1, signed: bool = False, limit: int | None = None
) -> Iterator[Case]:
    """Every case under the filters, or the first `limit` of them, by study key.

    `reads` is how many readers the site asks for on each study. With `signed`, those alone on which somebody has signed
    a verdict, withdrawn or not.
    """
    query = by_key(select(SummaryRow.study_key), filters, reads, signed=signed, limit=limit)
    keys = iter(session.scalars(query).all())
    while chunk := list(islice(keys, CHUNK)):
        yield from _fetch(session, chunk)


def _fetch(session: Session, study_keys: Sequence[int]) -> Iterator[Case]:
    rows = session.scalars(select(StudyRow).where(StudyRow.key.in_(study_keys)).order_by(StudyRow.key)).all()
    shown = _grouped(images.of_studies(session, study_keys), lambda image: image.study_key)
    said = _findings(session, shown)
    signed = _verdicts(session, study_keys)
    flagged = _flags(session, study_keys)
    pointed_out = key_images.of_studies(session, study_keys)
    for row in rows:
        yield Case(
            study=studies.record(row),
            images=tuple(shown[row.key]),
            findings=tuple(said[row.key]),
            verdicts=tuple(signed[row.key]),
            flag=flagged.get(row.key),
            key_images=pointed_out[row.key],
        )


def _findings(session: Session, shown: dict[int, list[Image]]) -> dict[int, list[Finding]]:
    study_of = {image.key: key for key, shown_images in shown.items() for image in shown_images}
    said = findings.of_studies(session, list(shown))
    return _grouped(said, lambda finding: study_of[finding.image_key])


def _verdicts(session: Session, study_keys: Sequence[int]) -> dict[int, list[Verdict]]:
    return _grouped(verdicts.of_studies(session, study_keys), lambda verdict: verdict.study_key)


def _flags(session: Session, study_keys: Sequence[int]) -> dict[int, Flag]:
    query = select(FlagEventRow).where(FlagEventRow.study_key.in_(study_keys)).order_by(FlagEventRow.key)
    events = _grouped(session.scalars(query), lambda event: event.study_key)
    newest = (flags.told(rows)[-1:] for rows in events.values())
    return {flag.study_key: flag for told in newest for flag in told if flag.cleared_at is None}


def _grouped(items: Iterable[T], study_of: Callable[[T], int]) -> dict[int, list[T]]:
    groups: dict[int, list[T]] = defaultdict(list)
    for item in items:
        groups[study_of(item)].append(item)
    return groups
