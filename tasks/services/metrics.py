"""Figures by which a monitoring system judges the place, all read at one moment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Literal

from sql import schema
from sql.engine import transaction
from tasks.actor import SYSTEM, Actor
from tasks.jobs.incarnation import program_version
from tasks.services import access
from tasks.services.backups import last_success
from tasks.services.checks.rings import redis_state
from tasks.services.checks.work import unapplied
from tasks.services.counters import BOUNDS, OUTCOMES, Counters
from tasks.services.queues import QueueStats, queue_stats
from tasks.services.schedules import Punctuality, Schedule, list_schedules, punctuality
from tasks.services.views import View, list_views
from tasks.settings import settings


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure with a value for each combination of its labels."""

    name: str
    meaning: str
    labels: Sequence[str]
    values: Sequence[tuple[Sequence[str], float]]
    kind: Literal["gauge", "counter"] = "gauge"


@dataclass(frozen=True, slots=True)
class Durations:
    """How many took at most how many seconds (the last bound is infinite), and how long all together, by one label."""

    name: str
    meaning: str
    label: str
    values: Sequence[tuple[str, Sequence[tuple[str, float]], float]]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them."""

    figures: list[Figure]
    durations: list[Durations]


def figures(actor: Actor, counters: Counters) -> Figures:
    """The ledger, its workers, schedules, views and backups, in figures. Raises forbidden."""
    access.require(actor, "system.read")
    queue = queue_stats(SYSTEM)
    kinds = [one.type for one in queue.types]
    schedules = list_schedules(SYSTEM)
    with transaction(read_only=True) as tx:
        counters.catch_up(tx)
        kept = list(punctuality(tx))
        place = list(_place(last_success(tx), len(unapplied(tx))))
    found = [*_queue(queue), *_schedules(schedules, kept, counters), *_views(list_views(SYSTEM)), *place]
    return Figures([_finished(kinds, counters), *found], [_durations(kinds, counters)])


def _queue(queue: QueueStats) -> Iterator[Figure]:
    types = queue.types
    states = ("waiting", "active", "delayed", "failed")
    depth = [((one.type, state), float(getattr(one, state))) for one in types for state in states]
    yield Figure("jobs", "Jobs by type and state.", ("type", "state"), depth)
    oldest = [((one.type,), _seconds(one.oldest_waiting_at, queue.as_of)) for one in types]
    words = "How long the oldest waiting job has waited; 0 when none waits."
    yield Figure("oldest_waiting_seconds", words, ("type",), oldest)
    held = [((one.type,), float(one.paused_at is not None)) for one in types]
    yield Figure("queue_paused", "1 while a job type is paused.", ("type",), held)
    serving = [((one.type,), float(one.workers)) for one in types]
    yield Figure("workers_of_type", "Living workers that take a job type.", ("type",), serving)
    yield Figure("workers", "Living workers.", (), [((), float(queue.workers))])
    yield Figure("schedulers", "Living schedulers.", (), [((), float(queue.schedulers))])
    down = _seconds(queue.redis_down_since, queue.as_of)
    yield Figure("redis_down_seconds", "For how long workers find Redis unreachable.", (), [((), down)])


def _finished(kinds: Sequence[str], counters: Counters) -> Figure:
    ended = [((kind, outcome), float(counters.jobs[kind, outcome])) for kind in kinds for outcome in OUTCOMES]
    words = "Jobs that ended since this process looked first."
    return Figure("jobs_total", words, ("type", "outcome"), ended, "counter")


def _durations(kinds: Sequence[str], counters: Counters) -> Durations:
    bounds = [*map(str, BOUNDS), "+Inf"]
    counted = [
        (kind, list(zip(bounds, accumulate(counters.durations[kind]), strict=True)), counters.seconds[kind])
        for kind in kinds
    ]
    return Durations("job_seconds", "How long the last attempt of a job took.", "type", counted)


def _schedules(
    found: Sequence[Schedule], kept: Sequence[Punctuality], counters: Counters
) -> Iterator[Figure]:
    fires = {one.name: one.fires[0] for one in found if one.fires}
    late = [((name,), _seconds(fire.fire_at, fire.fired_at)) for name, fire in fires.items()]
    yield Figure("schedule_late_seconds", "How late the last fire of a schedule was.", ("schedule",), late)
    last = [((name,), fire.fired_at.timestamp()) for name, fire in fires.items()]
    yield Figure("schedule_last_fire_timestamp", "When a schedule fired last.", ("schedule",), last)
    overdue = [((one.name,), one.late_seconds) for one in kept]
    words = "For how long a tick of a schedule has been due that nobody fired; 0 when none is."
    yield Figure("schedule_overdue_seconds", words, ("schedule",), overdue)
    missed = [((one.name,), float(counters.missed[one.name])) for one in found]
    words = "Ticks that came while nobody kept time, since this process looked first."
    yield Figure("schedule_missed_total", words, ("schedule",), missed, "counter")


def _views(found: Sequence[View]) -> Iterator[Figure]:
    ages = [((one.name,), float(one.age_seconds)) for one in found if one.age_seconds is not None]
    yield Figure("view_age_seconds", "How old the data of a view is.", ("view",), ages)
    stale = [((one.name,), float(one.stale)) for one in found]
    yield Figure("view_stale", "1 when something changed since a view's refresh.", ("view",), stale)


def _place(backup: datetime | None, stuck: int) -> Iterator[Figure]:
    taken = 0.0 if backup is None else backup.timestamp()
    words = "The moment whose data the last backup holds; 0 before the first one."
    yield Figure("backup_last_success_timestamp", words, (), [((), taken)])
    words = "Published drives whose newest selection was not applied and will not be by itself."
    yield Figure("unapplied_publishes", words, (), [((), float(stuck))])
    redis = redis_state()
    reached = [] if redis == "not configured" else [((), float(redis == "reachable"))]
    yield Figure("redis_up", "1 while the API reaches Redis; absent where none is configured.", (), reached)
    folder = settings().export_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = float(shutil.disk_usage(there).free)
    yield Figure("free_bytes", "Room on the disk of the export folder, as the API sees it.", (), [((), free)])
    labels = (program_version(), schema.revisions()[-1])
    yield Figure("build_info", "Which version answers; always 1.", ("version", "revision"), [(labels, 1.0)])


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
