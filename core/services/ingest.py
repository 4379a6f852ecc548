"""Ingest: takes files into the store, each in its own transaction; what is already there is recognised."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np

from core.arrivals import NewImage, NewStudy, StoredImage, StoredStudy
from core.errors import BlobDamaged, InstanceConflict, IntakeError, NotFound, PatientConflict
from core.intake.containers import Member, Refusal, expand, expand_bytes
from core.intake.radiograph import Radiograph
from core.records import Image, Outcome, Receipt
from core.services.previews import keep_preview
from core.services.site import Site
from core.store import audit, images, studies
from core.store.database import Session

OTHER_PATIENT = "This file names another patient than the stored study it belongs to. Have its header corrected."
OTHER_IMAGE = "Another image is stored under the SOP Instance UID of this file. Have a new UID given to one of them."
SAME_IMAGE = "already stored from a file with other bytes (another header or compression); the first one is kept"
DIFFERING = "the header differs from the stored study in: {fields}; the stored values are kept"


def ingest_paths(site: Site, paths: Iterable[Path], *, actor: str) -> Iterator[Receipt]:
    """Take in files, folders (recursively), zip archives and DICOMDIRs; one receipt per frame or refused file."""
    yield from ingest_members(site, expand(paths, limits=site.settings.limits), actor=actor)


def ingest_bytes(site: Site, name: str, data: bytes, *, actor: str) -> Iterator[Receipt]:
    """Take in one uploaded file, which may be a zip archive. `name` is what the user calls it."""
    yield from ingest_members(site, expand_bytes(name, data, limits=site.settings.limits), actor=actor)


def ingest_members(site: Site, members: Iterable[Member | Refusal], *, actor: str) -> Iterator[Receipt]:
    """Take in what comes out of files and archives, one after the other."""
    for member in members:
        if isinstance(member, Refusal):
            yield refused(site, member.name, member.sha256, member.error, actor=actor)
        else:
            yield from ingest_member(site, member, actor=actor)


def ingest_member(site: Site, member: Member, *, actor: str) -> list[Receipt]:
    """Take in one file: all its frames, or none of them. Raises StoreError when the store cannot be used."""
    sha256 = hashlib.sha256(member.data).hexdigest()
    known = known_file(site, member, sha256)
    if known:
        return known
    try:
        return store_file(site, member, site.incoming.read(member.data), actor=actor)
    except IntakeError as error:
        return [refused(site, member.name, sha256, error, actor=actor)]


def known_file(site: Site, member: Member, sha256: str) -> list[Receipt]:
    """Receipts for a file whose bytes are stored, or none. A blob that went missing or bad is mended."""
    with site.database.reading() as session:
        stored = images.of_bytes(session, sha256)
    if stored:
        site.blobs.put(member.data)
    return [receipt(member.name, sha256, Outcome.KNOWN, image) for image in stored]


def store_file(site: Site, member: Member, frames: Sequence[Radiograph], *, actor: str) -> list[Receipt]:
    """Keep the bytes first, then the rows in one transaction: a crash between them leaves nothing half.

    A file of another patient is refused before its bytes are kept. Raises PatientConflict, InstanceConflict.
    """
    sha256 = frames[0].sha256
    known = known_instances(site, frames)
    if known:
        return [receipt(member.name, sha256, Outcome.KNOWN, image, (SAME_IMAGE,)) for image in known]
    check_patient(site, new_study(frames[0], member.name))
    site.blobs.put(member.data)
    with site.database.session() as session:
        study_key, notes = add_study(session, site, frames[0], member.name)
        stored = [images.add(session, study_key, new_image(frame, member.name), at=site.clock()) for frame in frames]
        audit_import(session, site, stored, actor)
    for frame in frames:
        keep_preview(site, frame)
    return [receipt_of(member.name, sha256, item, notes) for item in stored]


def check_patient(site: Site, study: NewStudy) -> None:
    """Raise PatientConflict when the stored study of this UID is another patient's."""
    with site.database.reading() as session:
        stored = studies.find(session, study)
    if stored is not None and names_another_patient(stored, study):
        raise PatientConflict(OTHER_PATIENT)


def add_study(session: Session, site: Site, first: Radiograph, name: str) -> tuple[int, tuple[str, ...]]:
    """Key of the file's study, added where missing, and what to warn of. Raises PatientConflict."""
    study = new_study(first, name)
    stored = studies.upsert(session, study, at=site.clock())
    if names_another_patient(stored, study):
        raise PatientConflict(OTHER_PATIENT)
    fields = ", ".join(name.replace("_", " ") for name in stored.conflicts)
    return stored.study.key, (DIFFERING.format(fields=fields),) if fields else ()


def names_another_patient(stored: StoredStudy, study: NewStudy) -> bool:
    """Whether the differing fields tell of another person. A name may be spelt anew when both give the same id.

    One number of two issuers is not the same id.
    """
    decisive = {"patient_id", "patient_birth_date", "synthetic"}
    numbered = bool(stored.study.patient_id and study.patient_id) and "patient_id_issuer" not in stored.conflicts
    renamed = "patient_name" in stored.conflicts and not numbered
    return bool(decisive & set(stored.conflicts)) or renamed


def known_instances(site: Site, frames: Sequence[Radiograph]) -> list[Image]:
    """The stored frames of the same SOP instance, or none unless all are stored.

    Other bytes under its UID are fine while they show the same picture. Raises InstanceConflict.
    """
    with site.database.reading() as session:
        found = [images.find_instance(session, f.identity.sop_instance_uid, f.frame_number) for f in frames]
    known = [(frame, image) for frame, image in zip(frames, found, strict=True) if image is not None]
    if not all(same_picture(site, frame, image) for frame, image in known):
        raise InstanceConflict(OTHER_IMAGE)
    return [image for _, image in known] if len(known) == len(frames) else []


def same_picture(site: Site, frame: Radiograph, image: Image) -> bool:
    """Whether the stored image has exactly these pixels; not, when it cannot be read back."""
    try:
        stored = site.incoming.stored(site.blobs, image)
    except (NotFound, BlobDamaged):
        return False
    return stored.inverted == frame.inverted and np.array_equal(stored.pixels, frame.pixels)


def audit_import(session: Session, site: Site, stored: Sequence[StoredImage], actor: str) -> None:
    """Say who brought which image in, in the transaction that stores it."""
    for item in stored:
        outcome = Outcome.KNOWN if item.known else Outcome.STORED
        audit.append(
            session, at=site.clock(), actor=actor, action="import", subject=f"image:{item.image.key}", outcome=outcome
        )


def refused(site: Site, name: str, sha256: str, error: IntakeError, *, actor: str) -> Receipt:
    """The receipt of a file that was not taken in; audited by its sha256, which tells nothing of the patient."""
    outcome = f"refused: {type(error).__name__}"
    with site.database.session() as session:
        audit.append(session, at=site.clock(), actor=actor, action="import", subject=f"file:{sha256}", outcome=outcome)
    return Receipt(
        file=name,
        outcome=Outcome.REFUSED,
        sha256=sha256,
        study_key=None,
        image_key=None,
        frame_number=1,
        warnings=(),
        error_class=type(error).__name__,
        error_message=str(error),
    )


def receipt_of(name: str, sha256: str, stored: StoredImage, notes: tuple[str, ...]) -> Receipt:
    """The receipt of one frame after its transaction."""
    outcome = Outcome.KNOWN if stored.known else Outcome.STORED
    told = notes + ((SAME_IMAGE,) if stored.conflict else ())
    return receipt(name, sha256, outcome, stored.image, told)


def receipt(name: str, sha256: str, outcome: Outcome, image: Image, notes: tuple[str, ...] = ()) -> Receipt:
    """The receipt of a frame that the store holds."""
    return Receipt(
        file=name,
        outcome=outcome,
        sha256=sha256,
        study_key=image.study_key,
        image_key=image.key,
        frame_number=image.frame_number,
        warnings=image.warnings + notes,
        error_class="",
        error_message="",
    )


def new_study(radiograph: Radiograph, name: str) -> NewStudy:
    """What the file says of its study. A picture says nothing: its file name is all that tells it from the next."""
    identity = radiograph.identity
    picture_name = "" if radiograph.format == "DICOM" else PurePath(name).name
    return NewStudy(
        study_instance_uid=identity.study_instance_uid,
        patient_id=identity.patient_id,
        patient_name=identity.patient_name,
        patient_birth_date=identity.patient_birth_date,
        patient_sex=identity.patient_sex,
        accession_number=identity.accession_number,
        study_date=identity.study_date,
        description=identity.study_description or picture_name,
        body_part=radiograph.body_part,
        synthetic=radiograph.synthetic,
        patient_id_issuer=identity.patient_id_issuer,
        patient_id_issuer_uid=identity.patient_id_issuer_uid,
    )


def new_image(radiograph: Radiograph, name: str) -> NewImage:
    """What the file says of one frame."""
    spacing = radiograph.spacing
    return NewImage(
        series_instance_uid=radiograph.identity.series_instance_uid,
        sop_instance_uid=radiograph.identity.sop_instance_uid,
        sha256=radiograph.sha256,
        rows=radiograph.rows,
        columns=radiograph.columns,
        frame_number=radiograph.frame_number,
        source_name=name,
        modality=radiograph.modality,
        body_part=radiograph.body_part,
        laterality=radiograph.laterality,
        view_position=radiograph.view_position,
        pixel_spacing=None if spacing is None else (spacing.row, spacing.column),
        spacing_source="" if spacing is None else spacing.source,
        warnings=radiograph.warnings,
        pixel_aspect=radiograph.aspect,
    )
