"""Claim: each job to one worker, in order, only when it may run."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest
from sqlalchemy import text

from sql.engine import transaction
from sql.queries import source
from tasks.jobs import ledger
from tasks.jobs.incarnation import Incarnation
from tasks.services.queues import pause_types, resume_types
from tests.conftest import Place
from tests.jobs.support import (
    TESTER,
    ask,
    claimed,
    do,
    in_threads,
    job,
    settle,
    trial,
    until,
    vanish,
    work_off,
)


def test_jobs_come_in_the_order_of_asking(me: Incarnation) -> None:
    asked = [trial() for _ in range(5)]
    assert work_off(me) == asked


def test_threads_never_get_the_same_job(me: Incarnation) -> None:
    asked = [trial() for _ in range(60)]

    def grab() -> list[int]:
        found = []
        while taken := ledger.claim("trial", me.id):
            found.append(taken.id)
        return found

    shares = in_threads(*[grab] * 6)
    assert sorted(taken for share in shares for taken in share) == asked


def test_a_row_that_somebody_holds_is_passed_over(me: Incarnation) -> None:
    first, second = trial(), trial()
    with transaction() as tx:
        tx.execute(text("SELECT FROM jobs WHERE id = :id FOR UPDATE"), {"id": first})
        assert claimed(me).id == second
    assert claimed(me).id == first


def test_a_claim_carries_attempt_worker_and_lease(me: Incarnation) -> None:
    found = trial(key="a")
    taken = claimed(me)
    stored = job(found)
    assert (taken.attempt, taken.payload) == (1, {"key": "a"})
    assert (stored.state, stored.attempt, stored.worker_id) == ("active", 1, me.id)
    assert ask("SELECT lease_until > clock_timestamp() + interval '10 s' FROM jobs WHERE id = :id", id=found)


def test_a_paused_type_accepts_and_does_not_start(me: Incarnation) -> None:
    pause_types(TESTER, ["trial"], "stocktaking")
    found = trial()
    assert ledger.claim("trial", me.id) is None
    assert ledger.claim("trial", me.id, job_id=found) is None
    resume_types(TESTER, ["trial"])
    assert claimed(me).id == found


def test_a_job_whose_input_is_being_worked_on_is_passed_over(me: Incarnation) -> None:
    first = trial(key="a")
    running = claimed(me)
    second, third = trial(key="a"), trial()
    assert claimed(me).id == third
    assert ledger.claim("trial", me.id) is None
    with transaction() as tx:
        ledger.complete(tx, running, me.id, {})
    assert claimed(me).id == second
    assert first != second


def test_only_the_named_job_is_taken(me: Incarnation) -> None:
    first, second = trial(), trial()
    taken = ledger.claim("trial", me.id, job_id=second)
    assert taken is not None
    assert taken.id == second
    assert claimed(me).id == first


def test_a_job_that_lost_two_workers_is_only_had_alone(me: Incarnation) -> None:
    suspect = trial()
    do("UPDATE jobs SET crashed_by = '{1,2}'")
    other = trial()
    assert claimed(me).id == other
    assert ledger.claim("trial", me.id) is None
    assert [row["suspect"] for row in ledger.due_types(5)] == [True]
    assert claimed(me, alone=True).id == suspect


@pytest.mark.parametrize(
    "given_up",
    ["lost_at = now()", "stopped_at = now()", "lease_until = clock_timestamp() - interval '1 s'"],
)
def test_a_worker_that_was_given_up_gets_nothing_before_it_beats(me: Incarnation, given_up: str) -> None:
    found = trial()
    do(f"UPDATE workers SET {given_up} WHERE id = :id", id=me.id)
    assert ledger.claim("trial", me.id) is None
    do("UPDATE workers SET stopped_at = NULL WHERE id = :id", id=me.id)
    with transaction() as tx:
        ledger.beat_worker(tx, me.id, redis_down=False)
    assert claimed(me).id == found


def test_a_claim_walks_no_finished_jobs(me: Incarnation) -> None:
    """With statistics of a moment when nearly everything waited, and nearly everything finished since."""
    do("INSERT INTO jobs (type, created_by) SELECT 'trial', 'tester' FROM generate_series(1, 3000)")
    do("ANALYZE jobs")
    do("UPDATE jobs SET state = 'completed', finished_at = now() WHERE id < 2990")
    values = {"type": "trial", "id": None, "worker": me.id, "alone": False, "lease": 15}
    with transaction() as tx:
        explained = tx.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF) {source('ledger', 'claim')}"), values)
        plan = "\n".join(explained.scalars())
    assert "jobs_claim_idx" in plan
    assert "Rows Removed by Filter: 29" not in plan


def test_many_orphans_at_once_go_back_once(here: Place) -> None:
    settle()
    gone = Incarnation("worker", ["trial"])
    asked = [trial() for _ in range(30)]
    for _ in asked:
        claimed(gone)
    vanish(gone)
    rounds = in_threads(*[partial(ledger.take_from_dead)] * 4)
    assert sorted(row["id"] for moved in rounds for row in moved) == asked
    assert ask("SELECT count(*) FROM jobs WHERE state = 'waiting' AND cardinality(crashed_by) = 1") == 30


def test_the_sweep_passes_over_an_orphan_that_somebody_holds(here: Place) -> None:
    settle()
    gone = Incarnation("worker", ["trial"])
    held, free = trial(), trial()
    claimed(gone)
    claimed(gone)
    vanish(gone)
    with transaction() as tx:
        tx.execute(text("SELECT FROM jobs WHERE id = :id FOR UPDATE"), {"id": held})
        assert [row["id"] for row in until(ledger.take_from_dead)] == [free]
    assert [row["id"] for row in ledger.take_from_dead()] == [held]


def test_nobody_is_given_up_while_lock_and_lease_hold(me: Incarnation) -> None:
    settle()
    trial()
    claimed(me)
    assert ledger.take_from_dead() == []
    do("UPDATE workers SET lease_until = clock_timestamp()")
    assert [row["worker_id"] for row in ledger.take_from_dead()] == [me.id]


def _locks(worker: Incarnation) -> int:
    held = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :id AND database ="
    )
    return int(ask(f"{held} (SELECT oid FROM pg_database WHERE datname = current_database())", id=worker.id))


def test_of_a_worker_behind_a_pooler_only_the_lease_counts(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler answers the start of a session with a process number of its own."""
    settle()
    with monkeypatch.context() as pooled:
        pooled.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda _: 1))
        behind = Incarnation("worker", ["trial"])
        behind.hold()
    assert _locks(behind) == 0
    found = trial()
    claimed(behind)
    ledger.take_from_dead()
    assert job(found).state == "active"
    do("UPDATE workers SET lease_until = clock_timestamp() WHERE id = :id", id=behind.id)
    ledger.take_from_dead()
    assert (job(found).state, job(found).crashes) == ("waiting", 1)
    behind.end()


def test_a_worker_that_finds_a_direct_way_again_is_known_by_its_lock(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as pooled:
        pooled.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda _: 1))
        behind = Incarnation("worker", ["trial"])
    lease_only = "SELECT lease_only FROM workers WHERE id = :id"
    assert (_locks(behind), ask(lease_only, id=behind.id)) == (0, True)
    vanish(behind)
    behind.hold()
    assert (_locks(behind), ask(lease_only, id=behind.id)) == (1, False)
    behind.end()
