"""Refresh of every view after a change, beside a bare REFRESH … CONCURRENTLY; and the job when nothing changed.

    DATABASE_URL=postgresql://… python -m benchmarks.views [--students 40000]

Medians of nine, in turn, commit included: 100 drives, ten eligibility rows and three registrations a student.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from sqlalchemy import text

from benchmarks.publish import scratch_database
from sql import engine
from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.jobs.refresh_views import VIEWS, apply
from tasks.jobs.registry import ActiveJob
from tasks.services.views import refresh_views
from tests import factories

ROUNDS = 9
DRIVES = 100
SEASON = (
    """
    INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict)
    SELECT 1 + (id + n * 7) % :drives, 1, id, 'eligible'
    FROM students, generate_series(1, 10) n WHERE (id + n) % 3 > 0
    """,
    """
    INSERT INTO drive_coordinator_selections (drive_id, student_id, source, selected_by)
    SELECT drive_id, student_id, 'AUTO', 'benchmark' FROM drive_eligibility WHERE verdict = 'eligible'
    """,
    """
    INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
    SELECT 1 + (id + n * 7) % :drives, id, 'SELF', 1, 'benchmark' FROM students, generate_series(1, 3) n
    """,
    """
    INSERT INTO offers (student_id, drive_id, company, ctc_total, status)
    SELECT student_id, drive_id, 'Acme', 900000, 'ACCEPTED' FROM drive_registrations WHERE student_id % 9 = drive_id % 9
    """,
    "ANALYZE",
)
CHANGE = "UPDATE drive_registrations SET status = CASE id % 2 WHEN 0 THEN 'withdrawn' ELSE 'registered' END, "
CHANGE += "withdrawn_at = CASE id % 2 WHEN 0 THEN now() END WHERE id % 100 = :round"


def fill(count: int) -> None:
    """One college of `count` students who play a season."""
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), count)
        for number in range(DRIVES):
            factories.drive(tx, f"D{number}")
        for statement in SEASON:
            tx.execute(text(statement), {"drives": DRIVES} if ":drives" in statement else {})


def change(number: int) -> None:
    """A hundredth of the registrations moves."""
    with transaction() as tx:
        tx.execute(text(CHANGE), {"round": number})


def active(view: str) -> ActiveJob:
    """The view's job, enqueued but never claimed: the next round is answered with it again."""
    job = refresh_views(Actor("benchmark", role=Role.ADMIN), [view])[0]
    return ActiveJob(job.id, job.type, 1, job.payload, None, "benchmark", None, 900)


def timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def refreshed(job: ActiveJob, expected: bool) -> None:
    with transaction() as tx:
        assert apply(tx, job, None)["changed"] is expected


def bare(view: str) -> None:
    """The limit: what PostgreSQL does anyway."""
    with transaction() as tx:
        tx.execute(text(f"REFRESH MATERIALIZED VIEW CONCURRENTLY public.{view}"))


def measure(view: str) -> tuple[float, float, float]:
    """Medians: the job after a change, the bare statement after a change of the same size, the job without one."""
    job = active(view)
    refreshed(job, True)
    rounds = []
    for number in range(ROUNDS):
        change(number)
        limit = timed(lambda: bare(view))
        change(number + ROUNDS)
        rounds.append((timed(lambda: refreshed(job, True)), limit, timed(lambda: refreshed(job, False))))
    ours, limit, unchanged = (statistics.median(times) for times in zip(*rounds, strict=True))
    return ours, limit, unchanged


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--students", type=int, default=40_000)
    with scratch_database():
        engine.reconfigure(statement_timeout="1h")
        fill(options.parse_args().students)
        for view in VIEWS:
            ours, limit, unchanged = measure(view)
            print(f"{view}: changed {ours:.1f} ms, bare {limit:.1f} ms, ratio {ours / limit:.2f}")
            print(f"{view}: nothing changed {unchanged:.1f} ms")


if __name__ == "__main__":
    main()
