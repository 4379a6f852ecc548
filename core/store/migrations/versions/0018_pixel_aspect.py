"""Pixel aspect: images whose pixels are not square are drawn in true proportions, and say nothing else any more."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NOTE = "The pixels are not square: shapes are drawn distorted, and angles measured without a spacing are wrong."
KNOWN = "row_spacing BETWEEN column_spacing / 4 AND column_spacing * 4"
"""An earlier image keeps its note where only Pixel Aspect Ratio (0028,0034) told of it, which was not stored."""


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    op.add_column("images", sa.Column("pixel_aspect", sa.Double(), nullable=False, server_default="1"))
    json = op.get_context().dialect.name != "sqlite"
    text, cast = ("warnings::text", "::json") if json else ("warnings", "")
    alone = f"replace(replace(replace({text}, '\"{NOTE}\", ', ''), ', \"{NOTE}\"', ''), '\"{NOTE}\"', ''){cast}"
    op.execute(
        f"UPDATE images SET pixel_aspect = row_spacing / column_spacing, warnings = {alone} "  # noqa: S608
        f"WHERE {text} LIKE '%{NOTE}%' AND {KNOWN}"
    )
