"""Verdicts keep what the reader marked: a list of [image key, x0, y0, x1, y1]; empty when nothing is marked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.add_column("verdicts", sa.Column("marks", sa.JSON(), nullable=False, server_default="[]"))
