"""The first release."""

from importlib.resources import files

from alembic import op

from sql.engine import driver_connection

revision = "0001_first_release"
down_revision = None


def upgrade() -> None:
    """Create everything; the SQL file beside this one is the text."""
    script = (files("sql.migrations") / "versions" / f"{revision}.sql").read_bytes()
    driver_connection(op.get_bind()).execute(script)
