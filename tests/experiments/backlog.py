"""The ground of the load experiment: jobs of the past, jobs that wait, and the pace at which workers take them."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import text

from sql import engine
from sql.engine import transaction
from tasks.actor import Actor
from tasks.jobs.registry import ActiveJob
from tasks.services.eligibility import compute_eligibility
from tasks.services.exports import request_export
from tasks.services.publishing import publish_drive
from tasks.services.selections import Listed
from tests import factories
from tests.experiments.world import World

A_SECOND: Mapping[str, float] = {
    "trial": 40,
    "eligibility-filter": 40,
    "auto-publish": 10,
    "export-registrations-csv": 10,
}
"""What clients ask for, and what the workers get done: 100 a second."""
SLOTS = 5
STUDENTS = 20
HISTORY = "history"
"""Who asked for the jobs of the past."""
PACE = "pace.json"

Request = Callable[[Actor], int | None]


@dataclass(frozen=True)
class Sizes:
    """How many jobs wait, and how many finished within the last hour, spread evenly over it."""

    waiting: int
    lately: int


@dataclass(frozen=True)
class Requests:
    """One request of each type. Each filter and each publish has a drive of its own: nothing answers for another."""

    drives: Iterator[int]
    exported: int
    students: list[int]

    def trial(self, world: World) -> None:
        world.trial()

    def filter(self, world: World) -> None:
        drive = str(next(self.drives))
        world.request(lambda actor: compute_eligibility(actor, drive).id)

    def publish(self, world: World) -> None:
        drive, chosen = str(next(self.drives)), [Listed(1, student_id=one) for one in self.students]

        def ask(actor: Actor) -> int | None:
            published = publish_drive(actor, drive, chosen)
            return published.job.id if published.job else None

        world.request(ask)

    def export(self, world: World) -> None:
        world.request(lambda actor: request_export(actor, str(self.exported)).job.id)

    @property
    def by_type(self) -> Mapping[str, Callable[[World], None]]:
        """How to ask for each of the types."""
        ways = self.trial, self.filter, self.publish, self.export
        return dict(zip(A_SECOND, ways, strict=True))


def ground(waiting: int, seconds: float) -> Requests:
    """Students, a draft drive for each request that needs one, and a posted one whose registrations are exported."""
    share = (A_SECOND["eligibility-filter"] + A_SECOND["auto-publish"]) / sum(A_SECOND.values())
    drives = int(share * (waiting + sum(A_SECOND.values()) * seconds)) + 1
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), STUDENTS)
        exported = factories.drive(tx)
        factories.posted(tx, exported, students)
        tx.execute(
            text("""
                INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
                SELECT :drive, unnest(CAST(:students AS int[])), 'STAFF', 1, 'tests'
            """),
            {"drive": exported, "students": students},
        )
        first = tx.scalar(
            text("""
                WITH drives AS (
                    INSERT INTO placement_drives (code, company, title, created_by, reg_opens_at, reg_closes_at)
                    SELECT 'L' || n, 'Acme', 'Engineer', 'tests', now(), now() + interval '7 days'
                    FROM generate_series(1, :drives) n RETURNING id
                ), criteria AS (
                    INSERT INTO drive_criteria (drive_id, version, created_by) SELECT id, 1, 'tests' FROM drives
                )
                SELECT min(id) FROM drives
            """),
            {"drives": drives},
        )
    assert first is not None
    return Requests(count(first), exported, students)


def remember(sizes: Sizes, seconds: float) -> None:
    """A past at the same pace: the hour before now, and a month ago as many seconds as the experiment lasts.

    Those of a month ago come of age for the clean-up one after the other while it runs, as they would in life.
    """
    a_second = sum(A_SECOND.values())
    past = text("""
        WITH times AS (
            SELECT n, clock_timestamp() - make_interval(days => :days, secs => :ago)
                      + n * interval '1 second' / :a_second AS at
            FROM generate_series(1, :jobs) n
        ), added AS (
            INSERT INTO jobs (type, state, payload, attempt, created_by, created_at, started_at, finished_at, result,
                              reason)
            SELECT (CAST(:types AS text[]))[1 + n % cardinality(CAST(:types AS text[]))],
                   CASE WHEN n % 50 = 0 THEN 'cancelled' ELSE 'completed' END, '{}', 1, :history, at, at, at, '{}',
                   CASE WHEN n % 50 = 0 THEN 'cancelled' END
            FROM times RETURNING id, state, finished_at
        )
        INSERT INTO job_events (job_id, at, from_state, to_state, attempt)
        SELECT id, finished_at, was, coalesce(became, state), 1
        FROM added, (VALUES (NULL, 'waiting'), ('waiting', 'active'), ('active', NULL)) moves (was, became)
    """)
    hour = {"days": 0, "ago": sizes.lately / a_second, "jobs": sizes.lately}
    month = {"days": 30, "ago": 0, "jobs": int(a_second * seconds)}
    for when in (month, hour):
        with transaction() as tx:
            tx.execute(past, when | {"a_second": a_second, "types": list(A_SECOND), "history": HISTORY})


def forget() -> None:
    """Remove what `remember` made up: nobody was promised anything about it."""
    with transaction() as tx:
        tx.execute(text("DELETE FROM jobs WHERE created_by = :history"), {"history": HISTORY})


def pile_up(world: World, requests: Requests, waiting: int) -> None:
    """Clients ask for so many jobs, of each type its share, in a random order."""
    shares = {name: int(waiting * rate / sum(A_SECOND.values())) for name, rate in A_SECOND.items()}
    order = [requests.by_type[name] for name, share in shares.items() for _ in range(share)]
    world.random.shuffle(order)
    with ThreadPoolExecutor(4) as clients:
        for _ in clients.map(lambda ask: ask(world), order):
            pass


def tidy() -> None:
    """Statistics and visibility as an hour of autovacuum leaves them."""
    with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))


def set_pace(folder: Path, processes: int) -> None:
    """Let the workers of this folder take as many jobs a second as come in, so that the backlog stays."""
    slots = processes * SLOTS
    (folder / PACE).write_text(json.dumps({name: slots / rate for name, rate in A_SECOND.items()}))


def full_speed(folder: Path) -> None:
    """From now on they take what they can."""
    (folder / PACE).unlink()


def paced(path: Path, reached: Callable[[str, ActiveJob], None]) -> Callable[[str, ActiveJob], None]:
    """In a worker: a slot begins a type's jobs no faster than the file says, as long as it is there.

    The job is active meanwhile and its slot is taken, as by work that takes so long.
    """
    pace: dict[str, float] = json.loads(path.read_text())
    mine = threading.local()

    def in_turn(point: str, job: ActiveJob) -> None:
        if point == "claimed" and job.type in pace and path.exists():
            now, every = time.monotonic(), pace[job.type]
            turns = mine.__dict__
            # Slots that begin together would stay in step for ever, and all claim at the same moment.
            due = max(turns.get(job.type, now + random.random() * every), now - 1)
            turns[job.type] = due + every
            time.sleep(max(0.0, due - now))
        reached(point, job)

    return in_turn
