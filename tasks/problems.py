"""Errors as both doors tell them: one JSON shape, and one way to understand what the database or the machine said."""

from __future__ import annotations

import errno
import sys
from typing import Any

from tasks.errors import REGISTRY, PlaceopsError

TYPE_PREFIX = "urn:placeops:error:"

# SQLSTATEs: a number out of range or text that UTF-8 or PostgreSQL cannot hold; a table, column or function missing.
_NOT_STORABLE = frozenset({"22003", "22021", "22P05"})
_OTHER_SCHEMA = frozenset({"3F000", "42P01", "42703", "42883"})
_REFERENCE_GONE = "23503"
_STATEMENT_TIMEOUT = "57014"
_NOT_WRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def problem(error: PlaceopsError) -> dict[str, Any]:
    """The error as RFC 9457 members, without the HTTP status that only the REST door knows; no absent parts."""
    members = {
        "type": TYPE_PREFIX + error.code,
        "title": REGISTRY[error.code].title,
        "detail": error.message,
        "code": error.code,
        "fix": error.fix,
        "pointer": error.field,
        "details": error.details or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def understood(error: BaseException) -> PlaceopsError:
    """The error itself when it is one of ours, what it means when database or file are in trouble, else `internal`."""
    if isinstance(error, PlaceopsError):
        return error
    if isinstance(error, OSError) and error.filename is not None:
        return PlaceopsError("file-unreadable", f"{error.filename}: {error.strerror}")
    if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
        return PlaceopsError("file-unwritable", f"the output cannot be written: {error.strerror}")
    if "sqlalchemy" in sys.modules:
        found = _database_trouble(error)
        if found:
            return found
    return PlaceopsError("internal", f"unexpected {type(error).__name__}: {first_line(error)}")


def first_line(error: BaseException) -> str:
    """What the error says, cut to its first line: drivers add statements and parameters below it."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def _database_trouble(error: BaseException) -> PlaceopsError | None:
    from psycopg import DataError
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    from sql import engine

    state = engine.sqlstate(error)
    if state == _STATEMENT_TIMEOUT:
        return PlaceopsError(
            "database-busy", "PostgreSQL needed longer than a request may take", "try again in a moment"
        )
    if state == _REFERENCE_GONE:
        return PlaceopsError(
            "changed-meanwhile", "somebody else removed or used what this is about, at the same moment"
        )
    if engine.is_connection_lost(error):
        fix = "check that PostgreSQL runs and that DATABASE_URL is right, then run the command again"
        return PlaceopsError("database-unreachable", f"PostgreSQL does not answer: {first_line(error)}", fix)
    if isinstance(error, PoolTimeout) or engine.is_transient(error):
        return PlaceopsError(
            "database-busy", f"PostgreSQL is busy: {first_line(error)}", "try again in a moment"
        )
    if isinstance(error, ArgumentError | NoSuchModuleError):
        # The library's own sentence may quote the URL with its password.
        return PlaceopsError(
            "invalid-input",
            "DATABASE_URL is not a PostgreSQL URL",
            "write it like postgresql://user@host:5432/placeops",
        )
    if state in _NOT_STORABLE or (state is None and isinstance(getattr(error, "orig", error), DataError)):
        return PlaceopsError(
            "invalid-input",
            "a value is out of range or holds a character that cannot be stored",
            "look for a number with too many digits, or for pasted control characters",
        )
    return _schema_trouble() if state in _OTHER_SCHEMA else None


def _schema_trouble() -> PlaceopsError | None:
    from sql import engine, schema

    with engine.transaction(read_only=True) as tx:
        found = schema.status(tx)
    if found.ready:
        return None
    if not found.known:
        return PlaceopsError("schema-too-new", f"the database is at {found.current}, newer than this program")
    return PlaceopsError("schema-outdated", "the database needs migrations", "placeops db migrate")
