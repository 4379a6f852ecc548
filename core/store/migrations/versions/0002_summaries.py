"""The worklist's summaries: derived from the facts, and filled from them after every upgrade."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "summaries",
        sa.Column("study_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("disagrees", sa.Boolean(), nullable=False),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("laterality", sa.String(), nullable=False),
        sa.Column("image_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'unread', 'read')", name=op.f("ck_summaries_status_known")),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_summaries_study_key_studies"),
        sa.PrimaryKeyConstraint("study_key", name="pk_summaries"),
    )
    op.create_index(
        "ix_summaries_priority_received_at_study_key", "summaries", ["priority", "received_at", "study_key"]
    )
