"""Withdrawals: verdicts that their readers took back. The verdicts stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REFUSAL = "rows of this table are never changed or removed"


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


def forbid_changes(table: str) -> None:
    """As for the tables of the first schema, whose function PostgreSQL uses."""
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
