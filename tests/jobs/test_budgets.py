"""Two budgets: errors that the work raises, and workers that die of it. Nothing else is charged."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial

import pytest

from sql.engine import transaction
from tasks.jobs import ledger, runner
from tasks.jobs.incarnation import Incarnation
from tests.jobs.support import (
    applied,
    ask,
    claimed,
    do,
    due_now,
    in_threads,
    job,
    moves,
    settle,
    trial,
    until,
    vanish,
    whys,
    work_off,
)


def fail_out(me: Incarnation, found: int) -> None:
    for _ in range(3):
        work_off(me)
        due_now(found)


def crash(found: int) -> Incarnation:
    """A worker takes the job and is gone; others notice."""
    gone = Incarnation("worker", ["trial"])
    taken = ledger.claim("trial", gone.id, job_id=found, alone=True)
    assert taken is not None
    vanish(gone)
    until(lambda: any(row["id"] == found for row in ledger.take_from_dead()))
    return gone


def test_three_failures_and_the_job_waits_for_an_operator(me: Incarnation) -> None:
    found = trial(**{"raise": "the disk is full"})
    work_off(me)
    first = job(found)
    assert (first.state, first.failures, first.reason) == ("delayed", 1, "error")
    assert first.error == "ValueError: the disk is full"
    assert first.run_at is not None
    assert first.started_at is not None
    assert 1.5 < (first.run_at - first.started_at).total_seconds() < 6
    due_now(found)
    work_off(me)
    due_now(found)
    work_off(me)
    assert (job(found).state, job(found).failures, job(found).attempt) == ("failed", 3, 3)
    assert applied(found) == 0


def test_an_expected_failure_fails_at_once(me: Incarnation) -> None:
    found = trial(expected="drive 7 no longer exists")
    work_off(me)
    assert (job(found).state, job(found).reason, job(found).attempt) == ("failed", "on-purpose", 1)
    assert job(found).error == "drive 7 no longer exists"


@pytest.mark.parametrize(
    "trouble",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '55P03'; END $$",
    ],
)
def test_what_is_not_the_works_fault_is_not_charged(me: Incarnation, trouble: str) -> None:
    found = trial(sql=trouble)
    work_off(me)
    after = job(found)
    assert (after.state, after.reason) == ("delayed", "handed-back")
    assert (after.failures, after.crashes, applied(found)) == (0, 0, 0)


def test_a_real_deadlock_is_not_charged(me: Incarnation) -> None:
    lock = "PERFORM pg_advisory_xact_lock({})"
    both = f"DO $$ BEGIN {lock}; PERFORM pg_sleep(0.3); {lock}; END $$"
    found = [trial(sql=both.format(1, 2)), trial(sql=both.format(2, 1))]
    taken = [claimed(me), claimed(me)]
    in_threads(*[partial(runner.execute, one, me.id) for one in taken])
    assert sorted(job(one).state for one in found) == ["completed", "delayed"]
    assert [job(one).failures for one in found] == [0, 0]


def test_a_statement_time_out_is_the_works_own_failure(me: Incarnation) -> None:
    found = trial(sql="SET LOCAL statement_timeout = '50ms'", sleep=5)
    work_off(me)
    assert (job(found).state, job(found).failures, job(found).reason) == ("delayed", 1, "error")


def test_an_operators_retry_gives_fresh_budgets(me: Incarnation) -> None:
    found = trial(**{"raise": "no"})
    fail_out(me, found)
    do("UPDATE jobs SET crashed_by = '{1,2}' WHERE id = :id", id=found)
    with transaction() as tx:
        assert ledger.retry(tx, [found], "tester") == [found]
    after = job(found)
    assert (after.state, after.failures, after.crashes, after.error, after.attempt) == (
        "waiting",
        0,
        0,
        None,
        3,
    )


def test_failed_jobs_for_one_input_are_retried_one_at_a_time(me: Incarnation) -> None:
    older = trial(key="a", expected="no")
    work_off(me)
    newer = trial(key="a", expected="no")
    work_off(me)
    with transaction() as tx:
        assert ledger.retry(tx, [older, newer], "tester") == [newer]
    assert (job(older).state, job(newer).state) == ("failed", "waiting")


def test_a_retry_yields_to_a_job_that_waits_already(me: Incarnation) -> None:
    older = trial(key="a", expected="no")
    work_off(me)
    trial(key="a")
    with transaction() as tx:
        assert ledger.retry(tx, [older], "tester") == []


def test_dead_workers_count_and_the_third_parks_the_job(me: Incarnation) -> None:
    settle()
    poison, neighbour = trial(), trial()
    crash(poison)
    assert (job(poison).state, job(poison).crashes, job(poison).failures) == ("waiting", 1, 0)
    assert whys(poison)[-1] == "its worker died"
    crash(poison)
    assert job(poison).crashes == 2
    last = crash(poison)
    parked = job(poison)
    assert (parked.state, parked.reason, parked.crashes) == ("failed", "poison", 3)
    assert parked.error is not None
    assert str(last.id) in parked.error
    assert (job(neighbour).state, job(neighbour).crashes) == ("waiting", 0)
    assert work_off(me) == [neighbour]


def test_a_worker_that_beats_again_takes_its_crashes_back(me: Incarnation) -> None:
    settle()
    found = trial()
    crash(found)
    crash(found)
    alive = crash(found)
    assert job(found).state == "failed"
    with transaction() as tx:
        assert ledger.beat_worker(tx, alive.id, redis_down=False)
    after = job(found)
    assert (after.state, after.crashes, after.reason, after.error) == ("waiting", 2, None, None)
    assert moves(found)[-1] == ("failed", "waiting")
    assert ask("SELECT lost_at FROM workers WHERE id = :id", id=alive.id) is None


def test_of_jobs_parked_for_one_input_the_newest_wakes(me: Incarnation) -> None:
    settle()
    alive = Incarnation("worker", ["trial"])
    parked = []
    for _ in range(2):
        found = trial(key="a")
        crash(found)
        crash(found)
        with transaction() as tx:
            ledger.beat_worker(tx, alive.id, redis_down=False)
        assert ledger.claim("trial", alive.id, job_id=found, alone=True) is not None
        do("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :id", id=found)
        ledger.take_from_dead()
        alive.hold()
        parked.append(found)
    do("UPDATE workers SET lost_at = clock_timestamp() WHERE id = :id", id=alive.id)
    with transaction() as tx:
        assert ledger.beat_worker(tx, alive.id, redis_down=False)
    assert [(job(found).state, job(found).crashes) for found in parked] == [("failed", 2), ("waiting", 2)]
    alive.end()


def test_a_job_that_another_worker_completed_meanwhile_keeps_no_mark(me: Incarnation) -> None:
    settle()
    found = trial()
    alive = crash(found)
    assert work_off(me) == [found]
    assert job(found).crashes == 1
    with transaction() as tx:
        assert ledger.beat_worker(tx, alive.id, redis_down=False)
    assert (job(found).state, job(found).crashes) == ("completed", 0)


def test_a_held_row_delays_the_refund_and_does_not_lose_it(me: Incarnation) -> None:
    settle()
    found = trial()
    alive = crash(found)
    with transaction() as holder:
        holder.exec_driver_sql(f"SELECT FROM jobs WHERE id = {found} FOR UPDATE")
        with transaction() as tx:
            ledger.beat_worker(tx, alive.id, redis_down=False)
    assert job(found).crashes == 1
    with transaction() as tx:
        ledger.beat_worker(tx, alive.id, redis_down=False)
    assert job(found).crashes == 0


def test_an_error_text_that_postgresql_cannot_hold_is_made_to_fit(
    me: Incarnation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner.log, "disabled", True)  # pytest cannot carry such a line
    found = trial(expected="x")
    taken = claimed(me)
    taken.payload = {"raise": "half a \udc80 character and a \0"}
    with suppress(Exception):  # nor such an error
        runner.execute(taken, me.id)
    assert job(found).failures == 1
    assert job(found).error == "ValueError: half a ? character and a  "


def test_work_that_ends_its_thread_fails(me: Incarnation, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr(ledger, "complete", leave)
    found = trial()
    taken = claimed(me)
    thread = threading.Thread(target=runner.execute, args=(taken, me.id))
    thread.start()
    thread.join()
    assert (job(found).state, job(found).failures) == ("delayed", 1)


def test_a_signal_to_the_caller_hands_its_inline_job_back(
    me: Incarnation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "complete", interrupt)
    found = trial()
    with pytest.raises(KeyboardInterrupt):
        runner.execute(claimed(me), me.id)
    assert (job(found).state, job(found).failures, applied(found)) == ("waiting", 0, 0)
