"""Accounts that an OpenID provider knows, and sign-ins on their way there and back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.add_column("accounts", sa.Column("issuer", sa.String(), nullable=True))
    op.add_column("accounts", sa.Column("subject", sa.String(), nullable=True))
    op.create_index("ix_accounts_issuer_subject", "accounts", ["issuer", "subject"], unique=True)
    op.add_column("sign_ins", sa.Column("id_token", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "sign_in_attempts",
        sa.Column("state_sha256", sa.String(), nullable=False),
        sa.Column("browser_sha256", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name="pk_sign_in_attempts"),
    )
