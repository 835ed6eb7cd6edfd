"""The database's schema, as an operator handles it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from sql import engine, schema
from sql.engine import is_connection_lost, sqlstate
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.runtime import database_name, unreachable
from tasks.services import access

LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """Which database, which server version, which revision it is at, and which are still to be applied."""

    database: str
    server_version: str
    revision: str | None
    head: str
    pending: list[str]
    ready: bool


@dataclass(frozen=True, slots=True)
class Migrated:
    """The revisions that were applied (or, in a dry run, would be), and the revision the database is at."""

    applied: list[str]
    revision: str | None
    dry_run: bool


def database_status(actor: Actor) -> DatabaseStatus:
    """The schema beside the program's. Raises forbidden, database-unreachable."""
    access.require(actor, "system.read")
    try:
        with engine.engine().connect() as conn:
            found = schema.status(conn)
            version = str(conn.scalar(text("SHOW server_version")))
    except SQLAlchemyError as error:
        raise unreachable(error) from error
    return DatabaseStatus(
        database_name(), version, found.current, found.head, list(found.pending), found.ready
    )


def migrate(actor: Actor, *, dry_run: bool = False) -> Migrated:
    """Bring the database to this program's revision. Raises forbidden, database-unreachable, schema-too-new, locked."""
    access.require(actor, "system.manage")
    before = database_status(actor)
    if before.revision is not None and not before.ready and not before.pending:
        raise PlaceopsError(
            "schema-too-new",
            f"the database is at revision {before.revision}, which this version of placeOps does not know",
            "upgrade placeOps on this machine",
        )
    if dry_run or before.ready:
        return Migrated(before.pending, before.revision, dry_run)
    try:
        with engine.engine().connect() as conn:
            applied = schema.migrate(conn)
    except OperationalError as error:
        if is_connection_lost(error):
            raise unreachable(error) from error
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise PlaceopsError(
                "locked",
                f"a table stayed locked for {schema.LOCK_TIMEOUT}; nothing of the pending revision was applied",
                "try again when the long transaction is over; `placeops doctor` names it",
            ) from error
        raise
    return Migrated(list(applied), before.head, False)
