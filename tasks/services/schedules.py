"""Schedules: what fires when, what fired last, and firing one by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from sql.engine import transaction
from sql.queries import query
from sql.tables import jobs, schedule_fires, schedules
from tasks.actor import SYSTEM, Actor
from tasks.cron_words import in_words
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.schedule import LATE, UNUSABLE, next_ticks
from tasks.services import access, audit
from tasks.services.jobs import Job, read_job

RECENT = 5
UPCOMING = 3
NEVER = timedelta(days=400)
"""A schedule whose next tick is further away does not fire."""


@dataclass(frozen=True, slots=True)
class ScheduleFire:
    """One tick that was dealt with: `fired`, `late` or `skipped` (for the `reason`).

    `missed` counts earlier ticks folded into it.

    `job_id` is the job that answers it, perhaps together with other ticks, and `job_state` how that one stands; None
    where there is none, or none any more.
    """

    fire_at: datetime
    fired_at: datetime
    outcome: str
    missed: int
    reason: str | None
    job_id: int | None
    job_state: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule with its last five fires, newest first, and its next three ticks (none: disabled or a bad cron).

    `words` are the cron expression's. `due_at` is the oldest tick that nobody has fired yet, `problem` says why it
    cannot fire at all; both None else.
    """

    name: str
    job_type: str
    payload: dict[str, Any]
    cron: str
    words: str
    time_zone: str
    catch_up: str
    enabled: bool
    fires: list[ScheduleFire]
    next: list[datetime]
    due_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How an enabled schedule keeps its time.

    `due_at` is the oldest tick that nobody has fired yet, `late_seconds` for how long it has been due (0 where none
    is), `next` are the ticks to come; `problem` says why it cannot fire at all.
    """

    name: str
    cron: str
    time_zone: str
    last_fire_at: datetime | None
    due_at: datetime | None
    late_seconds: float
    next: list[datetime]
    problem: str | None

    @property
    def late(self) -> bool:
        """Whether somebody should have fired it by now."""
        return self.late_seconds > LATE.total_seconds()


def check_schedules(actor: Actor) -> list[Punctuality]:
    """How every enabled schedule keeps its time, by name. Raises forbidden."""
    access.require(actor, "schedule.read")
    with transaction(read_only=True) as tx:
        return list(punctuality(tx))


def require_punctual(found: Sequence[Punctuality]) -> None:
    """Raises check-failed when one of them is late, or cannot fire."""
    if broken := [one.name for one in found if one.problem]:
        raise PlaceopsError("check-failed", f"never fire: {', '.join(broken)}", "correct their rows")
    if late := [one.name for one in found if one.late]:
        raise PlaceopsError(
            "check-failed", f"due, and not fired: {', '.join(late)}", "placeops scheduler run"
        )


def punctuality(tx: Connection) -> Iterator[Punctuality]:
    """The same within a transaction."""
    for row in tx.execute(query("schedules", "enabled")).all():
        due, late, coming, problem = None, 0.0, list[datetime](), None
        try:
            first = next_ticks(row.cron, row.time_zone, row.since, 1)
            coming = next_ticks(row.cron, row.time_zone, row.now, UPCOMING)
        except UNUSABLE as error:
            problem = str(error)
        else:
            if first and first[0] <= row.now:
                due, late = first[0], (row.now - first[0]).total_seconds()
            if not coming or coming[0] - row.now > NEVER:
                problem = f"it does not fire within {NEVER.days} days"
        yield Punctuality(row.name, row.cron, row.time_zone, row.last_fire_at, due, late, coming, problem)


def list_schedules(actor: Actor) -> list[Schedule]:
    """Every schedule, by name. Raises forbidden."""
    access.require(actor, "schedule.read")
    names = list(ScheduleFire.__dataclass_fields__)
    columns = [jobs.c.state.label(name) if name == "job_state" else schedule_fires.c[name] for name in names]
    recent = (
        select(schedule_fires.c.schedule, *columns)
        .outerjoin(jobs, jobs.c.id == schedule_fires.c.job_id)
        .add_columns(
            func.row_number()
            .over(partition_by=schedule_fires.c.schedule, order_by=schedule_fires.c.fire_at.desc())
            .label("place")
        )
        .subquery()
    )
    fires: dict[str, list[ScheduleFire]] = {}
    with transaction(read_only=True) as tx:
        for row in tx.execute(
            select(recent).where(recent.c.place <= RECENT).order_by(recent.c.place)
        ).mappings():
            fires.setdefault(row["schedule"], []).append(ScheduleFire(**{name: row[name] for name in names}))
        kept = {one.name: one for one in punctuality(tx)}
        wanted = select(schedules, func.clock_timestamp().label("now")).order_by(schedules.c.name)
        return [
            Schedule(
                name=row["name"],
                job_type=row["job_type"],
                payload=row["payload"],
                cron=row["cron"],
                words=in_words(row["cron"]),
                time_zone=row["time_zone"],
                catch_up=row["catch_up"],
                enabled=row["enabled"],
                fires=fires.get(row["name"], []),
                next=_next(row["cron"], row["time_zone"], row["now"]) if row["enabled"] else [],
                due_at=kept[row["name"]].due_at if row["name"] in kept else None,
                problem=kept[row["name"]].problem if row["name"] in kept else None,
            )
            for row in tx.execute(wanted).mappings()
        ]


def set_enabled(actor: Actor, name: str, *, enabled: bool) -> Schedule:
    """Let a schedule fire, or not; its ticks count from now on, so that what it slept through is not caught up.

    Asking for what is so already changes nothing. Raises forbidden, not-found.
    """
    access.require(actor, "schedule.manage")
    with transaction() as tx:
        _row(tx, name)
        match = (schedules.c.name == name) & (schedules.c.enabled != enabled)
        values = {"enabled": enabled, "changed_at": func.clock_timestamp()}
        if tx.execute(update(schedules).where(match).values(values)).rowcount:
            action = "schedule.enable" if enabled else "schedule.disable"
            audit.record(tx, actor, action, "schedule", name)
    return next(one for one in list_schedules(SYSTEM) if one.name == name)


def _row(tx: Connection, name: str) -> RowMapping:
    row = tx.execute(select(schedules).where(schedules.c.name == name)).mappings().one_or_none()
    if row is None:
        raise PlaceopsError("not-found", f"no such schedule: {name}", "placeops schedule list")
    return row


def _next(cron: str, time_zone: str, now: datetime) -> list[datetime]:
    try:
        return next_ticks(cron, time_zone, now, UPCOMING)
    except UNUSABLE:
        return []


def run_schedule(actor: Actor, name: str) -> Job:
    """Enqueue what a schedule would, now; its ticks go on as before. Raises forbidden, not-found, queue-draining."""
    access.require(actor, "schedule.manage")
    with transaction() as tx:
        row = _row(tx, name)
        job_id = ledger.enqueue(
            tx, row["job_type"], row["payload"], created_by=actor.name, request_id=actor.request_id
        )
        audit.record(tx, actor, "schedule.run", "schedule", name, after={"job": job_id})
    return read_job(job_id)
