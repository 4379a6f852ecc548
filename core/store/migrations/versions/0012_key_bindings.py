"""Key bindings: the keys a reader has given to actions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "key_bindings",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.CheckConstraint("action <> '' AND key <> ''", name=op.f("ck_key_bindings_both_given")),
        sa.PrimaryKeyConstraint("owner", "action", name="pk_key_bindings"),
    )
