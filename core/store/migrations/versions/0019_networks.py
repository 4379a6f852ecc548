"""Networks: which bundle is in use, as events; and which findings each reveal showed."""

import sqlalchemy as sa
from alembic import op

from core.store.migrations.append_only import forbid_changes

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SHOWN = """
INSERT INTO shown_findings (reveal_key, finding_key)
SELECT reveals.key, max(findings.key)
FROM reveals
JOIN series ON series.study_key = reveals.study_key
JOIN images ON images.series_key = series.key
JOIN findings ON findings.image_key = images.key AND findings.key <= reveals.finding_key
GROUP BY reveals.key, findings.image_key
"""
"""What an earlier version showed: of each image the newest finding that was there."""


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "network_events",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bundle <> '' AND actor <> ''", name=op.f("ck_network_events_both_given")),
        sa.PrimaryKeyConstraint("key", name="pk_network_events"),
    )
    op.create_table(
        "shown_findings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("reveal_key", sa.Integer(), nullable=False),
        sa.Column("finding_key", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reveal_key"], ["reveals.key"], name="fk_shown_findings_reveal_key_reveals"),
        sa.ForeignKeyConstraint(["finding_key"], ["findings.key"], name="fk_shown_findings_finding_key_findings"),
        sa.PrimaryKeyConstraint("key", name="pk_shown_findings"),
        sa.UniqueConstraint("reveal_key", "finding_key", name="uq_shown_findings_reveal_key_finding_key"),
    )
    op.execute(SHOWN)
    op.add_column("summaries", sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("network_events", "shown_findings"):
        forbid_changes(table)
