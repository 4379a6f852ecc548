"""Key images: images that readers point out, each reader her own, as events. Append-only; the newest event counts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records import Image, KeyImage
from core.store import summaries
from core.store.tables import ImageRow, KeyImageEventRow, SeriesRow


def add(session: Session, image: Image, *, reader: str, chosen: bool, at: datetime) -> bool:
    """Enter that the reader points the image out, or does so no more; False, and no entry, when that is so already."""
    mine = any((key.image_key, key.reader) == (image.key, reader) for key in of_study(session, image.study_key))
    if mine == chosen:
        return False
    session.add(KeyImageEventRow(image_key=image.key, reader=reader, chosen=chosen, created_at=at))
    session.flush()
    summaries.refresh(session, image.study_key)
    return True


def of_study(session: Session, study_key: int) -> tuple[KeyImage, ...]:
    """The study's key images, in the order in which they were pointed out."""
    return of_studies(session, [study_key])[study_key]


def of_studies(session: Session, study_keys: Collection[int]) -> dict[int, tuple[KeyImage, ...]]:
    """The same for each of these studies; nothing for one that has none."""
    query = select(SeriesRow.study_key, KeyImageEventRow).join(ImageRow, ImageRow.series_key == SeriesRow.key)
    query = query.join(KeyImageEventRow, KeyImageEventRow.image_key == ImageRow.key)
    query = query.where(SeriesRow.study_key.in_(study_keys)).order_by(KeyImageEventRow.key)
    found: dict[int, dict[tuple[int, str], KeyImage]] = defaultdict(dict)
    for study_key, event in session.execute(query):
        found[study_key].pop((event.image_key, event.reader), None)
        if event.chosen:
            key_image = KeyImage(event.image_key, event.reader, event.created_at)
            found[study_key][event.image_key, event.reader] = key_image
    return defaultdict(tuple, {key: tuple(images.values()) for key, images in found.items()})
