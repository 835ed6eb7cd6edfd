"""Minutes count the jobs that failed too."""

from alembic import op

revision = "0002_failures_counted"
down_revision = "0001_first_release"


def upgrade() -> None:
    """Minutes that are counted already get none: what failed in them is not told apart any more."""
    op.execute("ALTER TABLE finished_minutes ADD COLUMN failed integer NOT NULL DEFAULT 0")
