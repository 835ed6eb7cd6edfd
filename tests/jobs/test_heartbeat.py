"""The heartbeat: leases renewed, progress written, what must stop is stopped; a cancel says what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sql.engine import LEASE_SECONDS, transaction
from tasks.jobs import heartbeat as heartbeat_module
from tasks.jobs import ledger, runner
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Slots
from tasks.services.jobs import cancel_jobs
from tests.jobs.support import TESTER, applied, ask, claimed, do, job, somebody_waits, trial, until, whys


@pytest.fixture
def slots() -> Slots:
    return Slots({})


@pytest.fixture
def stuck() -> list[str]:
    """What the heartbeat said when the process could not go on."""
    return []


@pytest.fixture
def pulse(me: Incarnation, slots: Slots, stuck: list[str]) -> Heartbeat:
    """Beats when it is told to."""
    return Heartbeat(me, slots, on_stuck=lambda: stuck.append("stuck"))


@contextmanager
def running(me: Incarnation, slots: Slots) -> Iterator[threading.Thread]:
    """Claim what is due and run it in a thread; wait for its end."""
    taken = claimed(me)

    def run() -> None:
        with slots.running(taken):
            runner.execute(taken, me.id)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: slots.now())
    yield thread
    thread.join()


def asleep() -> bool:
    """Whether a trial's pg_sleep is executing."""
    return bool(
        ask(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
            " AND datname = current_database()"
        )
    )


def beat_until(pulse: Heartbeat, what: Callable[[], object]) -> None:
    def once() -> object:
        pulse.beat()
        return what()

    until(once)


def test_a_long_job_keeps_its_lease(me: Incarnation, slots: Slots, pulse: Heartbeat) -> None:
    found = trial(sleep=0.5)
    with running(me, slots):
        do("UPDATE jobs SET lease_until = clock_timestamp() + interval '1 s' WHERE id = :id", id=found)
        do("UPDATE workers SET lease_until = clock_timestamp() + interval '1 s' WHERE id = :id", id=me.id)
        pulse.beat()
        wide = "SELECT lease_until > clock_timestamp() + interval '10 s' FROM {} WHERE id = :id"
        assert ask(wide.format("jobs"), id=found)
        assert ask(wide.format("workers"), id=me.id)


def test_progress_shows_while_the_job_runs(me: Incarnation, slots: Slots, pulse: Heartbeat) -> None:
    found = trial(progress="halfway", sleep=0.5)
    with running(me, slots):
        until(asleep)
        pulse.beat()
        assert job(found).progress == {"phase": "halfway"}
        assert job(found).state == "active"
    assert job(found).state == "completed"


def test_a_cancelled_statement_ends_within_two_beats(me: Incarnation, slots: Slots, pulse: Heartbeat) -> None:
    found = trial(sleep=30)
    pulse.start()
    began = time.monotonic()
    with running(me, slots):
        until(asleep)
        assert [one.outcome for one in cancel_jobs(TESTER, [found])] == ["requested"]
        assert job(found).cancel_requested_at is not None
    pulse.stop()
    assert time.monotonic() - began < 15
    assert (job(found).state, applied(found)) == ("cancelled", 0)
    assert whys(found)[-2:] == ["cancel requested by tester", "cancelled, nothing applied"]


def test_what_waits_is_cancelled_at_once(me: Incarnation) -> None:
    found = trial()
    assert [one.outcome for one in cancel_jobs(TESTER, [found])] == ["cancelled"]
    assert (job(found).state, job(found).reason) == ("cancelled", "cancelled")
    assert ledger.claim("trial", me.id) is None


def test_a_cancel_after_the_end_comes_too_late(me: Incarnation) -> None:
    found = trial()
    runner.execute(claimed(me), me.id)
    assert [one.outcome for one in cancel_jobs(TESTER, [found])] == ["finished"]
    assert (job(found).state, job(found).cancel_requested_at, applied(found)) == ("completed", None, 1)


def test_a_cancel_between_fence_and_commit_comes_too_late(me: Incarnation) -> None:
    found = trial()
    outcomes: list[str] = []

    def ask_now(tx: object) -> None:
        thread = threading.Thread(
            target=lambda: outcomes.extend(one.outcome for one in cancel_jobs(TESTER, [found]))
        )
        thread.start()
        until(somebody_waits)
        waiting.append(thread)

    waiting: list[threading.Thread] = []
    runner.execute(claimed(me), me.id, claim_next=ask_now)
    waiting[0].join()
    assert (outcomes, job(found).state, applied(found)) == (["finished"], "completed", 1)


def test_a_job_that_exceeds_its_time_has_failed_once(me: Incarnation, slots: Slots, pulse: Heartbeat) -> None:
    do("UPDATE job_types SET max_seconds = 1 WHERE name = 'trial'")
    found = trial(sleep=30)
    with running(me, slots) as thread:
        beat_until(pulse, lambda: not thread.is_alive())
    after = job(found)
    assert (after.state, after.failures, after.reason) == ("delayed", 1, "timed-out")
    assert (after.error, applied(found)) == ("timed out after 1 s", 0)


def test_a_thread_that_does_not_come_back_is_noticed_before_its_lease_is_over(
    me: Incarnation, slots: Slots, pulse: Heartbeat, stuck: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = LEASE_SECONDS - heartbeat_module.RENEW_SECONDS - 2 * heartbeat_module.BEAT_SECONDS
    assert left > heartbeat_module.STUCK_SECONDS
    monkeypatch.setattr(heartbeat_module, "STUCK_SECONDS", 0.2)
    do("UPDATE job_types SET max_seconds = 1 WHERE name = 'trial'")
    trial(doze=1.6)
    with running(me, slots):
        pulse.beat()
        assert stuck == []
        beat_until(pulse, lambda: stuck)


def test_an_overdue_job_is_not_renewed(me: Incarnation, slots: Slots, pulse: Heartbeat) -> None:
    do("UPDATE job_types SET max_seconds = 1 WHERE name = 'trial'")
    found = trial(doze=1.5)
    with running(me, slots):
        until(lambda: slots.now()[0].overdue >= 0)
        before = ask("SELECT lease_until FROM jobs WHERE id = :id", id=found)
        pulse.beat()
        assert ask("SELECT lease_until FROM jobs WHERE id = :id", id=found) == before


def test_a_process_that_was_frozen_beats_at_once(me: Incarnation, pulse: Heartbeat) -> None:
    pulse.beat()
    do("UPDATE workers SET lost_at = now() WHERE id = :id", id=me.id)
    pulse.beat()
    assert ask("SELECT lost_at IS NOT NULL FROM workers WHERE id = :id", id=me.id), "a beat too many writes"
    pulse._renew_at = time.monotonic() - 1  # the clock went on while the process did not
    pulse.beat()
    assert ask("SELECT lost_at IS NULL FROM workers WHERE id = :id", id=me.id)


def test_a_lock_that_was_lost_is_taken_again(me: Incarnation, pulse: Heartbeat) -> None:
    mine = "FROM pg_locks WHERE locktype = 'advisory' AND objid = :id AND database = "
    mine += "(SELECT oid FROM pg_database WHERE datname = current_database())"
    held = f"SELECT count(*) {mine} AND granted"
    assert ask(held, id=me.id) == 1
    ask(f"SELECT pg_terminate_backend(pid) {mine}", id=me.id)
    until(lambda: ask(held, id=me.id) == 0)
    beat_until(pulse, lambda: ask(held, id=me.id) == 1)


def test_a_job_that_no_thread_knows_of_is_handed_back(
    me: Incarnation, slots: Slots, pulse: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim was committed and its answer lost: the worker holds a job that it never heard of."""
    monkeypatch.setattr(heartbeat_module, "RENEW_SECONDS", 0.0)
    forgotten = trial()
    claimed(me)
    pulse.beat()
    assert job(forgotten).state == "active", "a claim may be on its way to its thread"
    known = trial(sleep=1)
    with running(me, slots):
        do("UPDATE jobs SET started_at = started_at - interval '6 s'")
        pulse.beat()
        assert (job(forgotten).state, job(forgotten).crashes, job(forgotten).failures) == ("waiting", 0, 0)
        assert job(known).state == "active"
    assert job(known).state == "completed"


def test_a_process_whose_row_is_gone_wants_to_be_replaced(
    me: Incarnation, pulse: Heartbeat, stuck: list[str]
) -> None:
    do("DELETE FROM workers WHERE id = :id", id=me.id)
    pulse.beat()
    assert stuck == ["stuck"]


def test_a_beat_does_not_wait_for_a_job_row_that_somebody_holds(
    me: Incarnation, slots: Slots, pulse: Heartbeat
) -> None:
    found = trial(sleep=0.3)
    with running(me, slots), transaction() as tx:
        tx.exec_driver_sql(f"SELECT FROM jobs WHERE id = {found} FOR UPDATE")
        began = time.monotonic()
        pulse.beat()
        assert time.monotonic() - began < 5  # a lock would be waited for until its ten seconds are over
