"""Live streams: nothing skipped, nothing twice, nothing that is not one's own; and they end."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from placeops_api.live import MOST_OF_ONE
from sql.engine import transaction
from tasks.actor import SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.services import jobs as service
from tasks.services import live, tokens, users
from tests import accounts, factories
from tests.api.test_server import PROGRAM, _served, _until
from tests.conftest import Place

_numbers = itertools.count(1)


def _job(by: str = "admin@example.edu") -> int:
    with transaction() as tx:
        return ledger.enqueue(tx, "export-registrations-csv", {"export": next(_numbers)}, created_by=by)


class Reader:
    """Reads a stream in a thread of its own, until it ends or enough was read."""

    def __init__(
        self, client: httpx.Client, path: str, enough: int | set[str], after: str | None = None
    ) -> None:
        """`enough`: so many events, or one at least of each of these names."""
        self.found: list[dict[str, Any]] = []
        self.status = 0
        self._enough, self._client, self._path = enough, client, path
        self._headers = {"Last-Event-ID": after} if after else {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self._ready.wait(30)

    def _read(self) -> None:
        with (
            suppress(httpx.TransportError),
            self._client.stream("GET", self._path, headers=self._headers, timeout=30) as answer,
        ):
            self.status = answer.status_code
            self._ready.set()
            event: dict[str, Any] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value
                elif event.get("data"):
                    self.found.append(event | {"data": json.loads(event["data"])})
                    event = {}
                    if self._is_enough():
                        return

    def _is_enough(self) -> bool:
        if isinstance(self._enough, int):
            return len(self.found) >= self._enough
        return {one["event"] for one in self.found} >= self._enough

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive()

    def all(self) -> list[dict[str, Any]]:
        """What was read, when it is over."""
        self._thread.join(30)
        assert not self._thread.is_alive(), f"still waiting after {self.found}"
        return self.found


@pytest.fixture
def served(place: Place) -> Iterator[httpx.Client]:
    """A real API process and an administrator's client."""
    with _served(place.environment, accounts.token(Role.ADMIN)) as (_, client):
        yield client


def test_a_jobs_stream_tells_its_story_and_ends(served: httpx.Client) -> None:
    job = _job()
    reader = Reader(served, f"/jobs/{job}/events", 99)
    service.cancel_jobs(SYSTEM, [job])
    told = reader.all()
    assert [(one["event"], one["data"]["to_state"]) for one in told] == [
        ("job", "waiting"),
        ("job", "cancelled"),
    ]
    again = Reader(served, f"/jobs/{job}/events", 99, after=told[0]["id"]).all()
    assert again == told[1:]
    assert served.get("/jobs/999/events").status_code == 404


def test_a_job_that_failed_before_is_followed_to_its_end(served: httpx.Client) -> None:
    job = _job()
    service.cancel_jobs(SYSTEM, [job])
    service.retry_jobs(SYSTEM, [job])
    reader = Reader(served, f"/jobs/{job}/events", 99)
    service.cancel_jobs(SYSTEM, [job])
    assert [one["data"]["to_state"] for one in reader.all()] == [
        "waiting",
        "cancelled",
        "waiting",
        "cancelled",
    ]


def test_the_console_hears_of_jobs_and_of_the_whole(served: httpx.Client) -> None:
    reader = Reader(served, "/live", {"job", "overview", "beat"})
    job = _job()
    told = {one["event"]: one["data"] for one in reader.all()}
    assert abs(datetime.fromisoformat(told["beat"]) - datetime.now(UTC)) < timedelta(seconds=30)
    assert told["job"]["job_id"] == job
    assert {stats["type"] for stats in told["overview"]["queue"]["types"]} >= {"prune-jobs"}
    assert told["overview"]["workers"] == []


def test_an_event_that_commits_late_is_not_skipped(place: Place) -> None:
    """Two transactions number their events in one order and commit in the other."""
    start = live.newest_place(SYSTEM)
    late = psycopg.connect(place.database_url)
    try:
        late.execute("INSERT INTO jobs (type, created_by) VALUES ('prune-jobs', 'late')")
        late.execute("INSERT INTO job_events (job_id, to_state) SELECT id, 'waiting' FROM jobs")
        second = _job("early")
        first_look = live.events_after(SYSTEM, start)
        assert first_look.events == [], "an older transaction is in progress: nobody knows what comes of it"
        late.commit()
    finally:
        late.close()
    _until(lambda: len(live.events_after(SYSTEM, first_look.place).events) == 2)
    told = live.events_after(SYSTEM, first_look.place).events
    assert [event.created_by for event in told] == ["late", "early"]
    assert told[1].job_id == second
    assert live.events_after(SYSTEM, told[-1].place).events == []


def test_pages_of_events_leave_nothing_out(place: Place) -> None:
    start = live.newest_place(SYSTEM)
    ids = [_job() for _ in range(7)]
    _until(lambda: len(live.events_after(SYSTEM, start).events) == 7)
    seen: list[int] = []
    more = True
    while more:
        found = live.events_after(SYSTEM, start, limit=3)
        seen += [event.job_id for event in found.events]
        start, more = found.place, found.more
    assert seen == ids


def test_a_place_of_another_database_starts_from_now(place: Place) -> None:
    found = live.events_after(SYSTEM, "999999999999-1")
    assert found.events == [] and found.place <= live.newest_place(SYSTEM)
    with pytest.raises(PlaceopsError) as caught:
        live.events_after(SYSTEM, "yesterday")
    assert caught.value.code == "invalid-input"


def test_everybody_hears_of_their_own_jobs_only(place: Place) -> None:
    with transaction() as tx:
        mine, other = factories.drive(tx, "MINE"), factories.drive(tx, "OTHER")
    start = live.newest_place(SYSTEM)
    with transaction() as tx:
        for drive in (mine, other):
            payload = {"drive": drive, "criteria_version": 1, "publish": False}
            ledger.enqueue(tx, "eligibility-filter", payload, created_by="ravi", drive_id=drive)
    _job("meena")

    _until(lambda: len(live.events_after(SYSTEM, start).events) == 3)

    def hears(actor: Actor) -> list[tuple[str, int | None]]:
        return [(event.created_by, event.drive_id) for event in live.events_after(actor, start).events]

    assert hears(Actor("meena", role=Role.STAFF)) == [("meena", None)]
    scoped = Actor("meena", role=Role.COORDINATOR, scope=Scope(drives=(mine,)))
    assert hears(scoped) == [("ravi", mine), ("meena", None)]
    for nobody in (Actor("x", role=Role.STUDENT), Actor("x")):
        with pytest.raises(PlaceopsError) as caught:
            hears(nobody)
        assert caught.value.code == "forbidden"


def test_streams_are_counted_and_students_have_none(served: httpx.Client) -> None:
    readers = [Reader(served, "/live", 3) for _ in range(MOST_OF_ONE)]
    refused = served.get("/live")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
    for _ in range(3):
        _job()
    for reader in readers:
        reader.all()
    _until(lambda: Reader(served, "/live", 1).status == 200)
    with transaction() as tx:
        student = factories.student(tx, factories.college(tx), "R1")
    headers = {"Authorization": f"Bearer {accounts.token(Role.STUDENT, student_id=student)}"}
    assert served.get("/live", headers=headers).status_code == 403


HURRY = "import placeops_api.live as l; l.STANDING_SECONDS = 0.3; "


@pytest.mark.parametrize("what", ["revoked", "another role", "disabled"])
def test_a_stream_ends_when_its_reader_is_no_longer_who_it_was(place: Place, what: str) -> None:
    secret = accounts.token(Role.ADMIN, "ravi@example.edu")
    acts: dict[str, Callable[[], object]] = {
        "revoked": lambda: tokens.revoke_token(SYSTEM, 1),
        "another role": lambda: users.set_role(SYSTEM, "ravi@example.edu", role="COORDINATOR"),
        "disabled": lambda: users.set_active(SYSTEM, "ravi@example.edu", active=False),
    }
    with _served(place.environment, secret, program=HURRY + PROGRAM) as (_, client):
        job = _job()
        readers = [Reader(client, path, 10_000) for path in ("/live", f"/jobs/{job}/events")]
        threading.Event().wait(1)
        assert all(reader.alive for reader in readers), "nothing has changed: they tell on"
        acts[what]()
        for reader in readers:
            reader.all()
        assert client.get("/jobs/1").status_code in (401, 404)


def test_a_stopping_process_ends_its_streams(place: Place) -> None:
    with _served(place.environment, accounts.token(Role.ADMIN)) as (process, client):
        reader = Reader(client, "/live", 10_000)
        assert reader.status == 200
        process.terminate()
        process.wait(20)
        assert all(one["event"] in ("beat", "overview") for one in reader.all())


@contextmanager
def _no_more_connections(place: Place) -> Iterator[None]:
    name = place.database_url.rpartition("/")[2].partition("?")[0]
    admin = place.database_url.replace(f"/{name}", "/postgres")
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        conn.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'".encode()
        )
        yield
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def test_a_stream_outlives_the_database(served: httpx.Client, place: Place) -> None:
    from sql import engine

    reader = Reader(served, "/live", 99)
    engine.dispose()
    with _no_more_connections(place):
        pass
    job = _job()
    with transaction() as tx:
        tx.execute(text("SELECT 1"))
    threading.Event().wait(6)
    assert [one["data"]["job_id"] for one in reader.found if one["event"] == "job"] == [job]
    served.close()
