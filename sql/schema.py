"""The database's schema version: what it is, what this program needs, and the way from one to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

from sqlalchemy import Connection, text

MIGRATION_LOCK = 7_205_759
"""Advisory lock key: two migrating processes take turns."""
LOCK_TIMEOUT = "10s"
"""How long a migration waits for a table that somebody else holds; readers queue up behind it meanwhile."""


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """`current` is the database's revision (None: empty database), `pending` what is still to be applied, in order."""

    current: str | None
    head: str
    pending: tuple[str, ...]
    known: bool

    @property
    def ready(self) -> bool:
        """Whether this program may use the database."""
        return self.current == self.head


@cache
def revisions() -> tuple[str, ...]:
    """Revision names in order; read from the file names, since Alembic takes 0.4 s to import."""
    folder = files("sql.migrations") / "versions"
    return tuple(
        sorted(entry.name[:-3] for entry in folder.iterdir() if re.match(r"\d+_\w+\.py$", entry.name))
    )


def status(conn: Connection) -> SchemaStatus:
    """Compare the database with this program."""
    present = conn.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    current = conn.scalar(text("SELECT version_num FROM alembic_version")) if present else None
    known = current is None or current in revisions()
    done = revisions().index(current) + 1 if current in revisions() else 0
    pending = revisions()[done:] if known else ()
    return SchemaStatus(current, revisions()[-1], pending, known)


def migrate(conn: Connection) -> tuple[str, ...]:
    """Apply what is pending, each revision in its own transaction; returns what was applied.

    Gives up on a lock that somebody else holds for LOCK_TIMEOUT, rather than queueing all readers behind itself.
    """
    from alembic import command
    from alembic.config import Config

    # Another migration, or a long index build, is worth waiting for; a table that somebody else holds is not.
    conn.execute(
        text("SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)")
    )
    conn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    try:
        pending = status(conn).pending
        conn.commit()
        if pending:
            conn.execute(text("SELECT set_config('lock_timeout', :limit, false)"), {"limit": LOCK_TIMEOUT})
            conn.commit()
            with as_file(files("sql.migrations")) as folder:
                config = Config()
                config.set_main_option("script_location", str(folder).replace("%", "%%"))
                config.attributes["connection"] = conn
                command.upgrade(config, "head")
        return pending
    finally:
        conn.rollback()
        conn.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        conn.commit()
