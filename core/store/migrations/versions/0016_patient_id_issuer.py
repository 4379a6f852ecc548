"""Issuer of a Patient ID: who gave the number out, for two sites may give one to two people."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade. Studies stored before name none."""
    op.add_column("studies", sa.Column("patient_id_issuer", sa.String(), nullable=False, server_default=""))
    op.add_column("studies", sa.Column("patient_id_issuer_uid", sa.String(), nullable=False, server_default=""))
