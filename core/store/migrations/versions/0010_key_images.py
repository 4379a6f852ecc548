"""Key images: images that readers point out, as events; and whether a study has one."""

import sqlalchemy as sa
from alembic import op

from core.store.migrations.append_only import forbid_changes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.create_table(
        "key_image_events",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reader <> ''", name=op.f("ck_key_image_events_reader_given")),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name="fk_key_image_events_image_key_images"),
        sa.PrimaryKeyConstraint("key", name="pk_key_image_events"),
    )
    op.create_index("ix_key_image_events_image_key", "key_image_events", ["image_key"])
    op.add_column("summaries", sa.Column("has_key_image", sa.Boolean(), nullable=False, server_default=sa.false()))
    forbid_changes("key_image_events")
