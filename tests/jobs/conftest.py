"""A place whose registry knows the trial job types, with its schedules off."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.jobs import delivery, doorbell
from tasks.jobs.incarnation import Incarnation
from tasks.settings import settings
from tests.conftest import Place
from tests.jobs.support import OwnRedis
from tests.jobs.trials import TRIALS, TYPES, known_types


@pytest.fixture
def here(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The fresh place; nothing that is enqueued here is done inline."""
    doorbell.reset()
    monkeypatch.setattr(delivery, "_inline", False)
    for name, kind in TRIALS.items():
        monkeypatch.setitem(known_types(), name, kind)
    with transaction() as tx:
        for name, slots in TYPES.items():
            tx.execute(
                text("INSERT INTO job_types (name, concurrency, max_seconds) VALUES (:name, :slots, 60)"),
                {"name": name, "slots": slots},
            )
        tx.execute(text("CREATE TABLE witness (job_id bigint, attempt int, pid int)"))
        tx.execute(text("UPDATE schedules SET enabled = false"))
    yield place
    doorbell.reset()


@pytest.fixture
def me(here: Place) -> Iterator[Incarnation]:
    """A worker's life in this process: whoever claims needs one."""
    found = Incarnation("worker", list(TYPES))
    yield found
    found.end()


@pytest.fixture
def redis_server() -> Iterator[OwnRedis]:
    """A Valkey of this test's own, not started yet."""
    with tempfile.TemporaryDirectory(prefix="placeops-tests-") as folder:
        Path(folder).chmod(0o711)  # root's servers run as another user, who must be able to pass
        server = OwnRedis(Path(folder))
        yield server
        server.end()


@pytest.fixture
def with_redis(here: Place, redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place, with that Valkey for its rings."""
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    settings.cache_clear()
    doorbell.reset()
    return dataclasses.replace(here, redis_url=redis_server.url)
