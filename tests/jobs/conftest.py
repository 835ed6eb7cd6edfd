"""A place whose registry knows the trial job types, with its schedules off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.jobs import delivery, doorbell
from tasks.jobs.incarnation import Incarnation
from tests.conftest import Place
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
