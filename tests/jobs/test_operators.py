"""What operators do with the ledger: retry, cancel, prune, count."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from sql import engine
from sql.engine import transaction
from sql.queries import source
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.registry import JobType
from tasks.services.jobs import cancel_jobs, retry_jobs, wait_for
from tasks.services.queues import TypeStats, pause_types, queue_stats, resume_types
from tasks.services.throughput import throughput
from tasks.services.workers import list_workers
from tests.conftest import Place
from tests.jobs.support import TESTER, ask, claimed, do, job, retry_failed, trial, work_off
from tests.jobs.trials import SINGLE, known_types


def fail(me: Incarnation, type: str = "trial", key: str | None = None) -> int:
    found = trial(type, expected="no", **({} if key is None else {"key": key}))
    work_off(me, type)
    return found


def test_a_dry_run_names_the_failed_jobs_and_moves_none(me: Incarnation) -> None:
    failed = [fail(me), fail(me, SINGLE)]
    trial()
    assert [one.id for one in retry_failed(TESTER, dry_run=True)] == failed
    assert [one.id for one in retry_failed(TESTER, type=SINGLE, dry_run=True)] == failed[1:]
    assert [job(one).state for one in failed] == ["failed", "failed"]
    assert ask("SELECT count(*) FROM audit_events") == 0


def test_a_retry_of_all_says_what_it_moved(me: Incarnation) -> None:
    failed = [fail(me), fail(me), fail(me, SINGLE)]
    assert [one.id for one in retry_failed(TESTER, type="trial")] == failed[:2]
    assert [job(one).state for one in failed] == ["waiting", "waiting", "failed"]
    assert ask("SELECT count(*) FROM audit_events WHERE action = 'job.retry'") == 2


def test_a_retry_of_many_is_audited_in_one_statement(me: Incarnation) -> None:
    asked = [fail(me) for _ in range(5)]
    statements: list[str] = []
    listen(engine.engine(), "before_cursor_execute", lambda *said: statements.append(str(said[2])))
    actor = Actor("ops", request_id="r-1", role=Role.ADMIN)
    assert [one.id for one in retry_failed(actor)] == asked
    assert len([said for said in statements if "INTO audit_events" in said]) == 1
    events = "SELECT array_agg(object_id ORDER BY id) FROM audit_events WHERE action = 'job.retry' AND actor = 'ops'"
    events += " AND request_id = 'r-1' AND object_type = 'job' AND after IS NULL"
    events += " AND before = jsonb_build_object('state', 'failed')"
    assert ask(events) == [str(one) for one in asked]


def test_a_dry_run_shows_what_the_retry_itself_would_run(me: Incarnation) -> None:
    older, newer, other = fail(me, key="a"), fail(me, key="a"), fail(me)
    planned = [one.id for one in retry_failed(TESTER, dry_run=True)]
    assert {job(one).state for one in (older, newer, other)} == {"failed"}
    assert planned == [one.id for one in retry_failed(TESTER)] == [newer, other]


def test_failed_jobs_for_one_input_do_not_stop_the_others(me: Incarnation) -> None:
    older, newer, other = fail(me, key="a"), fail(me, key="a"), fail(me)
    assert sorted(one.id for one in retry_failed(TESTER)) == [newer, other]
    assert job(older).state == "failed"


def test_what_cannot_be_retried_is_refused_as_a_whole(me: Incarnation) -> None:
    failed, waiting = fail(me), trial()
    with pytest.raises(PlaceopsError, match="is waiting and cannot be retried") as refused:
        retry_jobs(TESTER, [failed, waiting])
    assert refused.value.code == "job-state"
    assert job(failed).state == "failed"


def test_a_cancel_names_each_outcome(me: Incarnation) -> None:
    done = trial()
    work_off(me)
    active = trial()
    claimed(me)
    waiting = trial()
    outcomes = {one.job.id: one.outcome for one in cancel_jobs(TESTER, [done, active, waiting])}
    assert outcomes == {done: "finished", active: "requested", waiting: "cancelled"}


def test_a_wait_ends_with_its_jobs_or_its_time(me: Incarnation) -> None:
    found = trial()
    with pytest.raises(PlaceopsError, match="still waiting"):
        wait_for(TESTER, [found], timeout=0.05)
    work_off(me)
    assert [one.state for one in wait_for(TESTER, [found], timeout=1)] == ["completed"]


NOTHING_OF_ACCOUNTS = {"tokens": 0, "attempts": 0, "keys": 0}


def test_pruning_forgets_what_accounts_leave_behind(me: Incarnation) -> None:
    do("INSERT INTO users (email, name, role) VALUES ('a@example.edu', 'A', 'STAFF')")
    for name, ends, revoked in (
        ("valid", "now() + interval '1 day'", "NULL"),
        ("just revoked", "now() + interval '1 day'", "now()"),
        ("long revoked", "now() + interval '1 day'", "now() - interval '31 days'"),
        ("long over", "now() - interval '31 days'", "NULL"),
    ):
        do(
            "INSERT INTO tokens (user_id, kind, name, secret_sha256, created_by, expires_at, revoked_at) SELECT id, "
            f"'session', '{name}', encode(sha256('{name}'), 'hex'), 'a', {ends}, {revoked} FROM users"
        )
    do("INSERT INTO login_attempts (subject, at) VALUES ('x', now() - interval '25 hours'), ('y', now())")
    do("INSERT INTO idempotency_keys VALUES ('a', 'old', 'f', NULL, now() - interval '25 hours')")
    do("INSERT INTO idempotency_keys VALUES ('a', 'new', 'f', NULL, now())")
    with transaction() as tx:
        pruning = ledger.enqueue(tx, "prune-jobs", {}, created_by="tester")
    work_off(me, "prune-jobs")
    result = job(pruning).result or {}
    assert {name: result[name] for name in NOTHING_OF_ACCOUNTS} == {"tokens": 2, "attempts": 1, "keys": 1}
    assert ask("SELECT array_agg(name ORDER BY name) FROM tokens") == ["just revoked", "valid"]


def test_pruning_takes_what_is_done_and_old_and_never_what_failed(me: Incarnation) -> None:
    old = {"completed": trial(), "failed": trial(expected="no"), "cancelled": trial(key="c")}
    cancel_jobs(TESTER, [old["cancelled"]])
    work_off(me)
    do("UPDATE jobs SET finished_at = finished_at - interval '31 days'")
    young = trial()
    work_off(me)
    gone = Incarnation("worker", [])
    gone.end()
    do("UPDATE workers SET stopped_at = stopped_at - interval '3 days' WHERE id = :id", id=gone.id)
    with transaction() as tx:
        pruning = ledger.enqueue(tx, "prune-jobs", {}, created_by="tester")
    work_off(me, "prune-jobs")
    went = {"jobs": 2, "workers": 1, "fires": 0, "older_than_days": 30}
    assert job(pruning).result == went | NOTHING_OF_ACCOUNTS
    assert ask("SELECT array_agg(id ORDER BY id) FROM jobs") == [old["failed"], young, pruning]
    assert ask("SELECT count(*) FROM job_events WHERE job_id = :id", id=old["completed"]) == 0


def test_pruning_goes_on_batch_after_batch(me: Incarnation, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.jobs import prune_jobs

    monkeypatch.setattr(prune_jobs, "BATCH", 3)
    for _ in range(8):
        trial()
    work_off(me)
    do("UPDATE jobs SET finished_at = finished_at - interval '31 days'")
    with transaction() as tx:
        pruning = ledger.enqueue(tx, "prune-jobs", {}, created_by="tester")
    work_off(me, "prune-jobs")
    result = job(pruning).result
    assert result is not None
    assert result["jobs"] == 8


def test_pruning_leaves_the_rest_to_another_run(me: Incarnation, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.jobs import prune_jobs

    monkeypatch.setattr(prune_jobs, "BATCH", 3)
    monkeypatch.setattr(prune_jobs, "MOST", 6)
    for _ in range(13):
        trial()
    work_off(me)
    do("UPDATE jobs SET finished_at = finished_at - interval '31 days'")
    with transaction() as tx:
        ledger.enqueue(tx, "prune-jobs", {}, created_by="tester")
    runs = [job(one) for one in work_off(me, "prune-jobs")]
    assert [run.result and run.result["jobs"] for run in runs] == [6, 6, 1]
    assert [run.parent_id for run in runs] == [None, runs[0].id, runs[1].id]


def test_a_minute_that_is_over_is_counted_once(me: Incarnation) -> None:
    for ago in ("2 hours", "58 minutes", "30 minutes", "3 minutes", "2 seconds"):
        trial()
        cancel_jobs(TESTER, [trial()])
        work_off(me)
        do(
            f"UPDATE jobs SET finished_at = now() - interval '{ago}' WHERE finished_at > now() - interval '1 minute'"
        )
    before = counts()
    ledger.count_minutes()
    assert ask("SELECT sum(completed) FROM finished_minutes WHERE type = 'trial'") >= 2
    assert counts() == before == (4, 4)
    do("DELETE FROM jobs WHERE finished_at < now() - interval '10 minutes'")
    ledger.count_minutes()
    assert counts() == before, "it was counted again"


def test_counts_begin_where_the_counted_minutes_end(me: Incarnation) -> None:
    do(
        "INSERT INTO finished_minutes SELECT date_trunc('minute', now() - interval '20 minutes'), 'trial', 7, 2"
    )
    for ago in ("30 minutes", "10 minutes"):
        trial()
        work_off(me)
        do(
            f"UPDATE jobs SET finished_at = now() - interval '{ago}' WHERE finished_at > now() - interval '1 minute'"
        )
    assert counts() == (8, 2)
    ledger.count_minutes()
    assert counts() == (8, 2)
    do("UPDATE finished_minutes SET minute = minute - interval '9 days'")
    ledger.count_minutes()
    assert ask("SELECT min(minute) > now() - interval '8 days' FROM finished_minutes")


def test_what_ended_is_told_bucket_by_bucket(me: Incarnation) -> None:
    for ago in ("6 days", "20 hours", "40 minutes", "1 second"):
        trial()
        fail(me)
        do(
            f"UPDATE jobs SET finished_at = now() - interval '{ago}' WHERE finished_at > now() - interval '9 seconds'"
        )
    for _ in range(2):
        for window, ended in {"1h": 2, "24h": 3, "7d": 4}.items():
            found = throughput(TESTER, window)
            assert sum(one.failed for one in found.buckets) == ended, window
            assert [sum(one.completed) for one in found.types if one.type == "trial"] == [ended], window
            assert (
                found.buckets[-1].at
                <= found.as_of
                < found.buckets[-1].at + timedelta(seconds=found.bucket_seconds)
            )
            assert len({later.at - one.at for one, later in pairwise(found.buckets)}) == 1
        ledger.count_minutes()
    retry_failed(TESTER)
    assert sum(one.failed for one in throughput(TESTER, "24h").buckets) == 2, "what was counted stays so"
    with pytest.raises(PlaceopsError, match="no such window"):
        throughput(TESTER, "2h")


def test_the_pace_is_that_of_the_last_minutes(me: Incarnation) -> None:
    do(
        "INSERT INTO jobs (type, state, finished_at, created_by) SELECT 'trial', 'completed',"
        " now() - interval '30 minutes' + n * interval '5 seconds', 'tester' FROM generate_series(1, 360) n"
    )
    assert trials().per_minute == pytest.approx(12, abs=0.5)
    ledger.count_minutes()
    assert trials().per_minute == pytest.approx(12, abs=0.5)


def trials() -> TypeStats:
    return {one.type: one for one in queue_stats(TESTER).types}["trial"]


def counts() -> tuple[int, int]:
    """Trials completed and cancelled in the last hour."""
    return trials().completed_last_hour, trials().cancelled_last_hour


def test_the_counts_are_of_one_moment(me: Incarnation) -> None:
    fail(me)
    trial(**{"raise": "once"})
    trial()
    work_off(me)
    trial()
    claimed(me)
    first = trial()
    trial()
    cancel_jobs(TESTER, [trial()])
    stats = {one.type: one for one in queue_stats(TESTER).types}["trial"]
    counts = (stats.waiting, stats.active, stats.delayed, stats.failed)
    assert counts == (2, 1, 1, 1)
    assert (stats.completed_last_hour, stats.cancelled_last_hour) == (1, 1)
    assert stats.oldest_waiting_at == job(first).created_at
    assert queue_stats(TESTER).workers == 1


def test_the_counts_walk_no_finished_jobs(here: Place) -> None:
    """With statistics of a moment when nearly everything waited, and nearly everything finished since."""
    do("INSERT INTO jobs (type, created_by) SELECT 'trial', 'tester' FROM generate_series(1, 3000)")
    do("ANALYZE jobs")
    do("UPDATE jobs SET state = 'completed', finished_at = now() - interval '2 days' WHERE id < 2990")
    with transaction() as tx:
        explained = tx.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF) {source('queues', 'stats')}"))
        plan = "\n".join(explained.scalars())
    assert "jobs_claim_idx" in plan
    assert "jobs_pkey" not in plan, plan


def test_the_workers_of_each_type_are_counted(me: Incarnation) -> None:
    found = {one.type: one for one in queue_stats(TESTER).types}
    assert (found["trial"].workers, found["auto-publish"].workers) == (1, 0)


def test_pause_and_resume_leave_their_trace(here: Place) -> None:
    paused = pause_types(TESTER, ["trial"], "stocktaking")[0]
    assert (paused.paused_by, paused.paused_reason) == ("tester", "stocktaking")
    pause_types(TESTER, ["trial"], "again")
    assert resume_types(TESTER, ["trial"])[0].paused_at is None
    assert ask("SELECT array_agg(action ORDER BY id) FROM audit_events") == ["queue.pause", "queue.resume"]
    with pytest.raises(PlaceopsError, match="no such job type"):
        pause_types(TESTER, ["unheard-of"])


def test_the_list_of_workers_shows_who_lives_and_what_they_do(me: Incarnation) -> None:
    found = trial()
    claimed(me)
    gone = Incarnation("inline", ["trial"])
    gone.end()
    assert [(one.id, one.state, one.job_ids) for one in list_workers(TESTER)] == [(me.id, "alive", [found])]
    assert [(one.id, one.state) for one in list_workers(TESTER, all=True)] == [
        (me.id, "alive"),
        (gone.id, "stopped"),
    ]


def test_a_job_of_a_type_that_this_release_does_not_know_fails_and_says_so(
    me: Incarnation, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = trial()
    taken = claimed(me)
    kept: JobType = known_types()["trial"]
    monkeypatch.delitem(known_types(), "trial")
    from tasks.jobs import runner

    runner.execute(taken, me.id)
    assert (job(found).failures, job(found).error) == (1, "KeyError: 'trial'")
    assert kept.name == "trial"
