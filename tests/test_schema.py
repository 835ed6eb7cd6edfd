"""The migrations make the tables of `sql/tables.py`, every named statement fits them, migrating is safe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from sql import databases, engine, queries, schema
from sql.tables import metadata
from tests import factories

CATALOGS = ("columns", "constraints", "indexes", "sequences")
"""What `metadata.create_all` makes as well; triggers, functions and views are the migrations' alone."""


def described(url: str) -> dict[str, dict[str, str]]:
    """What the catalogs say about a database's tables, without Alembic's own one."""
    with databases.connect(url) as conn:
        found = databases.catalog(conn)
    return {what: found[what] for what in CATALOGS}


@pytest.fixture
def empty(database: str) -> str:
    """The URL of a database without anything in it."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.execute("CREATE SCHEMA public")
    return database


@pytest.fixture
def configured(empty: str) -> Iterator[str]:
    """This process set to work on an empty database."""
    engine.configure(empty, application="tests")
    yield empty
    engine.dispose()


def migrate() -> tuple[str, ...]:
    with engine.engine().connect() as conn:
        return schema.migrate(conn)


def status() -> schema.SchemaStatus:
    with engine.engine().connect() as conn:
        return schema.status(conn)


@pytest.mark.parametrize("what", CATALOGS)
def test_the_migrations_make_the_tables(what: str, configured: str) -> None:
    migrate()
    migrated = described(configured)[what]
    with psycopg.connect(configured, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.execute("CREATE SCHEMA public")
    metadata.create_all(create_engine(engine.sqlalchemy_url(configured), poolclass=NullPool))
    assert migrated == described(configured)[what]
    assert migrated, "an empty comparison proves nothing"


@pytest.mark.parametrize(
    ("rule", "list"),
    [
        ("branch_in", "{CSE,NULL}"),
        ("programme_in", "{NULL}"),
        ("batch_year_in", "{NULL,2027}"),
        ("college_in", "{1,NULL}"),
        ("gender_in", "{F,NULL}"),
    ],
)
def test_a_rules_list_holds_nothing_unknown(place: object, rule: str, list: str) -> None:
    """`= ANY` of a list with NULL is never false: nobody would fail the rule."""
    with engine.transaction() as tx:
        drive = factories.drive(tx, "D1")
    values = (
        f"(drive_id, version, created_by, gender_purpose, {rule}) VALUES (:drive, 9, 'tester', 'why', :list)"
    )
    with pytest.raises(IntegrityError, match="lists_without_unknown"), engine.transaction() as tx:
        tx.execute(text(f"INSERT INTO drive_criteria {values}"), {"drive": drive, "list": list})


def test_migrating_twice_does_nothing(configured: str) -> None:
    assert status() == schema.SchemaStatus(None, schema.revisions()[-1], schema.revisions(), known=True)
    assert migrate() == schema.revisions()
    assert status().ready
    before = described(configured)
    assert migrate() == ()
    assert described(configured) == before


def test_migrating_at_the_same_time_happens_once(configured: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = [future.result() for future in [pool.submit(migrate) for _ in range(4)]]
    assert sorted(applied) == [(), (), (), schema.revisions()]
    assert status().ready


def test_a_newer_database_is_left_alone(configured: str) -> None:
    migrate()
    with engine.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    found = status()
    assert (found.current, found.known, found.ready, found.pending) == (
        "9999_from_the_future",
        False,
        False,
        (),
    )
    assert migrate() == ()
    assert status() == found


def test_a_failed_migration_leaves_nothing_behind(configured: str) -> None:
    with engine.transaction() as tx:
        tx.execute(text("CREATE TABLE students (of_somebody_else text)"))
    with pytest.raises(Exception, match="students"):
        migrate()
    assert list(described(configured)["columns"]) == ["students.of_somebody_else"]
    assert status().pending == schema.revisions()


def statements() -> list[tuple[str, str]]:
    """File and name of every named statement, in the order of the files."""
    sources = [entry for entry in files(queries).iterdir() if entry.name.endswith(".sql")]
    return [
        (source.name.removesuffix(".sql"), name)
        for source in sorted(sources, key=lambda entry: entry.name)
        for name in re.findall(r"^-- name: (\w+)$", source.read_text("utf-8"), re.MULTILINE)
    ]


def without_parameters(module: str, name: str) -> bytes:
    """The statement with NULL for every parameter, SQLAlchemy's (`:id`) and psycopg's (`{id}`, `%(id)s`)."""
    statement = re.sub(r"(?<![:\w\\]):(\w+)(?!:)|\{\w+\}|%\(\w+\)s", "NULL", queries.source(module, name))
    return statement.replace("\\:", ":").encode()


def plan(conn: psycopg.Connection, module: str, name: str) -> None:
    """Let PostgreSQL plan the statement, after the staging tables that its module makes before it."""
    for other in [found for in_module, found in statements() if in_module == module]:
        if other == name:
            break
        if "\nCREATE " in queries.source(module, other):
            conn.execute(without_parameters(module, other))
    statement = without_parameters(module, name)
    if b"\nCOPY " in statement:
        with conn.cursor().copy(statement):
            pass
    elif b"\nCREATE " in statement:
        conn.execute(statement)
    else:
        conn.execute(b"EXPLAIN " + statement)


def test_statements_fit_the_tables(database: str) -> None:
    wrong = []
    with psycopg.connect(database) as conn:
        for module, name in statements():
            try:
                plan(conn, module, name)
            except psycopg.Error as error:
                wrong.append(f"{module}.{name}: {error}")
            conn.rollback()
    assert not wrong, "\n".join(wrong)
    assert ("ledger", "claim") in statements()


def test_statements_say_what_they_are_for() -> None:
    silent = [found for found in statements() if not re.match(r"-- \S", queries.source(*found))]
    assert not silent
