"""Verdicts say which type of fracture, in words; empty when not given."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.add_column("verdicts", sa.Column("fracture_type", sa.String(), nullable=False, server_default=""))
