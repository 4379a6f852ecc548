"""Withdrawals: verdicts that their readers took back. The verdicts stay as they are."""

import sqlalchemy as sa
from alembic import op

from core.store.migrations.append_only import forbid_changes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "withdrawals",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("verdict_key", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["verdict_key"], ["verdicts.key"], name="fk_withdrawals_verdict_key_verdicts"),
        sa.PrimaryKeyConstraint("key", name="pk_withdrawals"),
        sa.UniqueConstraint("verdict_key", name="uq_withdrawals_verdict_key"),
    )
    forbid_changes("withdrawals")
