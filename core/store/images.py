"""Images: adds and finds frames. The first bytes under a SOP instance UID are kept; others are a conflict."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.arrivals import NewImage, StoredImage
from core.errors import NotFound
from core.records import Image
from core.store import summaries
from core.store.tables import FailureRow, FindingRow, ImageRow, SeriesRow, SummaryRow

Found = Select[ImageRow, str, int]
"""Asks for images with their series' UID and study."""
Columns = TypeVarTuple("Columns")
SAID = select(FindingRow.key).where(FindingRow.image_key == ImageRow.key)
"""What was said of an image, within a statement about images."""


def add(session: Session, study_key: int, image: NewImage, *, at: datetime) -> StoredImage:
    """Store a frame, unless its bytes or its SOP instance UID are stored: then what is there is returned.

    PS3.3 C.12.1.1.1: a SOP instance UID names one object for ever. Other bytes under the same UID are therefore not
    stored: `conflict` tells the caller, whose receipt warns.
    """
    stored = find(session, image.sop_instance_uid, image.sha256, image.frame_number)
    if stored is not None:
        return StoredImage(image=stored, known=True, conflict=stored.sha256 != image.sha256)
    row = _row(_series_key(session, study_key, image.series_instance_uid), image, at)
    session.add(row)
    session.flush()
    summaries.refresh(session, study_key)
    return StoredImage(image=get(session, row.key), known=False, conflict=False)


def find(session: Session, sop_instance_uid: str, sha256: str, frame_number: int) -> Image | None:
    """The stored frame of these bytes, or else of this SOP instance."""
    return find_bytes(session, sha256, frame_number) or find_instance(session, sop_instance_uid, frame_number)


def find_bytes(session: Session, sha256: str, frame_number: int) -> Image | None:
    """The stored frame of these bytes."""
    query = _select().where(ImageRow.sha256 == sha256, ImageRow.frame_number == frame_number)
    return _first(session, query)


def of_bytes(session: Session, sha256: str) -> tuple[Image, ...]:
    """Every stored frame of these bytes, in order; empty when the file is not stored."""
    query = _select().where(ImageRow.sha256 == sha256).order_by(ImageRow.frame_number)
    return tuple(record(*row) for row in session.execute(query))


def find_instance(session: Session, sop_instance_uid: str, frame_number: int) -> Image | None:
    """The stored frame of this SOP instance."""
    query = _select().where(ImageRow.sop_instance_uid == sop_instance_uid, ImageRow.frame_number == frame_number)
    return _first(session, query)


def get(session: Session, key: int) -> Image:
    """The image under this key. Raises NotFound."""
    image = _first(session, _select().where(ImageRow.key == key))
    if image is None:
        raise NotFound("This image is not stored here. Go back to the worklist and choose its study again.")
    return image


def of_study(session: Session, study_key: int) -> tuple[Image, ...]:
    """The study's images in the order they came."""
    return of_studies(session, [study_key])


def of_studies(session: Session, study_keys: Sequence[int]) -> tuple[Image, ...]:
    """The images of these studies in the order they came."""
    query = _select().where(SeriesRow.study_key.in_(study_keys)).order_by(ImageRow.key)
    return tuple(record(*row) for row in session.execute(query))


def pending(
    session: Session, bundle: str, *, among: Collection[int] | None = None, failed: bool = False
) -> tuple[int, ...]:
    """Keys of the images that this bundle is to be asked about, of all or of these.

    It has not answered them, and nobody has read their study as it now stands; or nobody at all has answered them.
    Those on which it has failed only with `failed`. First what nobody has answered, then in the worklist's order.
    """
    query = _to_ask(select(ImageRow.key), bundle, failed=failed)
    query = query if among is None else query.where(ImageRow.key.in_(among))
    order = (SummaryRow.priority, SummaryRow.received_at, SummaryRow.study_key, ImageRow.key)
    return tuple(session.scalars(query.order_by(SAID.exists(), *order)))


def asked_anew(session: Session, bundle: str) -> int:
    """How many studies have an image that another bundle has answered, and this one is to be asked about."""
    query = _to_ask(select(func.count(SeriesRow.study_key.distinct())), bundle, failed=False)
    return session.scalar(query.where(SAID.exists())) or 0


def record(row: ImageRow, series_instance_uid: str, study_key: int) -> Image:
    """The row as a record."""
    spacing = None
    if row.row_spacing is not None and row.column_spacing is not None:
        spacing = (row.row_spacing, row.column_spacing)
    return Image(
        key=row.key,
        study_key=study_key,
        series_instance_uid=series_instance_uid,
        sop_instance_uid=row.sop_instance_uid,
        frame_number=row.frame_number,
        sha256=row.sha256,
        source_name=row.source_name,
        modality=row.modality,
        body_part=row.body_part,
        laterality=row.laterality,
        view_position=row.view_position,
        rows=row.rows,
        columns=row.columns,
        pixel_spacing=spacing,
        spacing_source=row.spacing_source,
        warnings=tuple(row.warnings),
        received_at=row.received_at,
        pixel_aspect=row.pixel_aspect,
    )


def _to_ask(columns: Select[*Columns], bundle: str, *, failed: bool) -> Select[*Columns]:
    """What is selected of the images behind `pending`, their series and summaries."""
    wrong = select(FailureRow.key).where(FailureRow.image_key == ImageRow.key, FailureRow.bundle == bundle)
    query = columns.select_from(ImageRow).join(SeriesRow, ImageRow.series_key == SeriesRow.key)
    query = query.join(SummaryRow, SummaryRow.study_key == SeriesRow.study_key)
    query = query.where(~SAID.where(FindingRow.bundle == bundle).exists(), or_(summaries.UNTOUCHED, ~SAID.exists()))
    return query if failed else query.where(~wrong.exists())


def _select() -> Found:
    joined = ImageRow.series_key == SeriesRow.key
    return select(ImageRow, SeriesRow.series_instance_uid, SeriesRow.study_key).join(SeriesRow, joined)


def _first(session: Session, query: Found) -> Image | None:
    row = session.execute(query.execution_options(populate_existing=True)).first()
    return None if row is None else record(*row)


def _series_key(session: Session, study_key: int, uid: str) -> int:
    query = select(SeriesRow).where(SeriesRow.study_key == study_key, SeriesRow.series_instance_uid == uid)
    row = session.scalar(query)
    if row is None:
        row = SeriesRow(study_key=study_key, series_instance_uid=uid)
        session.add(row)
        session.flush()
    return row.key


def _row(series_key: int, image: NewImage, at: datetime) -> ImageRow:
    row_spacing, column_spacing = image.pixel_spacing or (None, None)
    return ImageRow(
        series_key=series_key,
        sop_instance_uid=image.sop_instance_uid,
        frame_number=image.frame_number,
        sha256=image.sha256,
        source_name=image.source_name,
        modality=image.modality,
        body_part=image.body_part,
        laterality=image.laterality,
        view_position=image.view_position,
        rows=image.rows,
        columns=image.columns,
        row_spacing=row_spacing,
        column_spacing=column_spacing,
        spacing_source=image.spacing_source,
        warnings=list(image.warnings),
        received_at=at,
        pixel_aspect=image.pixel_aspect,
    )
