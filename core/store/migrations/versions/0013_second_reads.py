"""Second reads: verdicts say how many reads were asked for and whether they adjudicate; summaries hold both ways."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.add_column("verdicts", sa.Column("reads_asked", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("verdicts", sa.Column("adjudicates", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Summaries are derived, and filled after every upgrade: the table is made anew instead of altered.
    op.drop_table("summaries")
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
        sa.Column("outside", sa.String(), nullable=False, server_default=""),
        sa.Column("has_key_image", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("double_priority", sa.Integer(), nullable=False),
        sa.Column("double_status", sa.String(), nullable=False),
        sa.Column("double_opinion", sa.String(), nullable=True),
        sa.Column("double_disagrees", sa.Boolean(), nullable=False),
        sa.Column("double_key_image", sa.Boolean(), nullable=False),
        sa.Column("readers", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('pending', 'unread', 'read')", name=op.f("ck_summaries_status_known")),
        sa.CheckConstraint(
            "double_status IN ('pending', 'unread', 'second', 'adjudication', 'read')",
            name=op.f("ck_summaries_double_status_known"),
        ),
        sa.ForeignKeyConstraint(["study_key"], ["studies.key"], name="fk_summaries_study_key_studies"),
        sa.PrimaryKeyConstraint("study_key", name="pk_summaries"),
    )
    for column in ("priority", "double_priority"):
        op.create_index(
            f"ix_summaries_{column}_received_at_study_key", "summaries", [column, "received_at", "study_key"]
        )
