"""Overlay notes: images taken in before overlay graphics were shown no longer say that they are not."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = "The file holds overlay graphics that are not shown."
NOW = "The file holds overlay graphics."


def upgrade() -> None:
    """Forwards only: the way back is the backup made before an upgrade."""
    json = op.get_context().dialect.name != "sqlite"
    text, cast = ("warnings::text", "::json") if json else ("warnings", "")
    op.execute(
        f"UPDATE images SET warnings = replace({text}, '{BEFORE}', '{NOW}'){cast} WHERE {text} LIKE '%{BEFORE}%'"  # noqa: S608
    )
