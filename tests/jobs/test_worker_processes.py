"""Real worker processes: killed at every point, stopped in order, stuck, orphaned; each job is applied once."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from sql.engine import transaction
from tasks.jobs.points import POINTS
from tasks.jobs.registry import Payload
from tasks.services.jobs import cancel_jobs
from tests import factories
from tests.conftest import Place
from tests.jobs.support import (
    TESTER,
    alive,
    applied,
    ask,
    do,
    finished,
    is_running,
    job,
    logged,
    moves,
    settle,
    trial,
    until,
    whys,
    workers,
)
from tests.jobs.trials import SINGLE

log = logging.getLogger(__name__)


def test_killed_at_any_point_a_job_is_applied_once(here: Place) -> None:
    settle()
    with workers(here, "trial", processes=2):
        for point in POINTS:
            found = trial(die=point)
            finished([found])
            killed = until_file(here.folder / "data" / f"killed-trial-{point}")
            assert (job(found).state, applied(found)) == ("completed", 1), point
            assert job(found).attempt == (1 if point == "committed" else 2), point
            log.info("killed at %s: done after %.1f s", point, ended(found) - killed)


def until_file(path: Path) -> float:
    """When the file was made."""
    until(path.exists)
    return path.stat().st_mtime


def ended(found: int) -> float:
    at = job(found).finished_at
    assert at is not None
    return at.timestamp()


def enqueue_each() -> Sequence[tuple[str, int]]:
    """One job of every production type, each with something to do."""
    from tasks.jobs import ledger
    from tasks.services.exports import request_export
    from tasks.services.publishing import publish_drive
    from tasks.services.selections import Listed

    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 40)
        drive = factories.drive(tx)
    published = publish_drive(
        TESTER, str(drive), [Listed(line, student_id=one) for line, one in enumerate(students)]
    )
    assert published.job is not None
    exported = request_export(TESTER, str(drive))
    rest: dict[str, Payload] = {
        "eligibility-filter": {"drive": drive, "criteria_version": 1, "publish": False},
        "refresh-materialized-views": {"view": "drive_funnel"},
        "remove-expired-exports": {},
        "prune-jobs": {},
    }
    with transaction() as tx:
        others = [
            (kind, ledger.enqueue(tx, kind, payload, created_by="tester")) for kind, payload in rest.items()
        ]
    return [("auto-publish", published.job.id), ("export-registrations-csv", exported.job.id), *others]


def test_each_job_type_survives_the_death_of_its_worker(here: Place) -> None:
    settle()
    do("UPDATE job_types SET paused_at = now(), paused_by = 'tester'")
    asked = enqueue_each()
    with workers(here, processes=2, TRIAL_KILL_AT="fenced"):
        for kind, found in asked:
            do("UPDATE job_types SET paused_at = NULL, paused_by = NULL WHERE name = :kind", kind=kind)
            finished([found])
            assert (job(found).state, job(found).attempt) == ("completed", 2), kind
            assert moves(found).count(("active", "completed")) == 1
    assert ask("SELECT count(*) FROM drive_coordinator_selections") == 40
    assert ask("SELECT count(*) FROM drive_eligibility") == 40
    assert ask("SELECT count(*) FROM exports WHERE completed_at IS NOT NULL") == 1


def test_a_dead_process_is_replaced_and_its_jobs_run_again(here: Place) -> None:
    settle()
    with workers(here, "trial"):
        first = alive()[0]
        found = [trial(sleep=1), trial(sleep=1)]
        until(lambda: all(job(one).state == "active" for one in found))
        os.kill(first, signal.SIGKILL)
        finished(found)
        assert alive() != [first]
    assert [(job(one).state, applied(one), job(one).crashes) for one in found] == [("completed", 1, 1)] * 2


def test_a_job_that_kills_its_worker_is_parked_and_its_neighbours_are_not(here: Place) -> None:
    settle()
    with workers(here, "trial"):
        poison, neighbours = trial(doze=0.2, exit=True), [trial(sleep=0.5) for _ in range(3)]
        finished([poison, *neighbours], seconds=60)
    assert (job(poison).state, job(poison).reason, job(poison).crashes) == ("failed", "poison", 3)
    assert [(job(one).state, applied(one)) for one in neighbours] == [("completed", 1)] * 3
    assert max(job(one).crashes for one in neighbours) <= 2


def test_a_killed_supervisor_leaves_no_child(here: Place) -> None:
    settle()
    with workers(here, "trial", processes=2) as supervisor:
        children = alive()
        found = trial(sleep=0.5)
        until(lambda: job(found).state == "active")
        supervisor.kill()
        supervisor.wait()
        until(lambda: not any(is_running(pid) for pid in children))
    assert (job(found).state, applied(found)) == ("completed", 1)


def test_a_stop_lets_short_jobs_finish_and_hands_the_long_ones_back(here: Place) -> None:
    settle()
    with workers(here, "trial", shutdown_seconds=2) as supervisor:
        short, long = [trial(sleep=0.6), trial(doze=0.6)], [trial(sleep=60), trial(doze=60)]
        until(lambda: all(job(one).state == "active" for one in [*short, *long]))
        waiting = [trial() for _ in range(5)]
        supervisor.terminate()
        supervisor.wait()
        assert supervisor.returncode == 0
    assert [(job(one).state, applied(one)) for one in short] == [("completed", 1)] * 2
    assert [(job(one).state, job(one).failures, job(one).crashes) for one in long] == [("waiting", 0, 0)] * 2
    assert ask("SELECT count(*) FROM workers WHERE stopped_at IS NULL") == 0
    do("UPDATE jobs SET payload = '{}' WHERE state = 'waiting'")
    with workers(here, "trial"):
        finished([*waiting, *long])
    assert [applied(one) for one in [*short, *long, *waiting]] == [1] * 9


def test_twenty_running_jobs_are_finished_or_handed_back_within_the_limit(here: Place) -> None:
    settle()
    limit = 5.0
    with workers(
        here, "trial", SINGLE, processes=2, shutdown_seconds=limit, PLACEOPS_CONCURRENCY="5"
    ) as supervisor:
        short = [trial(sleep=0.5 + at / 5) for at in range(5)] + [trial(SINGLE, doze=0.5) for _ in range(5)]
        long = [trial(sleep=60, progress="sleeping") for _ in range(5)]
        long += [trial(SINGLE, doze=60, progress="dozing") for _ in range(5)]
        until(lambda: all(job(one).started_at for one in [*short, *long]))
        until(lambda: all(job(one).progress for one in long))
        asked = ask("SELECT clock_timestamp()")
        supervisor.terminate()
        assert supervisor.wait() == 0
    last = ask("SELECT max(stopped_at) FROM workers")
    assert (last - asked).total_seconds() <= limit
    assert "is killed" not in logged(here)
    assert [(job(one).state, applied(one)) for one in short] == [("completed", 1)] * 10
    handed = [(job(one).state, job(one).failures, job(one).crashes, applied(one)) for one in long]
    assert handed == [("waiting", 0, 0, 0)] * 10
    for one, phase in zip(long, ["sleeping"] * 5 + ["dozing"] * 5, strict=True):
        why = whys(one)[-1]
        assert why is not None and why.startswith("handed back") and phase in why
    do("UPDATE jobs SET payload = '{}' WHERE state = 'waiting'")
    with workers(here, "trial", SINGLE):
        finished(long)
    assert [applied(one) for one in [*short, *long]] == [1] * 20
    assert [moves(one).count(("active", "completed")) for one in [*short, *long]] == [1] * 20


def test_a_stuck_thread_makes_room_for_a_new_process(here: Place) -> None:
    settle()
    do("UPDATE job_types SET max_seconds = 1 WHERE name = :type", type=SINGLE)
    with workers(here, "trial", SINGLE, TRIAL_STUCK_SECONDS="1"):
        first = alive()[0]
        neighbour, stuck = trial(sleep=20), trial(type=SINGLE, doze=600)
        until(lambda: job(stuck).state == "active" and job(neighbour).state == "active")
        until(lambda: job(stuck).failures == 1, 30)
        assert job(stuck).reason == "timed-out"
        assert (job(stuck).crashes, job(neighbour).crashes, job(neighbour).failures) == (0, 0, 0)
        cancel_jobs(TESTER, [stuck])
        until(lambda: alive() and alive() != [first])
        do("UPDATE jobs SET payload = '{}' WHERE state = 'waiting' AND id = :id", id=neighbour)
        cancel_jobs(TESTER, [neighbour])
        finished([stuck, neighbour])
    assert "exits to be replaced" in logged(here)


def test_a_frozen_worker_that_wakes_applies_nothing(here: Place) -> None:
    """Its lease is over while it does not know; it wakes when another has done its job."""
    settle()
    with workers(here, "trial", processes=2):
        found = trial(doze=1)
        until(lambda: job(found).state == "active")
        frozen = ask(
            "SELECT w.pid FROM workers w JOIN jobs j ON j.worker_id = w.id WHERE j.id = :id", id=found
        )
        os.kill(frozen, signal.SIGSTOP)
        do("UPDATE workers SET lease_until = clock_timestamp() WHERE pid = :pid", pid=frozen)
        try:
            finished([found], seconds=40)
        finally:
            os.kill(frozen, signal.SIGCONT)
        time.sleep(1.5)
        again = trial()
        finished([again])
        until(lambda: ask("SELECT count(*) FROM workers WHERE lost_at IS NULL AND stopped_at IS NULL") == 2)
    assert (job(found).state, applied(found), job(found).attempt) == ("completed", 1, 2)
    assert moves(found).count(("active", "completed")) == 1


def test_cut_connections_cost_nothing_but_time(here: Place) -> None:
    settle()
    with workers(here, "trial", processes=2):
        found = [trial(sleep=0.05) for _ in range(60)]
        for _ in range(4):
            time.sleep(0.3)
            ask(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name LIKE 'placeops worker%'"
            )
        finished(found, seconds=60)
    assert [(job(one).state, applied(one), job(one).failures) for one in found] == [("completed", 1, 0)] * 60


def test_each_type_has_its_own_slots(here: Place) -> None:
    with workers(here, "trial", SINGLE, "trial-noop"):
        singles = [trial(type=SINGLE, sleep=0.7) for _ in range(3)]
        others = [trial(sleep=4) for _ in range(6)]
        until(lambda: job(others[4]).state == "active")
        quick = trial(type="trial-noop")
        finished([quick], seconds=3.5)
        assert job(others[5]).state == "waiting"
        finished([*singles, *others])
    begun = [job(one).started_at for one in singles]
    ended = [job(one).finished_at for one in singles]
    assert all(before <= after for before, after in zip(ended, begun[1:], strict=False) if before and after)
