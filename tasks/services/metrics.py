"""Figures by which a monitoring system judges the place, all read at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.actor import SYSTEM, Actor
from tasks.services import access
from tasks.services.queues import QueueStats, queue_stats
from tasks.services.schedules import Schedule, list_schedules
from tasks.services.views import View, list_views


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure with a value for each combination of its labels."""

    name: str
    meaning: str
    labels: Sequence[str]
    values: Sequence[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them."""

    figures: list[Figure]


def figures(actor: Actor) -> Figures:
    """The ledger, its workers, the schedules and the views, in figures. Raises forbidden."""
    access.require(actor, "system.read")
    queue = queue_stats(SYSTEM)
    return Figures([*_queue(queue), *_schedules(list_schedules(SYSTEM)), *_views(list_views(SYSTEM))])


def _queue(queue: QueueStats) -> Iterator[Figure]:
    types = queue.types
    states = ("waiting", "active", "delayed", "failed")
    depth = [((one.type, state), float(getattr(one, state))) for one in types for state in states]
    yield Figure("jobs", "Jobs by type and state.", ("type", "state"), depth)
    finished = [((one.type, "completed"), float(one.completed_last_hour)) for one in types]
    finished += [((one.type, "cancelled"), float(one.cancelled_last_hour)) for one in types]
    words = "Jobs that finished within the last hour, by outcome."
    yield Figure("jobs_finished_last_hour", words, ("type", "outcome"), finished)
    oldest = [((one.type,), _seconds(one.oldest_waiting_at, queue.as_of)) for one in types]
    words = "How long the oldest waiting job has waited; 0 when none waits."
    yield Figure("oldest_waiting_job_seconds", words, ("type",), oldest)
    held = [((one.type,), float(one.paused_at is not None)) for one in types]
    yield Figure("queue_paused", "1 while a job type is paused.", ("type",), held)
    serving = [((one.type,), float(one.workers)) for one in types]
    yield Figure("workers_of_type", "Living workers that take a job type.", ("type",), serving)
    yield Figure("workers", "Living workers.", (), [((), float(queue.workers))])
    yield Figure("schedulers", "Living schedulers.", (), [((), float(queue.schedulers))])
    down = _seconds(queue.redis_down_since, queue.as_of)
    yield Figure("redis_down_seconds", "For how long workers find Redis unreachable.", (), [((), down)])


def _schedules(found: Sequence[Schedule]) -> Iterator[Figure]:
    fires = {one.name: one.fires[0] for one in found if one.fires}
    late = [((name,), _seconds(fire.fire_at, fire.fired_at)) for name, fire in fires.items()]
    yield Figure("schedule_late_seconds", "How late the last fire of a schedule was.", ("schedule",), late)
    last = [((name,), fire.fired_at.timestamp()) for name, fire in fires.items()]
    yield Figure("schedule_last_fire_timestamp_seconds", "When a schedule fired last.", ("schedule",), last)


def _views(found: Sequence[View]) -> Iterator[Figure]:
    ages = [((one.name,), float(one.age_seconds)) for one in found if one.age_seconds is not None]
    yield Figure("view_age_seconds", "How old the data of a view is.", ("view",), ages)
    stale = [((one.name,), float(one.stale)) for one in found]
    yield Figure("view_stale", "1 when something changed since a view's refresh.", ("view",), stale)


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
