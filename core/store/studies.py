"""Studies: finds, adds and completes them. A stored patient is never overwritten by a later file."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.arrivals import NewStudy, StoredStudy
from core.errors import NotFound
from core.records import Study
from core.store import summaries
from core.store.tables import StudyRow

IDENTITY = ("patient_id", "patient_name", "patient_birth_date", "patient_sex", "accession_number")
"""Fields that must not contradict each other within a study."""
ISSUER = ("patient_id_issuer", "patient_id_issuer_uid")
"""Who gave out the Patient ID, by name and as a universal ID."""
FILLED = (*IDENTITY, *ISSUER, "study_date", "description", "body_part")
"""Fields that a later file may fill in where they are empty."""

PLACEHOLDERS = frozenset({"", "anon", "anonymous", "anonymized", "anonymised", "unknown", "none", "n/a", "unnamed"})
"""Patient IDs, folded and without outer zeros, that many people share."""

SEPARATORS = str.maketrans("^=", "  ")


def fold(text: str) -> str:
    """The text as searches compare it: no case, no accents, one space for what separates words in DICOM names."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    # PS3.5 6.2.1: ^ separates the components of a name, = its groups.
    return " ".join(plain.translate(SEPARATORS).split())


def upsert(session: Session, study: NewStudy, *, at: datetime) -> StoredStudy:
    """The study under this UID: added, or completed where fields were empty.

    A file whose patient contradicts the stored one changes nothing; the fields are named in `conflicts`.
    """
    row = _of_uid(session, study.study_instance_uid)
    if row is None:
        return StoredStudy(study=_add(session, study, at), conflicts=())
    conflicts = _conflicts(row, study)
    if not conflicts:
        _complete(session, row, study)
    return StoredStudy(study=record(row), conflicts=conflicts)


def find(session: Session, study: NewStudy) -> StoredStudy | None:
    """The study stored under this UID, with the fields in which `study` contradicts it; nothing is changed."""
    row = _of_uid(session, study.study_instance_uid)
    return None if row is None else StoredStudy(study=record(row), conflicts=_conflicts(row, study))


def get(session: Session, key: int) -> Study:
    """The study under this key. Raises NotFound."""
    row = session.get(StudyRow, key)
    if row is None:
        raise NotFound("This study is not stored here. Go back to the worklist and choose it again.")
    return record(row)


def earlier(session: Session, study_key: int) -> tuple[int, ...]:
    """Keys of the same patient's earlier studies of the same body part, newest first. Raises NotFound.

    The same patient: one PatientID that is no placeholder, and nothing that contradicts it, for two sites may give
    one number twice: neither who gave it out, nor the sex, the birth date or the name. A study without such a
    PatientID, a day or a body part has none, and is none.
    """
    this = get(session, study_key)
    if not (names_somebody(this.patient_id) and this.study_date and this.body_part):
        return ()
    query = select(StudyRow).where(
        StudyRow.patient_id == this.patient_id,
        StudyRow.body_part == this.body_part,
        StudyRow.study_date < this.study_date,
        StudyRow.synthetic == this.synthetic,
    )
    rows = session.scalars(query.order_by(StudyRow.study_date.desc(), StudyRow.key.desc()))
    return tuple(row.key for row in rows if _may_be_the_same(this, row))


def names_somebody(patient_id: str) -> bool:
    """Whether a PatientID (0010,0020) is one person's: not empty, not zeros, not `ANONYMOUS` or the like."""
    return fold(patient_id).strip("0") not in PLACEHOLDERS


def body_parts(session: Session) -> tuple[str, ...]:
    """Every body part that occurs, sorted, without the empty one."""
    parts = session.scalars(select(StudyRow.body_part).where(StudyRow.body_part != "").distinct())
    return tuple(sorted(parts))


def record(row: StudyRow) -> Study:
    """The row as a record."""
    return Study(
        key=row.key,
        study_instance_uid=row.study_instance_uid,
        patient_id=row.patient_id,
        patient_name=row.patient_name,
        patient_birth_date=row.patient_birth_date,
        patient_sex=row.patient_sex,
        accession_number=row.accession_number,
        study_date=row.study_date,
        description=row.description,
        body_part=row.body_part,
        synthetic=row.synthetic,
        received_at=row.received_at,
        patient_id_issuer=row.patient_id_issuer,
        patient_id_issuer_uid=row.patient_id_issuer_uid,
    )


def _of_uid(session: Session, uid: str) -> StudyRow | None:
    return session.scalar(select(StudyRow).where(StudyRow.study_instance_uid == uid))


def _add(session: Session, study: NewStudy, at: datetime) -> Study:
    facts = {name: getattr(study, name) for name in FILLED}
    row = StudyRow(
        **facts,
        study_instance_uid=study.study_instance_uid,
        synthetic=study.synthetic,
        received_at=at,
        search_text=_search_text(facts),
    )
    session.add(row)
    session.flush()
    summaries.refresh(session, row.key)
    session.refresh(row)
    return record(row)


def _conflicts(row: StudyRow, study: NewStudy) -> tuple[str, ...]:
    differing = [name for name in IDENTITY if _contradict(getattr(row, name), getattr(study, name))]
    if _other_issuer(row, study):
        differing.append("patient_id_issuer")
    if row.synthetic != study.synthetic:
        differing.append("synthetic")
    return tuple(differing)


def _contradict(stored: object, given: object) -> bool:
    if stored in ("", None) or given in ("", None):
        return False
    if isinstance(stored, str) and isinstance(given, str):
        return fold(stored) != fold(given)
    return stored != given


def _other_issuer(row: StudyRow, other: Study | NewStudy) -> bool:
    """Whether two Patient IDs come from two sites. By the universal ID where both give it: names are each site's own.

    PS3.3 table 10-18.
    """
    if row.patient_id_issuer_uid and other.patient_id_issuer_uid:
        return _contradict(row.patient_id_issuer_uid, other.patient_id_issuer_uid)
    return _contradict(row.patient_id_issuer, other.patient_id_issuer)


def _may_be_the_same(this: Study, row: StudyRow) -> bool:
    """Whether neither issuer, sex nor birth date contradicts, nor, where a birth date is missing, the name.

    A name may change, by a marriage say, while the birth date stays.
    """
    if _other_issuer(row, this):
        return False
    if {this.patient_sex, row.patient_sex} == {"M", "F"}:  # PS3.3 C.7.1.1: O is neither
        return False
    if this.patient_birth_date and row.patient_birth_date:
        return this.patient_birth_date == row.patient_birth_date
    return not _contradict(this.patient_name, row.patient_name)


def _complete(session: Session, row: StudyRow, study: NewStudy) -> None:
    empty = [name for name in FILLED if getattr(row, name) in ("", None)]
    for name in empty:
        setattr(row, name, getattr(study, name))
    if empty:
        row.search_text = _search_text({name: getattr(row, name) for name in FILLED})
        session.flush()
        session.refresh(row)


def _search_text(facts: Mapping[str, str]) -> str:
    searched = ("patient_name", "patient_id", *ISSUER, "accession_number", "description", "body_part")
    return "\n".join(fold(facts[name]) for name in searched)
