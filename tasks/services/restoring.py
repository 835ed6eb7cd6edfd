"""A backup takes the place of the database: loaded beside it, proven, brought up to date, then exchanged by name.

Until the exchange, one transaction, the database is as it was; afterwards it is still there under another name. What
was handed out since the backup (ids of jobs, drives, workers) is not handed out again, so that nothing that still knows
the other course of events can take a new job for its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sql import databases, engine, schema
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services import access, audit, backups
from tasks.services.dumps.files import Backup
from tasks.services.dumps.side import load, reached, scratch

EXCHANGE_SECONDS = 10.0
"""How long sessions that were ended, and come back at once, are ended again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: `kept` is the former database under its new name (None: there was none).

    `given_back` counts the jobs that ran at the backup's moment; they wait again.
    """

    database: str
    backup: str
    created_at: datetime
    rows: int
    given_back: int
    kept: str | None
    revision: str


def target() -> str:
    """The name of the database that a restore replaces."""
    return databases.name_of(backups.database_url())


def restore_backup(actor: Actor, name: str | None, *, into: str, disconnect: bool = False) -> Restored:
    """Put a backup (the newest, unless named) in the place of the database that `into` must name.

    While others are connected it is refused, unless they are to be disconnected. Raises forbidden, invalid-input,
    not-found, database-in-use, backup-damaged, schema-too-new, locked, program-missing, database-unreachable.
    """
    access.require(actor, "system.manage")
    url = backups.database_url()
    database = databases.name_of(url)
    if into != database:
        raise PlaceopsError(
            "invalid-input", f"the database is called {database}, not {into}", "name it as it is called"
        )
    backup = backups.chosen(name)
    backups.require_known(backup)
    backups.require_whole(backup)
    engine.dispose()  # a session of our own would be in the way
    with reached(), databases.maintenance(url) as conn:
        if not disconnect:
            _require_alone(conn, database)
        with scratch(conn, url, "restore") as side:
            load(conn, backup, url, side)
            there = databases.exists(conn, database)
            kept = f"{database[:40]}_before_{datetime.now(UTC):%Y%m%dT%H%M%S}" if there else None
            given_back = _settle(actor, url, side, backup, kept)
            _exchange(conn, side, database, kept or "", disconnect=disconnect)
    rows = sum(backup.rows.values())
    head = schema.revisions()[-1]
    return Restored(database, backup.name, backup.created_at, rows, given_back, kept, head)


def _require_alone(conn: databases.Session, database: str) -> None:
    if found := databases.users(conn, database):
        told = ", ".join(f"{user.application} ({user.connections})" for user in found)
        raise PlaceopsError(
            "database-in-use",
            f"{database} is in use by {told}",
            "stop the API, the workers and the scheduler first; or `placeops backup restore --disconnect`",
        )


def _settle(actor: Actor, url: str, side: str, backup: Backup, kept: str | None) -> int:
    """Bring the loaded database up to date, and let it forget what ran at the backup's moment."""
    address = engine.sqlalchemy_url(databases.address(url, side))
    beside = create_engine(address, poolclass=NullPool, hide_parameters=True)
    with beside.connect() as conn:
        schema.migrate(conn)
    with beside.begin() as tx:
        given_back = tx.execute(query("backups", "give_back")).rowcount
        tx.execute(query("backups", "forget_workers"))
        tx.execute(query("backups", "settle_foreign_events"))
        after = backups.summary(backup) | {"kept": kept or "", "given_back": given_back}
        audit.record(tx, actor, "backup.restore", "backup", backup.name, after=after)
    if kept is not None:
        _go_on_behind(url, side, _handed_out(url))
    return given_back


def _handed_out(url: str) -> Mapping[str, int]:
    with databases.connect(url) as conn:
        return databases.sequences(conn)


def _go_on_behind(url: str, side: str, numbers: Mapping[str, int]) -> None:
    with databases.connect(url, side) as conn:
        databases.go_on_behind(conn, numbers)


def _exchange(conn: databases.Session, side: str, database: str, kept: str, *, disconnect: bool) -> None:
    deadline = time.monotonic() + EXCHANGE_SECONDS
    while True:
        if disconnect:
            databases.disconnect(conn, database)
        try:
            databases.exchange(conn, side, database, kept)
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                _require_alone(conn, database)
                raise
            time.sleep(0.05)
