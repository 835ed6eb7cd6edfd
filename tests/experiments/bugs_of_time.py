"""Seeded bugs for the clock (E4) and the model (E5)."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from sqlalchemy import Connection

from tests.experiments.bugs import BUGS, bug, misquote

__all__ = ["BUGS"]


@bug("a tick may have several fires, and nobody holds the schedule", "e4", "days")
def no_unique_fire() -> None:
    from tests.jobs.support import do

    misquote("lock_one", ("FOR UPDATE OF s SKIP LOCKED", ""), file="schedules", module="tasks.jobs.schedule")
    misquote("record_fire", ("ON CONFLICT DO NOTHING ", ""), file="schedules", module="tasks.jobs.schedule")
    do("ALTER TABLE schedule_fires DROP CONSTRAINT schedule_fires_pkey")


@bug("catch-up goes back to the creation, whatever was changed or enabled since", "e4", "limits")
def catch_up_from_creation() -> None:
    for statement in ("enabled", "lock_one"):
        misquote(statement, ("s.changed_at, ", ""), file="schedules", module="tasks.jobs.schedule")


@bug("catch-up looks back for an hour only", "e4", "down")
def catch_up_of_an_hour() -> None:
    from datetime import timedelta

    from tasks.jobs import schedule

    right = schedule.ticks

    def forgetful(cron: str, time_zone: str, since: datetime, until: datetime) -> list[datetime]:
        return right(cron, time_zone, max(since, until - timedelta(hours=1)), until)

    schedule.ticks = forgetful


@bug("a time of day that comes twice ticks twice", "e4", "days")
def repeated_hour_twice() -> None:
    from tasks.jobs import schedule

    class ByTheMinute(schedule._Backwards):
        def __init__(self, words: str, moment: datetime, reverse: bool = False) -> None:
            super().__init__(words, moment, reverse)
            self.dt, self.fixup_tz = moment.replace(microsecond=0), None

    schedule._Backwards = ByTheMinute  # type: ignore[assignment, misc]
    schedule._names_times = lambda cron: False


@bug("a tick counts as answered by a job that has run already", "e4", "days")
def answered_in_the_past() -> None:
    misquote("enqueue", ("WHERE NOT EXISTS (SELECT FROM closed)", f"{_UNLESS} state <> 'cancelled')"))
    misquote("waiting_with_key", ("state IN ('waiting', 'delayed')", "state <> 'cancelled'"))


_UNLESS = (
    "WHERE NOT EXISTS (SELECT FROM closed) "
    "AND NOT EXISTS (SELECT FROM jobs a WHERE a.unique_key = CAST(:unique_key AS text) AND"
)


@bug("a newer selection is answered with the job that waits for the older one", "e5", "publish")
def selection_lost_behind_older() -> None:
    from tests.jobs.trials import known_types

    kind = known_types()["auto-publish"]
    by_drive = dataclasses.replace(kind, unique_key=lambda payload: f"publish:{payload['drive']}")
    known_types()["auto-publish"] = by_drive


@bug("an older selection is applied over a newer one", "e5", "publish")
def older_selection_applied() -> None:
    from sql.queries import query
    from tasks.jobs.registry import ActiveJob, Result
    from tests.jobs.trials import known_types

    kind = known_types()["auto-publish"]

    def apply(tx: Connection, job: ActiveJob, prepared: object) -> Result:
        result = kind.apply(tx, job, prepared)
        if "superseded" in result:
            tx.execute(query("publishing", "apply"), dict(job.payload))
        return result

    known_types()["auto-publish"] = dataclasses.replace(kind, apply=apply)


@bug("the job of a dead worker waits again although it was cancelled", "e5", "jobs")
def orphan_revived_after_cancel() -> None:
    misquote("take_from_dead", ("WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'\n", "\n"))


@bug("handing a job back spends one of its failures", "e5", "jobs")
def budget_spent_by_hand_back() -> None:
    misquote("leave_active", ("failures = j.failures + :failed", "failures = j.failures + 1"))


@bug("a view goes by the newest change that it has seen, and misses one that commits late", "e5", "views")
def late_commit_missed() -> None:
    seen = "d.xid >= pg_snapshot_xmin(v.seen) AND NOT pg_visible_in_snapshot(d.xid, v.seen)"
    newest = (seen, "d.xid >= pg_snapshot_xmax(v.seen)")
    misquote("view_states", newest, file="views", module="tasks.jobs.refresh_views")


@bug("an active job answers for a later request", "e5", "jobs")
def active_answers() -> None:
    misquote("enqueue", ("WHERE NOT EXISTS (SELECT FROM closed)", f"{_UNLESS} state = 'active')"))
    misquote(
        "waiting_with_key", ("state IN ('waiting', 'delayed')", "state IN ('waiting', 'delayed', 'active')")
    )


@bug("a claim by id takes no notice of a pause", "e5", "jobs")
def pause_ignored_inline() -> None:
    paused = "t.paused_at IS NULL"
    misquote("claim", (paused, f"({paused} OR CAST(:id AS bigint) IS NOT NULL)"))


@bug("whoever takes a job over goes on with the loser's attempt", "e5", "jobs")
def attempt_reused() -> None:
    again = "attempt = CASE WHEN cardinality(j.crashed_by) > 0 THEN j.attempt ELSE j.attempt + 1 END"
    misquote("claim", ("attempt = j.attempt + 1", again))


@bug("a retry keeps the failures that were spent", "e5", "jobs")
def retry_keeps_failures() -> None:
    misquote("retry", ("failures = 0, ", ""))


@bug("a worker that beats again does not get its crashes back", "e5", "jobs")
def crash_not_taken_back() -> None:
    misquote("take_back_crash", ("array_remove(j.crashed_by, CAST(:worker AS int))", "j.crashed_by"))


@bug("a worker that was given up goes on claiming before it beats", "e5", "jobs")
def lost_worker_claims() -> None:
    misquote("claim", (" AND w.lost_at IS NULL\n                  AND w.lease_until > clock_timestamp()", ""))


@bug("old failed jobs are pruned like the others", "e5", "jobs")
def failed_pruned() -> None:
    ended = "state IN ('completed', 'cancelled')"
    misquote("prune", (ended, "state <> 'active'"), module="tasks.jobs.prune_jobs")
