"""The facts: studies, their images, what the network and the readers said of them, and the audit chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("findings", "failures", "reveals", "verdicts", "flag_events", "audit_entries")
REFUSAL = "rows of this table are never changed or removed"


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    create_studies()
    create_series()
    create_images()
    create_findings()
    create_failures()
    create_reveals()
    create_verdicts()
    create_flag_events()
    create_audit_entries()
    forbid_changes()


def forbid_changes() -> None:
    """Triggers against changing and removing rows. Copying such a table (batch mode) needs them renewed."""
    if op.get_context().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            forbid_in_sqlite(table)
    else:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for table in APPEND_ONLY:
            forbid_in_postgresql(table)


def forbid_in_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def forbid_in_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def create_studies() -> None:
    op.create_table(
        "studies",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("study_instance_uid", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("patient_name", sa.String(), nullable=False),
        sa.Column("patient_birth_date", sa.Date(), nullable=True),
        sa.Column("patient_sex", sa.String(), nullable=False),
        sa.Column("accession_number", sa.String(), nullable=False),
        sa.Column("study_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("body_part", sa.String(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint("study_instance_uid <> ''", name=op.f("ck_studies_uid_given")),
        sa.PrimaryKeyConstraint("key", name="pk_studies"),
        sa.UniqueConstraint("study_instance_uid", name="uq_studies_study_instance_uid"),
    )
    op.create_index("ix_studies_body_part", "studies", ["body_part"])
    op.create_index("ix_studies_study_date", "studies", ["study_date"])


def create_series() -> None:
    op.create_table(
        "series",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("study_key", sa.Integer(), nullable=False),
        sa.Column("series_instance_uid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_series_study_key_studies"),
        sa.PrimaryKeyConstraint("key", name="pk_series"),
        sa.UniqueConstraint("study_key", "series_instance_uid", name="uq_series_study_key_series_instance_uid"),
    )


def create_images() -> None:
    op.create_table(
        "images",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("series_key", sa.Integer(), nullable=False),
        sa.Column("sop_instance_uid", sa.String(), nullable=False),
        sa.Column("frame_number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("source_name", sa.String(), nullable=False),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("body_part", sa.String(), nullable=False),
        sa.Column("laterality", sa.String(), nullable=False),
        sa.Column("view_position", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("row_spacing", sa.Double(), nullable=True),
        sa.Column("column_spacing", sa.Double(), nullable=True),
        sa.Column("spacing_source", sa.String(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sop_instance_uid <> ''", name=op.f("ck_images_uid_given")),
        sa.CheckConstraint('"rows" >= 1 AND "columns" >= 1', name=op.f("ck_images_size_positive")),
        sa.CheckConstraint("(row_spacing IS NULL) = (column_spacing IS NULL)", name=op.f("ck_images_spacing_whole")),
        sa.CheckConstraint("frame_number >= 1", name=op.f("ck_images_frame_counted_from_one")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_images_sha256_whole")),
        sa.ForeignKeyConstraint(["series_key"], ["series.key"], name="fk_images_series_key_series"),
        sa.PrimaryKeyConstraint("key", name="pk_images"),
        sa.UniqueConstraint("sha256", "frame_number", name="uq_images_sha256_frame_number"),
        sa.UniqueConstraint("sop_instance_uid", "frame_number", name="uq_images_sop_instance_uid_frame_number"),
    )
    op.create_index("ix_images_series_key", "images", ["series_key"])


def create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("peak_x", sa.Integer(), nullable=False),
        sa.Column("peak_y", sa.Integer(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("heat_map_sha256", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('none', 'doubt', 'fracture')", name=op.f("ck_findings_answer_known")),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name=op.f("ck_findings_probability_range")),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name="fk_findings_image_key_images"),
        sa.PrimaryKeyConstraint("key", name="pk_findings"),
        sa.UniqueConstraint("image_key", "bundle", name="uq_findings_image_key_bundle"),
    )


def create_failures() -> None:
    op.create_table(
        "failures",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("error_class", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name="fk_failures_image_key_images"),
        sa.PrimaryKeyConstraint("key", name="pk_failures"),
    )
    op.create_index("ix_failures_image_key_bundle", "failures", ["image_key", "bundle"])


def create_reveals() -> None:
    op.create_table(
        "reveals",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("study_key", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("finding_key", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_reveals_reader_given")),
        sa.ForeignKeyConstraint(["finding_key"], ["findings.key"], name="fk_reveals_finding_key_findings"),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_reveals_study_key_studies"),
        sa.PrimaryKeyConstraint("key", name="pk_reveals"),
    )
    op.create_index("ix_reveals_study_key_reader", "reveals", ["study_key", "reader"])


def create_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("study_key", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.Integer(), nullable=True),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("body_region", sa.String(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("after_ai", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "opinion IN ('no_fracture', 'fracture', 'uncertain', 'not_diagnostic')",
            name=op.f("ck_verdicts_opinion_known"),
        ),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_verdicts_reader_given")),
        sa.CheckConstraint("confidence BETWEEN 1 AND 5", name=op.f("ck_verdicts_confidence_range")),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name="fk_verdicts_image_key_images"),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_verdicts_study_key_studies"),
        sa.PrimaryKeyConstraint("key", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_study_key", "verdicts", ["study_key"])


def create_flag_events() -> None:
    op.create_table(
        "flag_events",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("study_key", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("event IN ('raised', 'cleared')", name=op.f("ck_flag_events_event_known")),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_flag_events_reader_given")),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_flag_events_study_key_studies"),
        sa.PrimaryKeyConstraint("key", name="pk_flag_events"),
    )
    op.create_index("ix_flag_events_study_key", "flag_events", ["study_key"])


def create_audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject"])
