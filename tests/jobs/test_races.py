"""Operators against running jobs: cancel, pause, resume and retry at the worst moment, each fully or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from tasks.errors import PlaceopsError
from tasks.jobs import ledger, runner
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.points import POINTS
from tasks.jobs.registry import ActiveJob
from tasks.services.jobs import Cancelled, Job, cancel_jobs, cancelled, retry_jobs, wait_for
from tasks.services.queues import pause_types, queue_stats, resume_types
from tests.conftest import Place
from tests.jobs.support import (
    TESTER,
    applied,
    ask,
    claimed,
    in_threads,
    job,
    moves,
    retry_failed,
    settle,
    somebody_waits,
    trial,
    until,
    vanish,
    whys,
    work_off,
)

ROUNDS = 25


def fail(me: Incarnation, key: str | None = None) -> int:
    found = trial(expected="no", **({} if key is None else {"key": key}))
    work_off(me)
    return found


def cancel(job_id: int) -> str:
    return cancel_jobs(TESTER, [job_id])[0].outcome


def answer(found: int, outcome: str) -> Cancelled:
    """What `job cancel --wait` says."""
    return cancelled(wait_for(TESTER, [found], timeout=10)[0], outcome)


@pytest.mark.parametrize("at", POINTS)
def test_a_cancel_at_any_point_applies_nothing_or_comes_too_late(me: Incarnation, at: str) -> None:
    outcomes: list[str] = []
    found = trial()
    operator = threading.Thread(target=lambda: outcomes.append(cancel(found)))

    def reached(point: str, active: ActiveJob) -> None:
        if point == at:
            operator.start()
            # Behind the fence the row is held until the commit: the cancel can only wait for it.
            until(somebody_waits) if point == "fenced" else operator.join()

    runner.execute(claimed(me), me.id, reached)
    operator.join()
    told = answer(found, outcomes[0])
    if at in ("fenced", "committed"):
        assert (told.outcome, told.effects, told.job.state, applied(found)) == (
            "finished",
            "fully applied",
            "completed",
            1,
        )
    else:
        assert (told.outcome, told.effects, told.job.state, applied(found)) == (
            "requested",
            "nothing applied",
            "cancelled",
            0,
        )


def test_a_cancel_beside_a_completion_tells_the_truth(me: Incarnation) -> None:
    for at in range(ROUNDS):
        found = trial(doze=(at % 5) / 500)
        active = claimed(me)
        _, outcome = in_threads(partial(runner.execute, active, me.id), partial(cancel, found))
        told = answer(found, outcome)
        expected = {"requested": ("nothing applied", 0), "finished": ("fully applied", 1)}
        assert (told.effects, applied(found)) == expected[told.outcome]
        assert told.job.state == ("completed" if applied(found) else "cancelled")


def test_a_cancel_beside_a_claim_leaves_the_job_to_one_of_them(me: Incarnation) -> None:
    for _ in range(ROUNDS):
        found = trial()
        active, outcome = in_threads(partial(ledger.claim, "trial", me.id), partial(cancel, found))
        assert outcome == ("cancelled" if active is None else "requested")
        if active is not None:
            runner.execute(active, me.id)
        assert (job(found).state, applied(found)) == ("cancelled", 0)


@pytest.mark.parametrize("order", ["cancel first", "death first", "at once"])
def test_a_job_whose_worker_just_died_can_be_cancelled(me: Incarnation, order: str) -> None:
    settle()
    for _ in range(ROUNDS if order == "at once" else 1):
        dead = Incarnation("worker", ["trial"])
        found = trial()
        claimed(dead)
        vanish(dead)
        parts: list[Callable[[], object]] = [partial(cancel, found), ledger.take_from_dead]
        if order == "at once":
            in_threads(*parts)
        else:
            for part in parts if order == "cancel first" else reversed(parts):
                part()
        ledger.take_from_dead()
        assert work_off(me) == []
        assert (job(found).state, job(found).reason, applied(found)) == ("cancelled", "cancelled", 0)


def test_nothing_is_claimed_once_the_pause_is_there(me: Incarnation) -> None:
    found = [trial() for _ in range(120)]
    paused_at: list[float] = []
    too_late: list[int] = []

    def work() -> None:
        empty = 0
        while empty < 5:
            began = time.monotonic()
            active = ledger.claim("trial", me.id)
            if active is None:
                empty += 1
                continue
            if paused_at and began > paused_at[0]:
                too_late.append(active.id)
            runner.execute(active, me.id)

    def pause() -> None:
        until(lambda: applied(found[10]))
        pause_types(TESTER, ["trial"], "stocktaking")
        paused_at.append(time.monotonic())

    in_threads(work, work, work, pause)
    assert too_late == []
    stats = {one.type: one for one in queue_stats(TESTER).types}["trial"]
    done = sum(applied(one) for one in found)
    assert (stats.active, stats.waiting) == (0, len(found) - done)
    assert 0 < done < len(found), "the pause came before or after everything"
    resume_types(TESTER, ["trial"])
    work_off(me)
    assert {applied(one) for one in found} == {1}


def test_pause_and_resume_of_two_operators_leave_one_trace_each(here: Place) -> None:
    for _ in range(ROUNDS):
        in_threads(partial(pause_types, TESTER, ["trial"]), partial(resume_types, TESTER, ["trial"]))
    told = ask("SELECT array_agg(action ORDER BY id) FROM audit_events WHERE object_id = 'trial'")
    assert told == ["queue.pause", "queue.resume"] * (len(told) // 2) + ["queue.pause"] * (len(told) % 2)
    assert bool(ask("SELECT paused_at FROM job_types WHERE name = 'trial'")) == (len(told) % 2 == 1)


def test_a_retry_and_a_newer_request_for_the_same_input_become_one_job(me: Incarnation) -> None:
    def retry(found: int) -> list[Job] | str:
        try:
            return retry_jobs(TESTER, [found])
        except PlaceopsError as refused:
            return refused.code

    for at in range(ROUNDS):
        key = f"input {at}"
        failed = fail(me, key)
        again, asked = in_threads(partial(retry, failed), partial(trial, key=key))
        waiting = ask("SELECT array_agg(id) FROM jobs WHERE unique_key = :key AND state = 'waiting'", key=key)
        assert waiting == [asked]
        assert (again == "job-state") == (asked != failed)
        assert job(failed).state == ("waiting" if asked == failed else "failed")
        cancel(asked)


def test_operators_who_retry_at_once_move_each_job_once(me: Incarnation) -> None:
    codes: set[str] = set()

    def one_by_one() -> None:
        for found in failed:
            try:
                retry_jobs(TESTER, [found])
            except PlaceopsError as refused:
                codes.add(refused.code)

    for _ in range(5):
        failed = [fail(me) for _ in range(12)]
        by_type, every, _ = in_threads(
            partial(retry_failed, TESTER, type="trial"), partial(retry_failed, TESTER), one_by_one
        )
        assert not {one.id for one in by_type} & {one.id for one in every}
        assert [moves(one).count(("failed", "waiting")) for one in failed] == [1] * 12
        audited = "SELECT count(*) FROM audit_events WHERE action = 'job.retry' AND object_id = ANY(:ids)"
        assert ask(audited, ids=[str(one) for one in failed]) == 12
        cancel_jobs(TESTER, failed)
    assert codes <= {"job-state"}


def test_a_retry_beside_a_run_that_fails_again_is_not_lost(me: Incarnation) -> None:
    for _ in range(ROUNDS):
        found = trial(expected="no")
        active = claimed(me)

        def retry(found: int = found) -> str:
            try:
                return retry_jobs(TESTER, [found])[0].state
            except PlaceopsError as refused:
                return refused.code

        _, told = in_threads(partial(runner.execute, active, me.id), retry)
        assert (job(found).state, told) in {("failed", "job-state"), ("waiting", "waiting")}
        assert ("retried by tester" in whys(found)) == (told == "waiting")
        cancel(found)
