"""Saved views: named choices of the worklist's filters."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "saved_views",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filters", sa.String(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_views_name_given")),
        sa.PrimaryKeyConstraint("owner", "name", name="pk_saved_views"),
    )
