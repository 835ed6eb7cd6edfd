"""A database beside the real one, for as long as it takes to look at a backup or to make the exchange ready."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy.exc import OperationalError

from sql import databases
from sql.engine import is_connection_lost
from tasks.errors import PlaceopsError
from tasks.runtime import unreachable
from tasks.services.dumps import programs
from tasks.services.dumps.files import Backup

OF_NOBODY = ("--no-owner", "--no-privileges")
"""Roles belong to a server, and the next one may not have them: what is restored belongs to who restores it."""


@contextmanager
def reached() -> Iterator[None]:
    """Say of PostgreSQL's errors what they mean for a copy of the database."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise PlaceopsError(
            "locked", "another restore or verification of this database is at work"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise PlaceopsError(
            "forbidden",
            f"PostgreSQL does not let this user do that: {error.diag.message_primary}",
            "let it make databases, as a superuser: ALTER ROLE … CREATEDB",
        ) from error
    except (psycopg.OperationalError, OperationalError) as error:
        if is_connection_lost(error):
            raise unreachable(error) from error
        raise


@contextmanager
def scratch(conn: databases.Session, url: str, purpose: str) -> Iterator[str]:
    """The name of a database beside the real one, to load a backup into; gone at the end unless it was renamed.

    What a killed run has left of the same purpose is removed first: the lock of `maintenance` says that nobody uses it.
    """
    stem = f"{re.sub('[^A-Za-z0-9_]', '_', databases.name_of(url))[:40]}_{purpose}_"
    for left in databases.names(conn):
        if re.fullmatch(f"{stem}[0-9a-f]{{8}}", left):
            databases.drop(conn, left)
    side = f"{stem}{uuid4().hex[:8]}"
    databases.create(conn, side, databases.name_of(url))
    try:
        yield side
    finally:
        databases.drop(conn, side)


def load(conn: databases.Session, backup: Backup, url: str, side: str) -> None:
    """Restore a backup into an empty database, and compare with its manifest what is in it then.

    Raises backup-damaged, program-missing, dump-failed.
    """
    program = programs.restorer(databases.server_version(conn), backup.program)
    programs.run(program, ["--exit-on-error", *OF_NOBODY, f"--dbname={side}", str(backup.dump)], url, side)
    with databases.content(url, side) as content:
        wrong = _differences(backup.rows, content.rows)
        if content.revision != backup.revision:
            wrong.append(f"it is at revision {content.revision}, not {backup.revision}")
    if wrong:
        raise damaged(backup, "; ".join(wrong[:5]))


def _differences(expected: Mapping[str, int], there: Mapping[str, int]) -> list[str]:
    names = sorted(expected.keys() | there.keys())
    return [
        f"{name} has {there.get(name, 'no')} rows, not {expected.get(name, 'any')}"
        for name in names
        if expected.get(name) != there.get(name)
    ]


def damaged(backup: Backup, why: str) -> PlaceopsError:
    """The error that says so."""
    return PlaceopsError("backup-damaged", f"backup {backup.name} cannot be relied on: {why}")
