"""Offers and rounds have versions, as drives have, so that a change can say which one it is meant for."""

from alembic import op

revision = "0003_offer_and_round_versions"
down_revision = "0002_failures_counted"


def upgrade() -> None:
    """What is there is at version 1."""
    for table in ("offers", "drive_rounds"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN row_version integer NOT NULL DEFAULT 1")
