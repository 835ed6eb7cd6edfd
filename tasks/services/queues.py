"""The queue as a whole: counts by job type, pause and resume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, update

from sql.engine import after_commit, transaction
from sql.queries import query
from sql.tables import job_types, workers
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import doorbell
from tasks.services import audit
from tasks.services.jobs import require_types


@dataclass(frozen=True, slots=True)
class TypeStats:
    """One job type: jobs by state, what finished within the hour, since when its oldest waits, who paused it."""

    type: str
    concurrency: int
    waiting: int
    active: int
    delayed: int
    failed: int
    completed_last_hour: int
    cancelled_last_hour: int
    oldest_waiting_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    paused_reason: str | None


@dataclass(frozen=True, slots=True)
class QueueStats:
    """All job types, how many workers and schedulers are alive, and since when a worker finds Redis unreachable."""

    types: list[TypeStats]
    workers: int
    schedulers: int
    redis_down_since: datetime | None
    as_of: datetime


def queue_stats(actor: Actor) -> QueueStats:
    """The counts as of one moment."""
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
    """Jobs of these types are accepted and not started, until resumed; what runs goes on.

    Pausing what is paused changes nothing. Raises not-found for an unknown type.
    """
    values = {"paused_at": func.now(), "paused_by": actor.name, "paused_reason": reason}
    with transaction() as tx:
        require_types(tx, names)
        match = job_types.c.name.in_(names) & job_types.c.paused_at.is_(None)
        changed = update(job_types).where(match).values(values).returning(job_types.c.name)
        for name in tx.scalars(changed).all():
            audit.record(tx, actor, "queue.pause", "job_type", name, reason=reason)
    return _some(actor, names)


def resume_types(actor: Actor, names: Sequence[str]) -> list[TypeStats]:
    """Let these types start jobs again, and ring for them. Raises not-found for an unknown type."""
    values = {"paused_at": None, "paused_by": None, "paused_reason": None}
    with transaction() as tx:
        require_types(tx, names)
        match = job_types.c.name.in_(names) & job_types.c.paused_at.is_not(None)
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
