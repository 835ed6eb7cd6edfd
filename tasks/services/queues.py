"""The queue as a whole: counts by job type; pause, drain and resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, update

from sql.engine import after_commit, transaction
from sql.queries import query
from sql.tables import job_types, workers
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import doorbell, draining
from tasks.services import access, audit
from tasks.services.jobs import require_types

LOOK_SECONDS = 0.2
"""How often a wait for the end of a drain looks."""


@dataclass(frozen=True, slots=True)
class TypeStats:
    """One job type: jobs by state, what finished within the hour, since when its oldest waits, who paused or drains it.

    The hour is one of whole minutes. `per_minute` is how many completed, over the last five of them and what has passed
    of the present one; `workers` are those alive that take the type; `expected` counts unfinished jobs of other types
    whose completion may ask for one of this type. `drained`: it accepts nothing new, and all that was there is
    finished.
    """

    type: str
    concurrency: int
    waiting: int
    active: int
    delayed: int
    failed: int
    expected: int
    completed_last_hour: int
    cancelled_last_hour: int
    per_minute: float
    oldest_waiting_at: datetime | None
    workers: int
    paused_at: datetime | None
    paused_by: str | None
    paused_reason: str | None
    draining_at: datetime | None
    draining_by: str | None
    draining_reason: str | None
    drained: bool

    @property
    def unfinished(self) -> int:
        """How many jobs a drain waits for."""
        return self.waiting + self.active + self.delayed + self.expected


@dataclass(frozen=True, slots=True)
class QueueStats:
    """All job types, how many workers and schedulers are alive, and since when a worker finds Redis unreachable."""

    types: list[TypeStats]
    workers: int
    schedulers: int
    redis_down_since: datetime | None
    as_of: datetime


def queue_stats(actor: Actor) -> QueueStats:
    """The counts as of one moment. Raises forbidden."""
    access.require(actor, "queue.read")
    alive = (workers.c.stopped_at.is_(None)) & (workers.c.lost_at.is_(None))
    alive &= workers.c.lease_until >= func.clock_timestamp()
    counts = select(
        func.count().filter(workers.c.kind == "worker").label("workers"),
        func.count().filter(workers.c.kind == "scheduler").label("schedulers"),
        func.min(workers.c.redis_down_since).label("down"),
        func.now().label("as_of"),
    ).where(alive)
    with transaction(read_only=True, snapshot=True) as tx:
        types = [TypeStats(**row) for row in tx.execute(query("queues", "stats")).mappings()]
        row = tx.execute(counts).one()
    return QueueStats(types, row.workers, row.schedulers, row.down, row.as_of)


def pause_types(actor: Actor, names: Sequence[str], reason: str | None = None) -> list[TypeStats]:
    """Jobs of these types are accepted (unless they drain) and not started, until resumed; what runs goes on.

    Pausing what is paused changes nothing. Raises not-found for an unknown type.
    """
    access.require(actor, "queue.manage")
    values = {"paused_at": func.now(), "paused_by": actor.name, "paused_reason": reason}
    with transaction() as tx:
        require_types(tx, names)
        match = job_types.c.name.in_(names) & job_types.c.paused_at.is_(None)
        changed = update(job_types).where(match).values(values).returning(job_types.c.name)
        for name in tx.scalars(changed).all():
            audit.record(tx, actor, "queue.pause", "job_type", name, reason=reason)
    return _some(actor, names)


def drain_types(actor: Actor, names: Sequence[str], reason: str | None = None) -> list[TypeStats]:
    """These types accept no more jobs and finish those that are there, until resumed; nothing is deleted.

    Accepted all the same is what the completion of a job asks for that was there before. Draining what is draining
    changes nothing. Raises not-found for an unknown type, queue-state for one that is paused: nothing would finish.
    """
    access.require(actor, "queue.manage")
    values = {"draining_at": func.now(), "draining_by": actor.name, "draining_reason": reason}
    with transaction() as tx:
        require_types(tx, names)
        draining.close_off(tx, sorted(names))
        match = job_types.c.name.in_(names) & job_types.c.draining_at.is_(None)
        if paused := tx.scalars(
            select(job_types.c.name).where(match, job_types.c.paused_at.is_not(None))
        ).all():
            raise _paused(paused[0])
        changed = update(job_types).where(match).values(values).returning(job_types.c.name)
        for name in tx.scalars(changed).all():
            audit.record(tx, actor, "queue.drain", "job_type", name, reason=reason)
    return _some(actor, names)


def _paused(name: str) -> PlaceopsError:
    return PlaceopsError(
        "queue-state",
        f"{name} is paused: what is there would not be finished",
        f"placeops queue resume {name}",
    )


def wait_drained(
    actor: Actor,
    names: Sequence[str],
    *,
    timeout: float | None = None,
    look: Callable[[list[TypeStats]], object] = lambda found: None,
) -> list[TypeStats]:
    """Wait until these types are drained, `timeout` seconds at most (None: for ever); returns their counts.

    `look` hears how they stand, again and again. Raises still-running when the time is over; queue-state when somebody
    resumes or pauses one of them first.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        found = _some(actor, names)
        look(found)
        left = [stats for stats in found if not stats.drained]
        if not left:
            return found
        for stats in left:
            if stats.draining_at is None:
                raise PlaceopsError(
                    "queue-state",
                    f"{stats.type} is not draining any more: somebody resumed it",
                    f"placeops queue drain {stats.type}",
                )
            if stats.paused_at is not None:
                raise _paused(stats.type)
        if deadline is not None and time.monotonic() >= deadline:
            raise PlaceopsError(
                "still-running",
                f"{left[0].type} is not drained after {timeout:g} s: {left[0].unfinished} jobs are unfinished",
                "placeops queue stats",
            )
        time.sleep(LOOK_SECONDS)


def resume_types(actor: Actor, names: Sequence[str]) -> list[TypeStats]:
    """End a pause or a drain: these types accept and start jobs again. Raises not-found for an unknown type."""
    access.require(actor, "queue.manage")
    values = {f"{what}_{which}": None for what in ("paused", "draining") for which in ("at", "by", "reason")}
    with transaction() as tx:
        require_types(tx, names)
        held = job_types.c.paused_at.is_not(None) | job_types.c.draining_at.is_not(None)
        match = job_types.c.name.in_(names) & held
        changed = update(job_types).where(match).values(values).returning(job_types.c.name)
        for name in tx.scalars(changed).all():
            audit.record(tx, actor, "queue.resume", "job_type", name)
            after_commit(("ring", name), partial(_ring, name))
    return _some(actor, names)


def _ring(name: str) -> None:
    doorbell.ring(name, doorbell.ENOUGH_RINGS)


def _some(actor: Actor, names: Sequence[str]) -> list[TypeStats]:
    if not names:
        raise PlaceopsError(
            "invalid-input", "no job type is named", "placeops queue stats shows them", field="/type"
        )
    return [stats for stats in queue_stats(actor).types if stats.type in names]
