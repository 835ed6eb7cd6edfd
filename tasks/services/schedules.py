"""Schedules: what fires when, what fired last, and firing one by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from sql.engine import transaction
from sql.tables import schedule_fires, schedules
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.schedule import UNUSABLE, next_ticks
from tasks.services import access, audit
from tasks.services.jobs import Job, read_job

RECENT = 5
UPCOMING = 3


@dataclass(frozen=True, slots=True)
class ScheduleFire:
    """One tick that was dealt with: `fired`, `late` or `skipped` (for the `reason`).

    `missed` counts earlier ticks folded into it.

    `job_id` is the job that answers it, perhaps together with other ticks; None where there is none, or none any more.
    """

    fire_at: datetime
    fired_at: datetime
    outcome: str
    missed: int
    reason: str | None
    job_id: int | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule with its last five fires, newest first, and its next three ticks (none: disabled or a bad cron)."""

    name: str
    job_type: str
    payload: dict[str, Any]
    cron: str
    time_zone: str
    catch_up: str
    enabled: bool
    fires: list[ScheduleFire]
    next: list[datetime]


def list_schedules(actor: Actor) -> list[Schedule]:
    """Every schedule, by name. Raises forbidden."""
    access.require(actor, "schedule.read")
    names = list(ScheduleFire.__dataclass_fields__)
    recent = (
        select(schedule_fires.c.schedule, *(schedule_fires.c[name] for name in names))
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
        wanted = select(schedules, func.clock_timestamp().label("now")).order_by(schedules.c.name)
        return [
            Schedule(
                name=row["name"],
                job_type=row["job_type"],
                payload=row["payload"],
                cron=row["cron"],
                time_zone=row["time_zone"],
                catch_up=row["catch_up"],
                enabled=row["enabled"],
                fires=fires.get(row["name"], []),
                next=_next(row["cron"], row["time_zone"], row["now"]) if row["enabled"] else [],
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
