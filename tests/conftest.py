"""Real servers, made cheap: one PostgreSQL and one Valkey a run, a migrated template database cloned for each test.

`PLACEOPS_TEST_DATABASE_URL` and `PLACEOPS_TEST_REDIS_URL` point the suite at servers of your own (the user must be
allowed to create databases); without them the embedded ones are started.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql as psql
from sqlalchemy.engine import make_url

DATABASE = "PLACEOPS_TEST_DATABASE_URL"
REDIS = "PLACEOPS_TEST_REDIS_URL"
TEMPLATE = "PLACEOPS_TEST_TEMPLATE"

_servers = ExitStack()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """With `--dist loadgroup` all of tests/console is one worker's, as it starts a placeOps of its own.

    Marks for groups, which would say the same, are lost between pytest 9.2 and pytest-xdist 3.8.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class OneForTheConsole(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "console" if nodeid.startswith("tests/console/") else nodeid

    return OneForTheConsole(config, log)


@dataclass(frozen=True)
class Place:
    """Where a test works: its own database, its own Redis namespace, its own folder."""

    database_url: str
    redis_url: str
    namespace: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """For a process started by the test."""
        return os.environ | {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PLACEOPS_REDIS_NAMESPACE": self.namespace,
            "PLACEOPS_DATA_DIR": str(self.folder / "data"),
            "PLACEOPS_EXPORT_DIR": str(self.folder / "uploads" / "temp"),
            "PLACEOPS_CONFIG": os.devnull,
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the controlling process only; test processes find them in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if DATABASE not in os.environ:
        from tasks.embedded import running

        # In memory where there is any: many short-lived databases are mostly fsyncs.
        memory = (
            "/dev/shm"
            if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 2**30
            else None
        )
        folder = Path(
            _servers.enter_context(tempfile.TemporaryDirectory(prefix="placeops-tests-", dir=memory))
        )
        folder.chmod(0o711)  # root's PostgreSQL runs as another user, who must be able to pass
        servers = _servers.enter_context(running(folder))
        os.environ |= {DATABASE: servers.database_url, REDIS: servers.redis_url or ""}
    os.environ[TEMPLATE] = _make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        if TEMPLATE in os.environ:
            _admin(psql.SQL("DROP DATABASE IF EXISTS {}").format(psql.Identifier(os.environ.pop(TEMPLATE))))
        _servers.close()


def _database_url(name: str) -> str:
    return make_url(os.environ[DATABASE]).set(database=name).render_as_string(hide_password=False)


def _admin(statement: psql.Composed) -> None:
    with psycopg.connect(_database_url("postgres"), autocommit=True) as conn:
        conn.execute(statement)


def _make_template() -> str:
    from sql import engine, schema

    name = f"template_{uuid4().hex[:12]}"
    _admin(psql.SQL("CREATE DATABASE {}").format(psql.Identifier(name)))
    engine.configure(_database_url(name), application="tests")
    with engine.engine().connect() as conn:
        schema.migrate(conn)
    engine.dispose()
    return name


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a fresh, migrated, empty database."""
    name = f"test_{uuid4().hex[:12]}"
    identifiers = psql.Identifier(name), psql.Identifier(os.environ[TEMPLATE])
    _admin(psql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*identifiers))
    yield _database_url(name)
    _admin(psql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifiers[0]))


@pytest.fixture
def place(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """This process configured for a fresh database, a Redis namespace and a folder of its own."""
    from sql import engine
    from tasks.jobs import doorbell
    from tasks.settings import settings

    here = Place(database, os.environ[REDIS], f"test-{uuid4().hex[:12]}", tmp_path)
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    doorbell.reset()
    engine.configure(database, application="placeops tests", pool_size=10)
    yield here
    engine.dispose()
    settings.cache_clear()
    doorbell.reset()
