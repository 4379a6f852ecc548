"""Failed priority: a study with an image the AI failed on is urgent like a doubt; what is stored is derived anew."""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: summaries are derived anew after every upgrade."""
