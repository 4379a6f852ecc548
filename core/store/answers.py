"""Answers: which finding answers for an image, where several networks have. One rule for every list, page and figure.

A study that somebody has read as it now stands keeps what its first reader was shown: for whoever reads it after her,
for who adjudicates, and in every figure. Else, and for an image of which she was shown nothing, the finding of the
network in use answers; where that one has none, that of the network last in use before; else the newest.
"""

from collections.abc import Collection, Iterable
from typing import Protocol, TypeVar

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from core.store.tables import (
    ImageRow,
    NetworkEventRow,
    RevealRow,
    SeriesRow,
    ShownFindingRow,
    VerdictRow,
    WithdrawalRow,
)


class Said(Protocol):
    """A finding, as far as the rule asks."""

    @property
    def key(self) -> int:
        """The finding's."""

    @property
    def image_key(self) -> int:
        """The image it is of."""

    @property
    def bundle(self) -> str:
        """Who said it."""


Each = TypeVar("Each", bound=Said)


def answering(session: Session, study_keys: Collection[int], said: Iterable[Each]) -> list[Each]:
    """Of all that was said of these studies' images, what answers: one finding an image."""
    found = list(said)
    if len({each.image_key for each in found}) == len(found):
        return found
    return chosen(found, shown=shown(session, study_keys), used=used(session))


def chosen(said: Iterable[Each], *, shown: Collection[int], used: dict[str, int]) -> list[Each]:
    """The rule: what was shown before what was not; then the network last in use; then the newest."""
    ranked = sorted(said, key=lambda each: (each.key in shown, used.get(each.bundle, 0), each.key))
    return list({each.image_key: each for each in ranked}.values())


def used(session: Session) -> dict[str, int]:
    """The networks that were ever in use; the one in use has the highest number."""
    query = select(NetworkEventRow.bundle, func.max(NetworkEventRow.key)).group_by(NetworkEventRow.bundle)
    return dict(session.execute(query).all())


def shown(session: Session, study_keys: Collection[int]) -> frozenset[int]:
    """Keys of the findings that these studies keep, because their first reader was shown them."""
    first: dict[int, int] = {}
    for study_key, reveal_key in session.execute(_reveals_of_reads(study_keys)):
        first.setdefault(study_key, reveal_key)
    query = select(ShownFindingRow.finding_key).where(ShownFindingRow.reveal_key.in_(list(first.values())))
    return frozenset(session.scalars(query))


def _reveals_of_reads(study_keys: Collection[int]) -> Select[int, int]:
    """Study and reveal, the one that counts first: the first read's own.

    A read is a verdict that stands and is about the study's newest image. Its own reveal: of one given after the AI the
    last one before it, of one given blind the first one after it.
    """
    newest = select(func.max(ImageRow.key)).join(SeriesRow, ImageRow.series_key == SeriesRow.key)
    newest = newest.where(SeriesRow.study_key == VerdictRow.study_key)
    before = and_(VerdictRow.after_ai, RevealRow.created_at <= VerdictRow.created_at)
    after = and_(~VerdictRow.after_ai, RevealRow.created_at >= VerdictRow.created_at)
    hers = and_(RevealRow.study_key == VerdictRow.study_key, RevealRow.reader == VerdictRow.reader)
    query = select(VerdictRow.study_key, RevealRow.key).join(RevealRow, and_(hers, or_(before, after)))
    query = query.outerjoin(WithdrawalRow, WithdrawalRow.verdict_key == VerdictRow.key).where(
        VerdictRow.study_key.in_(study_keys),
        VerdictRow.image_key >= newest.scalar_subquery(),
        WithdrawalRow.key.is_(None),
        RevealRow.finding_key.is_not(None),
    )
    nearest = case((VerdictRow.after_ai, -RevealRow.key), else_=RevealRow.key)
    return query.order_by(VerdictRow.key, nearest)
