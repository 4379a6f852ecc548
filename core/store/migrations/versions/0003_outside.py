"""Findings say why an image lies outside of the network's intended use; empty when it does not."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    for table in ("findings", "summaries"):
        op.add_column(table, sa.Column("outside", sa.String(), nullable=False, server_default=""))
