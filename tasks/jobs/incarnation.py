"""One life of a process that runs jobs: a row in `workers`, a session advisory lock, a lease.

The lock is taken on a connection outside the pool before the row is committed, and lives as long as the process: the
server frees it the moment the process is gone. The lease covers what the lock cannot see, a process that is frozen.

Behind a connection pooler a session may change its server process after every transaction, and the lock would stay
with one that others use: none is taken then, and the row says that only its lease counts.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psycopg

from sql.engine import LEASE_SECONDS, own_connection
from tasks.jobs.ledger import WORKER_LOCK_CLASS, application_name

log = logging.getLogger(__name__)


def program_version() -> str:
    """The installed version, `dev` in a bare checkout."""
    try:
        return version("placeops")
    except PackageNotFoundError:
        return "dev"


class Incarnation:
    """A registered life. `id` is the worker id that jobs and sessions carry."""

    def __init__(self, kind: str, types: Sequence[str]) -> None:
        """Register: take the lock, then write the row. Raises psycopg.OperationalError when PostgreSQL is away."""
        self._connection: psycopg.Connection[tuple[Any, ...]] = own_connection("placeops worker")
        row = self._connection.execute("SELECT nextval('worker_ids')").fetchone()
        assert row is not None
        self.id = int(row[0])
        self.application = application_name(self.id)
        self._take_lock()
        if self.lease_only:
            log.warning(
                "worker %s reaches PostgreSQL through a pooler: its death shows after %g s",
                self.id,
                LEASE_SECONDS,
            )
        me = (
            self.id,
            kind,
            socket.gethostname(),
            os.getpid(),
            list(types),
            program_version(),
            self.lease_only,
        )
        self._connection.execute(
            "INSERT INTO workers (id, kind, host, pid, types, version, lease_only, lease_until)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, clock_timestamp() + make_interval(secs => %s))",
            (*me, LEASE_SECONDS),
        )

    def _take_lock(self) -> None:
        # A pooler answers the start of a session itself, with a process number of its own invention.
        row = self._connection.execute("SELECT pg_backend_pid()").fetchone()
        self.lease_only = row is None or row[0] != self._connection.info.backend_pid
        self._locked = False
        if self.lease_only:
            return
        self._connection.execute("SELECT set_config('application_name', %s, false)", (self.application,))
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", (WORKER_LOCK_CLASS, self.id)
        ).fetchone()
        self._locked = row is not None and bool(row[0])

    def hold(self) -> None:
        """Make sure that the lock is held, on a new connection where the old one was lost.

        The server may not have noticed the old session's end yet; until it has, the lease speaks for this process.
        """
        try:
            self._connection.execute("SELECT 1")
            if not (self._locked or self.lease_only):
                self._take_lock()
        except psycopg.Error as error:
            self._connection.close()
            log.warning("worker %s lost its lock connection, taking a new one: %s", self.id, error)
            self._connection = own_connection(self.application)
            self._take_lock()
            self._connection.execute(
                "UPDATE workers SET lease_only = %s WHERE id = %s", (self.lease_only, self.id)
            )

    def end(self) -> None:
        """Say goodbye, so that nobody takes the row for a death; then free the lock."""
        try:
            self._connection.execute(
                "UPDATE workers SET stopped_at = clock_timestamp(), redis_down_since = NULL WHERE id = %s",
                (self.id,),
            )
        except psycopg.Error as error:
            log.warning("worker %s could not sign off: %s", self.id, error)
        self._connection.close()
