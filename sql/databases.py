"""Whole databases of a server: read under one snapshot, made, dropped, exchanged by their names.

Every connection here is psycopg's own, outside the pool: most of these statements cannot run in a transaction, and the
session that holds a snapshot is idle for as long as a dump takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from sql.engine import KEEPALIVE
from sql.queries import names as statements
from sql.queries import source

Session = psycopg.Connection[tuple[Any, ...]]

COPIES_LOCK_CLASS = 1_886_151_036
"""Advisory lock class, on the maintenance database: one restore or verification of a database at a time."""
MAINTENANCE = ("postgres", "template1")


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds at one moment: its revision, the rows of each table; `snapshot` is that moment's name."""

    snapshot: str
    server: int
    server_version: str
    revision: str | None
    rows: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """Programs of one name that are connected to a database."""

    application: str
    connections: int


def name_of(url: str) -> str:
    """The database that a URL names; libpq's default is the user's name."""
    parts = make_url(url)
    return parts.database or parts.query.get("dbname") or parts.username or ""  # type: ignore[return-value]


def address(url: str, database: str) -> str:
    """The URL of another database of the same server, as libpq reads it."""
    return make_url(url).set(drivername="postgresql", database=database).render_as_string(hide_password=False)


def connect(url: str, database: str | None = None) -> Session:
    """An autocommit session without limits of time but for locks. Raises psycopg.OperationalError."""
    options = (
        "-c timezone=UTC -c statement_timeout=0 -c lock_timeout=10s -c idle_in_transaction_session_timeout=0"
    )
    wanted = address(url, database or name_of(url))
    named: dict[str, Any] = {"application_name": "placeops backup", "options": options}
    return psycopg.connect(wanted, autocommit=True, **(KEEPALIVE | named))


@contextmanager
def content(url: str, database: str | None = None) -> Iterator[Content]:
    """What a database holds; others may import the snapshot, and see the very same, while the block lasts."""
    with connect(url, database) as conn:
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot, server, version, at = _one(conn, "content")
        yield Content(snapshot, server, version, _revision(conn), _rows(conn), at)
        conn.execute("ROLLBACK")


@contextmanager
def maintenance(url: str) -> Iterator[Session]:
    """A session beside the database, alone in its kind. Raises psycopg.errors.LockNotAvailable when it is not."""
    conn = _beside(url)
    try:
        wanted = (COPIES_LOCK_CLASS, name_of(url))
        row = conn.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", wanted).fetchone()
        if row is None or not row[0]:
            raise psycopg.errors.LockNotAvailable("another restore or verification is at work")
        yield conn
    finally:
        conn.close()


def _beside(url: str) -> Session:
    for database in MAINTENANCE:
        if database == name_of(url):
            continue
        try:
            return connect(url, database)
        except psycopg.OperationalError as error:
            last = error
    raise last


def exists(conn: Session, name: str) -> bool:
    """Whether the server has a database of this name."""
    return conn.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).rowcount > 0


def server_version(conn: Session) -> int:
    """The server's major version."""
    return conn.info.server_version // 10_000


def users(conn: Session, name: str) -> list[User]:
    """Who is connected to a database."""
    return [User(*row) for row in conn.execute(_text("users"), {"name": name}).fetchall()]


def create(conn: Session, name: str, like: str) -> None:
    """An empty database with the encoding and the locale of another one, where that exists."""
    form = conn.execute(_text("form"), {"name": like}).fetchone()
    words = [sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))]
    if form is not None:
        encoding, provider, collate, ctype, locale = form
        words += [_option("ENCODING", encoding), _option("LC_COLLATE", collate), _option("LC_CTYPE", ctype)]
        words.append(_option("LOCALE_PROVIDER", provider))
        if locale is not None:
            words.append(_option("ICU_LOCALE" if provider == "icu" else "BUILTIN_LOCALE", locale))
    conn.execute(sql.SQL(" ").join(words))


def drop(conn: Session, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def names(conn: Session) -> list[str]:
    """Every database of the server."""
    return [row[0] for row in conn.execute("SELECT datname FROM pg_database").fetchall()]


def disconnect(conn: Session, name: str) -> None:
    """End every session of a database."""
    conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def exchange(conn: Session, new: str, name: str, kept: str) -> None:
    """Let `new` be called `name`, and what had that name `kept`: both or neither.

    Raises psycopg.errors.ObjectInUse while somebody is connected to one of them.
    """
    rename = "ALTER DATABASE {} RENAME TO {}"
    with conn.transaction():
        if exists(conn, name):
            conn.execute(sql.SQL(rename).format(sql.Identifier(name), sql.Identifier(kept)))
        conn.execute(sql.SQL(rename).format(sql.Identifier(new), sql.Identifier(name)))


def catalog(conn: Session) -> dict[str, dict[str, str]]:
    """What the catalogs say of the schema: each kind of object by name, without Alembic's own table."""
    found = {}
    for kind in statements("catalog"):
        text: Any = source("catalog", kind)
        rows = conn.execute(text).fetchall()
        found[kind] = {name: said for name, said in rows if not name.startswith("alembic_version")}
    return found


def sequences(conn: Session) -> dict[str, int]:
    """The last number that each sequence of the schema has handed out."""
    return dict(conn.execute(_text("sequences")).fetchall())


def go_on_behind(conn: Session, numbers: Mapping[str, int]) -> None:
    """Let sequences hand out no number that they have handed out elsewhere."""
    for name, last in numbers.items():
        conn.execute(_text("go_on_behind"), {"name": name, "last": last})


def _text(name: str) -> LiteralString:
    text: Any = source("databases", name)
    return text  # type: ignore[no-any-return]


def _option(name: LiteralString, value: str) -> sql.Composed:
    return sql.SQL(name + " {}").format(sql.Literal(value))


def _one(conn: Session, name: str) -> tuple[Any, ...]:
    row = conn.execute(_text(name)).fetchone()
    assert row is not None
    return row


def _revision(conn: Session) -> str | None:
    present = conn.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    if present is None or not present[0]:
        return None
    row = conn.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def _rows(conn: Session) -> dict[str, int]:
    found = {}
    for (name,) in conn.execute(_text("tables")).fetchall():
        row = conn.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name))
        ).fetchone()
        assert row is not None
        found[name] = int(row[0])
    return found
