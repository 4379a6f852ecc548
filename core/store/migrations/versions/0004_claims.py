"""Claims: who has a study open, until when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "claims",
        sa.Column("study_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_claims_reader_given")),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_claims_study_key_studies"),
        sa.PrimaryKeyConstraint("study_key", name="pk_claims"),
    )
    op.create_index("ix_claims_expires_at", "claims", ["expires_at"])
