"""Unsigned reads: what a reader has said of a study and not signed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "unsigned_reads",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("study_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("body_region", sa.String(), nullable=False),
        sa.Column("fracture_type", sa.String(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_unsigned_reads_reader_given")),
        sa.CheckConstraint("confidence BETWEEN 1 AND 5", name=op.f("ck_unsigned_reads_confidence_range")),
        sa.CheckConstraint(
            "opinion IN ('no_fracture', 'fracture', 'uncertain', 'not_diagnostic')",
            name=op.f("ck_unsigned_reads_opinion_known"),
        ),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_unsigned_reads_study_key_studies"),
        sa.PrimaryKeyConstraint("reader", "study_key", name="pk_unsigned_reads"),
    )
