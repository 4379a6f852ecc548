"""Tables: the rows as SQLAlchemy maps them. Only the query files of this folder use them; records leave it."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, MetaData, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.records import Mark
from core.store.column_types import Marks, Text, UtcTime

APPEND_ONLY = (
    "findings",
    "failures",
    "reveals",
    "shown_findings",
    "verdicts",
    "withdrawals",
    "flag_events",
    "key_image_events",
    "network_events",
    "audit_entries",
)
"""Tables whose rows are neither changed nor removed; triggers of the migrations see to it."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def one_of(column: str, *values: str) -> CheckConstraint:
    """The column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Base(DeclarativeBase):
    """All tables; constraints have predictable names, so that migrations can find them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text(), datetime: UtcTime()}


class StudyRow(Base):
    """A study: facts from its files. `search_text` is the folded text that a search looks through."""

    __tablename__ = "studies"
    __table_args__ = (CheckConstraint("study_instance_uid <> ''", name="uid_given"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    study_instance_uid: Mapped[str] = mapped_column(unique=True)
    patient_id: Mapped[str]
    patient_name: Mapped[str]
    patient_birth_date: Mapped[date | None]
    patient_sex: Mapped[str]
    accession_number: Mapped[str]
    study_date: Mapped[datetime | None] = mapped_column(index=True)
    description: Mapped[str]
    body_part: Mapped[str] = mapped_column(index=True)
    synthetic: Mapped[bool]
    received_at: Mapped[datetime]
    search_text: Mapped[str]
    patient_id_issuer: Mapped[str] = mapped_column(server_default="")
    patient_id_issuer_uid: Mapped[str] = mapped_column(server_default="")


class SeriesRow(Base):
    """The series a study's images came in."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("study_key", "series_instance_uid"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"))
    series_instance_uid: Mapped[str]


class ImageRow(Base):
    """One frame of one file."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("sop_instance_uid", "frame_number"),
        UniqueConstraint("sha256", "frame_number"),
        CheckConstraint("sop_instance_uid <> ''", name="uid_given"),
        CheckConstraint("length(sha256) = 64", name="sha256_whole"),
        CheckConstraint("frame_number >= 1", name="frame_counted_from_one"),
        CheckConstraint('"rows" >= 1 AND "columns" >= 1', name="size_positive"),
        CheckConstraint("(row_spacing IS NULL) = (column_spacing IS NULL)", name="spacing_whole"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    series_key: Mapped[int] = mapped_column(ForeignKey("series.key"), index=True)
    sop_instance_uid: Mapped[str]
    frame_number: Mapped[int]
    sha256: Mapped[str]
    source_name: Mapped[str]
    modality: Mapped[str]
    body_part: Mapped[str]
    laterality: Mapped[str]
    view_position: Mapped[str]
    rows: Mapped[int]
    columns: Mapped[int]
    row_spacing: Mapped[float | None]
    column_spacing: Mapped[float | None]
    spacing_source: Mapped[str]
    warnings: Mapped[list[str]] = mapped_column(JSON)
    received_at: Mapped[datetime]
    pixel_aspect: Mapped[float] = mapped_column(server_default="1")


class FindingRow(Base):
    """What one bundle said of one image. Append-only."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("image_key", "bundle"),
        CheckConstraint("probability BETWEEN 0 AND 1", name="probability_range"),
        one_of("answer", "none", "doubt", "fracture"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    image_key: Mapped[int] = mapped_column(ForeignKey("images.key"))
    bundle: Mapped[str]
    probability: Mapped[float]
    answer: Mapped[str]
    peak_x: Mapped[int]
    peak_y: Mapped[int]
    regions: Mapped[list[list[float]]] = mapped_column(JSON)
    heat_map_sha256: Mapped[str]
    seconds: Mapped[float]
    created_at: Mapped[datetime]
    outside: Mapped[str] = mapped_column(server_default="")


class FailureRow(Base):
    """An analysis that failed. Append-only."""

    __tablename__ = "failures"
    __table_args__ = (Index(None, "image_key", "bundle"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    image_key: Mapped[int] = mapped_column(ForeignKey("images.key"))
    bundle: Mapped[str]
    error_class: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[datetime]


class RevealRow(Base):
    """A reader was shown the AI's answer; `finding_key` is the newest finding she was shown, if any. Append-only."""

    __tablename__ = "reveals"
    __table_args__ = (Index(None, "study_key", "reader"), CheckConstraint("reader <> ''", name="reader_given"))

    key: Mapped[int] = mapped_column(primary_key=True)
    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"))
    reader: Mapped[str]
    finding_key: Mapped[int | None] = mapped_column(ForeignKey("findings.key"))
    created_at: Mapped[datetime]


class ShownFindingRow(Base):
    """One of the findings that a reveal showed: of each image at most one. Append-only."""

    __tablename__ = "shown_findings"
    __table_args__ = (UniqueConstraint("reveal_key", "finding_key"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    reveal_key: Mapped[int] = mapped_column(ForeignKey("reveals.key"))
    finding_key: Mapped[int] = mapped_column(ForeignKey("findings.key"))


class NetworkEventRow(Base):
    """From here on this bundle is the network in use. `actor`: the server, or the command line. Append-only."""

    __tablename__ = "network_events"
    __table_args__ = (CheckConstraint("bundle <> '' AND actor <> ''", name="both_given"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    bundle: Mapped[str]
    actor: Mapped[str]
    created_at: Mapped[datetime]


class VerdictRow(Base):
    """A reader's signed statement; `image_key` is the study's newest image that she had before her. Append-only.

    `reads_asked` is how many reads the site asked for then.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        CheckConstraint("reader <> ''", name="reader_given"),
        CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence_range"),
        one_of("opinion", "no_fracture", "fracture", "uncertain", "not_diagnostic"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"), index=True)
    image_key: Mapped[int | None] = mapped_column(ForeignKey("images.key"))
    reader: Mapped[str]
    opinion: Mapped[str]
    body_region: Mapped[str]
    confidence: Mapped[int | None]
    comment: Mapped[str]
    after_ai: Mapped[bool]
    created_at: Mapped[datetime]
    fracture_type: Mapped[str] = mapped_column(server_default="")
    marks: Mapped[tuple[Mark, ...]] = mapped_column(Marks, server_default="[]")
    reads_asked: Mapped[int] = mapped_column(server_default="1")
    adjudicates: Mapped[bool] = mapped_column(server_default=false())


class UnsignedReadRow(Base):
    """What a reader has said of a study and not signed. One a reader and study; a signature takes it out."""

    __tablename__ = "unsigned_reads"
    __table_args__ = (
        CheckConstraint("reader <> ''", name="reader_given"),
        CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence_range"),
        one_of("opinion", "no_fracture", "fracture", "uncertain", "not_diagnostic"),
    )

    reader: Mapped[str] = mapped_column(primary_key=True)
    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"), primary_key=True, autoincrement=False)
    opinion: Mapped[str | None]
    body_region: Mapped[str]
    fracture_type: Mapped[str]
    confidence: Mapped[int | None]
    comment: Mapped[str]
    marks: Mapped[tuple[Mark, ...]] = mapped_column(Marks)
    saved_at: Mapped[datetime]


class WithdrawalRow(Base):
    """A verdict that its reader took back: it stays on record and no longer counts. Append-only."""

    __tablename__ = "withdrawals"

    key: Mapped[int] = mapped_column(primary_key=True)
    verdict_key: Mapped[int] = mapped_column(ForeignKey("verdicts.key"), unique=True)
    created_at: Mapped[datetime]


class FlagEventRow(Base):
    """A flag raised or cleared. Append-only."""

    __tablename__ = "flag_events"
    __table_args__ = (CheckConstraint("reader <> ''", name="reader_given"), one_of("event", "raised", "cleared"))

    key: Mapped[int] = mapped_column(primary_key=True)
    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"), index=True)
    event: Mapped[str]
    reader: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class KeyImageEventRow(Base):
    """A reader points an image out, or does so no more. Append-only."""

    __tablename__ = "key_image_events"
    __table_args__ = (CheckConstraint("reader <> ''", name="reader_given"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    image_key: Mapped[int] = mapped_column(ForeignKey("images.key"), index=True)
    reader: Mapped[str]
    chosen: Mapped[bool]
    created_at: Mapped[datetime]


class ClaimRow(Base):
    """Who has a study open, until when. One a study; the next one to take it replaces the row."""

    __tablename__ = "claims"
    __table_args__ = (CheckConstraint("reader <> ''", name="reader_given"),)

    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"), primary_key=True, autoincrement=False)
    reader: Mapped[str]
    claimed_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AccountRow(Base):
    """Somebody who may sign in. `folded` is the name as a sign-in compares it. Accounts are closed, never removed."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        Index(None, "issuer", "subject", unique=True),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(JSON)
    closed: Mapped[bool]
    must_change: Mapped[bool]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]


class SignInRow(Base):
    """A session of somebody signed in. `token_sha256` is all that is kept of the cookie.

    `id_token` tells the provider which of its sessions to end with this one; empty after a password.
    """

    __tablename__ = "sign_ins"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    id_token: Mapped[str] = mapped_column(server_default="")


class AttemptRow(Base):
    """A sign-in that was sent to the provider and has not come back. Taken out when it does, or when it is too old."""

    __tablename__ = "sign_in_attempts"

    state_sha256: Mapped[str] = mapped_column(primary_key=True)
    browser_sha256: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str]
    wanted: Mapped[str]
    began_at: Mapped[datetime]


class SavedViewRow(Base):
    """A reader's named choice of filters, as JSON."""

    __tablename__ = "saved_views"
    __table_args__ = (CheckConstraint("name <> ''", name="name_given"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    filters: Mapped[str]


class KeyBindingRow(Base):
    """A key that a reader has given to an action."""

    __tablename__ = "key_bindings"
    __table_args__ = (CheckConstraint("action <> '' AND key <> ''", name="both_given"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]


class AuditRow(Base):
    """One link of the audit chain; keys run from 1 without a gap. Append-only."""

    __tablename__ = "audit_entries"

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    digest: Mapped[str]


class SummaryRow(Base):
    """What the worklist shows of a study. Derived from the other tables, within the transaction that changes them.

    `priority` is the order of the worklist: 0 fracture, 1 doubt or an image the AI failed on, 2 none, 3 no answer yet,
    and 4 more when read. The columns `double_…` are what it is where two readers read each study: both are kept, so
    that the setting can change at any time. `readers` has a line for each who has read it as it now stands, between
    line ends; `decided_by` is the verdict that decides. `stale` is set while it is to be derived anew.
    """

    __tablename__ = "summaries"
    __table_args__ = (
        Index(None, "priority", "received_at", "study_key"),
        Index(None, "double_priority", "received_at", "study_key"),
        one_of("status", "pending", "unread", "read"),
        one_of("double_status", "pending", "unread", "second", "adjudication", "read"),
    )

    study_key: Mapped[int] = mapped_column(ForeignKey("studies.key"), primary_key=True, autoincrement=False)
    priority: Mapped[int]
    received_at: Mapped[datetime]
    status: Mapped[str]
    answer: Mapped[str | None]
    probability: Mapped[float | None]
    opinion: Mapped[str | None]
    flagged: Mapped[bool]
    disagrees: Mapped[bool]
    modality: Mapped[str]
    laterality: Mapped[str]
    image_count: Mapped[int]
    failed_count: Mapped[int]
    outside: Mapped[str] = mapped_column(server_default="")
    has_key_image: Mapped[bool] = mapped_column(server_default=false())
    double_priority: Mapped[int]
    double_status: Mapped[str]
    double_opinion: Mapped[str | None]
    double_disagrees: Mapped[bool]
    double_key_image: Mapped[bool]
    readers: Mapped[str]
    decided_by: Mapped[int | None]
    stale: Mapped[bool] = mapped_column(server_default=false())
