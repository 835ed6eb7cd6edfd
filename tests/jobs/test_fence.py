"""The fence: effects and completion are one commit, and only of the attempt that holds the job."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection

from sql.engine import transaction
from tasks.jobs import ledger, runner
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.ledger import Fenced
from tasks.jobs.registry import ActiveJob, JobType, Result
from tests.jobs.support import (
    applied,
    ask,
    claimed,
    due_now,
    in_threads,
    job,
    moves,
    settle,
    somebody_waits,
    trial,
    until,
    vanish,
    whys,
    work_off,
)
from tests.jobs.trials import apply, key_of, known_types


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[ActiveJob], Any]], None]:
    """Makes something happen between the effects of a trial and its completion."""

    def arrange(happens: Callable[[ActiveJob], Any]) -> None:
        def both(tx: Connection, active: ActiveJob, prepared: Any) -> Result:
            result = apply(tx, active, prepared)
            happens(active)
            return result

        monkeypatch.setitem(known_types(), "trial", JobType("trial", both, unique_key=key_of))

    return arrange


def take_over(active: ActiveJob, me: Incarnation, by: Incarnation) -> ActiveJob:
    """The job's worker is taken for dead; another one has the job."""
    assert ledger.leave(active, me.id, "taken away") == "waiting"
    taken = ledger.claim("trial", by.id, job_id=active.id)
    assert taken is not None
    return taken


def test_effects_of_a_cancelled_job_are_rolled_back(
    me: Incarnation, meanwhile: Callable[[Callable[[ActiveJob], Any]], None]
) -> None:
    def cancel(active: ActiveJob) -> None:
        with transaction() as tx:
            assert ledger.cancel(tx, [active.id], "tester") == {active.id: "requested"}

    meanwhile(cancel)
    found = trial()
    work_off(me)
    assert (job(found).state, job(found).reason) == ("cancelled", "cancelled")
    assert whys(found)[-1] == "cancelled, nothing applied"
    assert applied(found) == 0


def test_effects_of_a_job_taken_over_are_rolled_back(
    me: Incarnation, meanwhile: Callable[[Callable[[ActiveJob], Any]], None]
) -> None:
    other = Incarnation("worker", ["trial"])
    taken: list[ActiveJob] = []
    meanwhile(lambda active: taken.append(take_over(active, me, other)))
    found = trial()
    runner.execute(claimed(me), me.id)
    assert applied(found) == 0
    assert (job(found).state, job(found).attempt, job(found).worker_id) == ("active", 2, other.id)
    with transaction() as tx:
        ledger.complete(tx, taken[0], other.id, {})
    assert job(found).state == "completed"
    other.end()


def test_of_two_overlapping_attempts_one_is_applied(me: Incarnation) -> None:
    other = Incarnation("worker", ["trial"])
    found = trial(doze=0.3)
    first = claimed(me)
    second = take_over(first, me, other)
    in_threads(lambda: runner.execute(first, me.id), lambda: runner.execute(second, other.id))
    assert applied(found) == 1
    assert moves(found).count(("active", "completed")) == 1
    other.end()


def test_a_zombie_can_neither_complete_fail_delay_nor_hand_back(me: Incarnation) -> None:
    other = Incarnation("worker", ["trial"])
    found = trial()
    zombie = claimed(me)
    take_over(zombie, me, other)
    before = job(found)
    with pytest.raises(Fenced), transaction() as tx:
        ledger.complete(tx, zombie, me.id, {})
    assert ledger.leave(zombie, me.id, "error", failed=True, final=True, error="x", reason="x") is None
    assert ledger.leave(zombie, me.id, "error", failed=True, delay=5) is None
    assert ledger.leave(zombie, me.id, "handed back") is None
    with transaction() as tx:
        ledger.beat_jobs(tx, [zombie])
        assert ledger.unwanted(tx, [zombie]) == {(found, 1)}
    assert job(found) == before
    other.end()


def test_a_finished_attempt_cannot_move_the_job_again(me: Incarnation) -> None:
    found = trial()
    taken = claimed(me)
    runner.execute(taken, me.id)
    assert ledger.leave(taken, me.id, "late", failed=True, error="x", reason="x") is None
    with pytest.raises(Fenced), transaction() as tx:
        ledger.complete(tx, taken, me.id, {})
    assert applied(found) == 1


def test_an_unknown_commit_settles_itself(me: Incarnation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session dies right after the server committed: the worker is told of a lost connection."""
    complete = ledger.complete

    def cut(tx: Connection, active: ActiveJob, worker: int, result: Result) -> None:
        complete(tx, active, worker, result)
        tx.exec_driver_sql("COMMIT")
        tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(ledger, "complete", cut)
    found = trial()
    runner.execute(claimed(me), me.id)
    assert (job(found).state, applied(found), job(found).attempt) == ("completed", 1, 1)


def test_the_next_job_is_taken_in_the_commit_of_this_one(me: Incarnation) -> None:
    first, second = trial(), trial()
    following = runner.execute(
        claimed(me), me.id, claim_next=lambda tx: ledger.claim_within(tx, "trial", me.id)
    )
    assert following is not None
    assert (following.id, job(first).state, job(second).state) == (second, "completed", "active")
    same = "SELECT count(DISTINCT xmin::text) FROM jobs WHERE id = ANY(:ids)"
    assert ask(same, ids=[first, second]) == 1


def test_a_fenced_job_takes_no_next_one(
    me: Incarnation, meanwhile: Callable[[Callable[[ActiveJob], Any]], None]
) -> None:
    other = Incarnation("worker", ["trial"])
    meanwhile(lambda active: take_over(active, me, other))
    trial()
    second = trial()
    assert (
        runner.execute(claimed(me), me.id, claim_next=lambda tx: ledger.claim_within(tx, "trial", me.id))
        is None
    )
    assert job(second).state == "waiting"
    other.end()


def test_a_job_that_must_go_back_is_superseded_by_a_newer_request(me: Incarnation) -> None:
    older = trial(key="a")
    taken = claimed(me)
    newer = trial(key="a")
    assert ledger.leave(taken, me.id, "handed back") == "cancelled"
    assert (job(older).reason, job(newer).state) == ("superseded", "waiting")
    assert whys(older)[-1] == "a newer job for the same input waits"


def test_an_orphan_is_superseded_by_a_newer_request(me: Incarnation) -> None:
    settle()
    gone = Incarnation("worker", ["trial"])
    older = trial(key="a")
    claimed(gone)
    newer = trial(key="a")
    vanish(gone)
    until(lambda: any(row["id"] == older for row in ledger.take_from_dead()))
    assert (job(older).state, job(older).reason) == ("cancelled", "superseded")
    work_off(me)
    assert (applied(older), applied(newer)) == (0, 1)


def test_an_orphan_with_the_cancel_flag_is_cancelled(me: Incarnation) -> None:
    settle()
    gone = Incarnation("worker", ["trial"])
    found = trial()
    claimed(gone)
    with transaction() as tx:
        assert ledger.cancel(tx, [found], "tester") == {found: "requested"}
    vanish(gone)
    until(lambda: ledger.take_from_dead())
    assert (job(found).state, work_off(me)) == ("cancelled", [])


def test_a_key_taken_at_the_last_moment_supersedes_too(me: Incarnation) -> None:
    """The newer request commits between the look and the write of a job that goes back."""
    older = trial(key="a")
    taken = claimed(me)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            newer = ledger.enqueue(tx, "trial", {"key": "a"}, created_by="tester")
            leaving = pool.submit(ledger.leave, taken, me.id, "handed back")
            until(somebody_waits)
        assert leaving.result() == "cancelled"
    assert (job(older).reason, job(newer).state) == ("superseded", "waiting")


def test_a_delayed_job_waits_for_its_time(me: Incarnation) -> None:
    found = trial(**{"raise": "once"})
    work_off(me)
    ledger.promote_due()
    assert (job(found).state, work_off(me)) == ("delayed", [])
    due_now(found)
    assert work_off(me) == [found]
