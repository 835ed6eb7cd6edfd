"""The work: who is there to do it, what waits too long, what failed, what the clock should have started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from sql.queries import query
from tasks.actor import Actor
from tasks.services.checks import Check, clock, some, unless
from tasks.services.queues import TypeStats, queue_stats
from tasks.services.schedules import punctuality
from tasks.services.workers import list_workers

LONG_WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class UnappliedPublish:
    """A posted drive whose newest selection was not applied: its job failed or was cancelled."""

    drive_id: int
    code: str
    number: int
    job_id: int | None
    job_state: str


def unapplied(tx: Connection) -> list[UnappliedPublish]:
    """The drives whose publish is stuck, twenty at most."""
    return [
        UnappliedPublish(row["id"], row["code"], row["number"], row["job_id"], row["job_state"])
        for row in tx.execute(query("health", "unapplied")).mappings()
    ]


def workers(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether somebody does the jobs and keeps time, and reaches Redis."""
    found = list_workers(actor)
    alive = [worker for worker in found if worker.kind == "worker"]
    schedulers = sum(1 for worker in found if worker.kind == "scheduler")
    yield unless(not alive, "workers", f"{len(alive)} alive", "placeops worker run", kind="workers")
    yield unless(
        not schedulers,
        "scheduler",
        f"{schedulers} alive" if schedulers else "none; the workers' sweep fires schedules meanwhile",
        "placeops scheduler run",
        status="warn",
        kind="workers",
    )
    blind = [worker.redis_down_since for worker in alive if worker.redis_down_since is not None]
    if blind:
        yield Check(
            "Redis, as workers see it",
            "warn",
            f"unreachable for {len(blind)} of {len(alive)} since {clock(min(blind))}, working from PostgreSQL",
            "start Redis, or correct the workers' REDIS_URL",
            "workers",
        )


def queues(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Jobs that wait for a decision or for too long, and types that somebody holds."""
    stats = queue_stats(actor)
    failed = sum(kind.failed for kind in stats.types)
    yield unless(
        failed > 0,
        "failed jobs",
        f"{failed} wait for a decision" if failed else "none",
        "placeops job list --state failed, then placeops job retry or cancel",
        status="warn",
        kind="jobs",
        id="failed",
    )
    for kind in stats.types:
        yield from _held(kind)
        if kind.paused_at is None and kind.oldest_waiting_at:
            waited = (stats.as_of - kind.oldest_waiting_at).total_seconds()
            if waited > LONG_WAIT_SECONDS:
                detail = f"{kind.waiting} waiting, the oldest for {waited / 60:.0f} minutes"
                fix = "start another `placeops worker run`"
                yield Check(f"queue {kind.type}", "warn", detail, fix, "queue", kind.type)


def _held(kind: TypeStats) -> Iterator[Check]:
    """What an operator may have forgotten to end."""
    for what, at, by, reason in (
        ("paused", kind.paused_at, kind.paused_by, kind.paused_reason),
        ("drained" if kind.drained else "draining", kind.draining_at, kind.draining_by, kind.draining_reason),
    ):
        if at is not None:
            why = f": {reason}" if reason else ""
            detail = f"{what} by {by} since {clock(at)}{why}"
            fix = f"placeops queue resume {kind.type}"
            yield Check(f"queue {kind.type}", "warn", detail, fix, "queue", kind.type)


def publishes(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether every drive is posted to whom it was published to."""
    stuck = unapplied(tx)
    for item in stuck:
        retry, again = f"placeops job retry {item.job_id}", f"placeops drive publish {item.drive_id}"
        yield Check(
            f"drive {item.code}",
            "fail",
            f"posted, but selection {item.number} was not applied: its job is {item.job_state}",
            retry if item.job_id else f"{again} --students FILE",
            "drive",
            str(item.drive_id),
        )
    if not stuck:
        yield Check("publishes", "ok", "every requested selection is applied or on its way")


def schedules(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether what goes by the clock can be understood, and is on time."""
    found = list(punctuality(tx))
    for one in found:
        if one.problem:
            detail = f"{one.cron!r} {one.time_zone}: {one.problem}"
            yield Check(f"schedule {one.name}", "fail", detail, "correct its row", "schedule", one.name)
    late = [f"{one.name} (due at {clock(one.due_at)})" for one in found if one.due_at and one.late]
    if late:
        told = f"not fired: {some(late)}"
        yield Check("schedules", "warn", told, "placeops scheduler run", "schedule")
    elif not any(one.problem for one in found):
        yield Check("schedules", "ok", f"{len(found)} are well-formed and on time")


def missed_ticks(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether nobody kept time for a while within the last day."""
    found = tx.execute(query("health", "missed_ticks")).all()
    detail = some([f"{row.missed} of {row.schedule}" for row in found]) + " within a day" if found else "none"
    fix = "keep a scheduler or a worker running, under a service manager: placeops scheduler run"
    yield unless(bool(found), "missed ticks", detail, fix, status="warn", kind="schedule")


def views(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether the analytics keep up with the data."""
    found = tx.execute(query("health", "stale_views")).all()
    never: list[str] = [row.view for row in found if row.as_of is None]
    old: list[str] = [f"{row.view} (of {clock(row.as_of)})" for row in found if row.as_of is not None]
    told = [f"never refreshed: {some(never)}"] if never else []
    told += [f"behind the data: {some(old)}"] if old else []
    detail = "; ".join(told) or "as fresh as their schedule makes them"
    fix = "placeops view refresh --wait"
    yield unless(bool(found), "analytics", detail, fix, status="warn", kind="view")
