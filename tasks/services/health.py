"""How placeOps is: readiness for a load balancer, one screen for a person, and checks that each say what to do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select, text
from sqlalchemy.exc import SQLAlchemyError

from sql.engine import sentence, transaction
from sql.queries import query
from sql.tables import job_types, schedules
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import doorbell, export_registrations, markers
from tasks.jobs.schedule import UNUSABLE, next_ticks
from tasks.jobs.slots import SPARE_CONNECTIONS
from tasks.runtime import database_name, schema_status
from tasks.services import access
from tasks.services.queues import QueueStats, TypeStats, queue_stats
from tasks.services.workers import list_workers
from tasks.settings import settings

OLDEST_SERVER = 150_000
LONG_TRANSACTION_SECONDS = 300
LONG_WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Check:
    """One look: `status` is ok, warn or fail; a warning is worth knowing, a failure needs the fix."""

    name: str
    status: str
    detail: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be served: the database answers and fits. Without Redis the answer is still yes.

    `degraded` says what does not work as it should, and since when.
    """

    ready: bool
    database: str
    redis: str
    degraded: str | None


@dataclass(frozen=True, slots=True)
class DriveCount:
    """Drives in a status, and how many of them take registrations now."""

    status: str
    drives: int
    open: int


@dataclass(frozen=True, slots=True)
class UnappliedPublish:
    """A posted drive whose newest selection was not applied: its job failed or was cancelled."""

    drive_id: int
    code: str
    number: int
    job_id: int | None
    job_state: str


@dataclass(frozen=True, slots=True)
class Status:
    """One screen. `degraded` says what does not work as it should, and since when."""

    database: str
    redis: str
    degraded: str | None
    queue: QueueStats
    drives: list[DriveCount]
    unapplied: list[UnappliedPublish]
    as_of: datetime


def redis_state() -> str:
    """`reachable`, `unreachable`, or `not configured`, asked now."""
    if settings().redis_url is None:
        return "not configured"
    return "reachable" if doorbell.reachable() else "unreachable"


def readiness() -> Readiness:
    """Never raises; says what is wrong in words."""
    try:
        found = schema_status()
        database = "reachable" if found.ready else f"schema at {found.current}, needs {found.head}"
        ready = found.ready
    except PlaceopsError as error:
        ready, database = False, error.message
    redis = redis_state()
    return Readiness(ready, database, redis, _degraded(redis))


def _degraded(redis: str, workers_since: datetime | None = None) -> str | None:
    """What it means that Redis is not reachable: from here, else for a worker."""
    if redis == "not configured":
        return "no Redis is configured: jobs are done inline, or found by a worker's sweep"
    if redis == "reachable" and workers_since is None:
        return None
    since = min(filter(None, (workers_since, doorbell.breaker.down_since)))
    who = "Redis unreachable" if redis == "unreachable" else "Redis unreachable for a worker"
    return f"{who} since {clock(since)}, working from PostgreSQL"


def clock(when: datetime) -> str:
    """A moment of today by its time, another with its day, in the college's zone."""
    zone = ZoneInfo(settings().time_zone)
    local, today = when.astimezone(zone), datetime.now(zone).date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def status(actor: Actor) -> Status:
    """What an operator wants to see first."""
    access.require(actor, "system.read")
    queue = queue_stats(actor)
    with transaction(read_only=True) as tx:
        drives = [DriveCount(**row) for row in tx.execute(query("health", "drives_by_status")).mappings()]
        unapplied = [_unapplied(row) for row in tx.execute(query("health", "unapplied")).mappings()]
    redis = redis_state()
    degraded = _degraded(redis, queue.redis_down_since)
    return Status(database_name(), redis, degraded, queue, drives, unapplied, queue.as_of)


def _unapplied(row: RowMapping) -> UnappliedPublish:
    return UnappliedPublish(row["id"], row["code"], row["number"], row["job_id"], row["job_state"])


def doctor(actor: Actor) -> list[Check]:
    """Every check, in an order in which fixing helps; checks that need the database are left out when it is away.

    Raises forbidden.
    """
    access.require(actor, "system.read")
    try:
        found = schema_status()
    except PlaceopsError as error:
        return [Check("PostgreSQL", "fail", error.message, error.fix), *_outside()]
    if not found.ready:
        fix = "placeops db migrate" if found.pending else "upgrade placeOps on this machine"
        detail = f"at revision {found.current or 'none'}, this version needs {found.head}"
        return [Check("schema", "fail", detail, fix), *_outside()]
    checks = [Check("schema", "ok", f"at revision {found.head}")]
    for look in (
        _server,
        _connections,
        _transactions,
        _workers,
        _shared_folder,
        _queues,
        _publishes,
        _schedules,
    ):
        checks += _safely(look, actor)
    return checks + list(_outside())


def _safely(look: Callable[[Actor, Connection], Iterator[Check]], actor: Actor) -> list[Check]:
    try:
        with transaction(read_only=True) as tx:
            return list(look(actor, tx))
    except SQLAlchemyError as error:
        return [
            Check(
                look.__name__.strip("_"),
                "fail",
                sentence(error),
                "placeops doctor, once PostgreSQL is steady",
            )
        ]


def _server(actor: Actor, tx: Connection) -> Iterator[Check]:
    row = tx.execute(query("health", "server")).one()
    old = row.number < OLDEST_SERVER
    yield Check(
        "PostgreSQL",
        "fail" if old else "ok",
        f"{database_name()}, version {row.version}",
        "upgrade the server to PostgreSQL 15 or later" if old else None,
    )
    risky = [name for name in ("fsync", "synchronous_commit") if getattr(row, name) in ("off", "local")]
    yield Check(
        "durability",
        "fail" if risky else "ok",
        ", ".join(f"{name} is off" for name in risky) or "commits reach the disk",
        f"ALTER SYSTEM RESET {risky[0]}; SELECT pg_reload_conf();" if risky else None,
    )
    utf8 = row.encoding == "UTF8"
    yield Check(
        "encoding", "ok" if utf8 else "fail", row.encoding, None if utf8 else "create the database with UTF8"
    )


def _connections(actor: Actor, tx: Connection) -> Iterator[Check]:
    row = tx.execute(query("health", "server")).one()
    slots = sum(tx.scalars(select(job_types.c.concurrency)))
    alive = sum(1 for worker in list_workers(actor) if worker.kind == "worker")
    wanted = alive * (slots + SPARE_CONNECTIONS + 1) + 20
    fits = wanted <= row.max_connections
    yield Check(
        "connections",
        "ok" if fits else "warn",
        f"{row.connections} of {row.max_connections} in use; {alive} workers of {slots} slots may take {wanted}",
        None if fits else f"raise max_connections to {wanted + 20}, or run fewer worker processes",
    )


def _transactions(actor: Actor, tx: Connection) -> Iterator[Check]:
    row = tx.execute(query("health", "oldest_transaction")).one_or_none()
    long = row is not None and row.seconds > LONG_TRANSACTION_SECONDS
    yield Check(
        "long transactions",
        "warn" if long else "ok",
        f"the oldest is open for {row.seconds:.0f} s ({row.application_name or 'unnamed'})"
        if row
        else "none",
        f"SELECT pg_terminate_backend({row.pid});" if row and long else None,
    )


def _workers(actor: Actor, tx: Connection) -> Iterator[Check]:
    found = list_workers(actor)
    workers = [worker for worker in found if worker.kind == "worker"]
    schedulers = [worker for worker in found if worker.kind == "scheduler"]
    yield Check(
        "workers",
        "ok" if workers else "fail",
        f"{len(workers)} alive",
        None if workers else "placeops worker run",
    )
    yield Check(
        "scheduler",
        "ok" if schedulers else "warn",
        f"{len(schedulers)} alive" if schedulers else "none; the workers' sweep fires schedules meanwhile",
        None if schedulers else "placeops scheduler run",
    )
    blind = [worker for worker in workers if worker.redis_down_since is not None]
    if blind:
        since = min(worker.redis_down_since for worker in blind if worker.redis_down_since)
        yield Check(
            "Redis, as workers see it",
            "warn",
            f"unreachable for {len(blind)} of {len(workers)} since {clock(since)}, working from PostgreSQL",
            "start Redis, or correct the workers' REDIS_URL",
        )


def _shared_folder(actor: Actor, tx: Connection) -> Iterator[Check]:
    """Whether every worker that writes exports left its marker in this very folder; removes those of workers gone."""
    folder = settings().export_dir
    texts = markers.found(folder)  # before the workers are asked for: whoever left one is among them
    known = list_workers(actor, all=True)
    staying = {worker.id for worker in known if worker.state != "stopped"}
    for gone in texts.keys() - staying:
        markers.remove(folder, gone)
    writers = [
        one for one in known if one.state == "alive" and export_registrations.JOB_TYPE.name in one.types
    ]
    apart = [one for one in writers if texts.get(one.id) != markers.text_of(one.host, one.pid)]
    if not writers:
        return
    told = ", ".join(f"{one.id} on {one.host}" for one in apart)
    yield Check(
        "shared export folder",
        "fail" if apart else "ok",
        f"{folder.resolve()} is not where these workers write: {told}"
        if apart
        else f"{len(writers)} workers write to {folder.resolve()}",
        "let workers, API and CLI share one writable folder (PLACEOPS_EXPORT_DIR), then restart those workers"
        if apart
        else None,
    )


def _queues(actor: Actor, tx: Connection) -> Iterator[Check]:
    stats = queue_stats(actor)
    failed = sum(kind.failed for kind in stats.types)
    yield Check(
        "failed jobs",
        "warn" if failed else "ok",
        f"{failed} wait for a decision" if failed else "none",
        "placeops job list --state failed, then placeops job retry or cancel" if failed else None,
    )
    for kind in stats.types:
        yield from _held(kind)
        if kind.paused_at is None and kind.oldest_waiting_at:
            waited = (stats.as_of - kind.oldest_waiting_at).total_seconds()
            if waited > LONG_WAIT_SECONDS:
                yield Check(
                    f"queue {kind.type}",
                    "warn",
                    f"{kind.waiting} waiting, the oldest for {waited / 60:.0f} minutes",
                    "start another `placeops worker run`",
                )


def _held(kind: TypeStats) -> Iterator[Check]:
    """What an operator may have forgotten to end."""
    for what, at, by, reason in (
        ("paused", kind.paused_at, kind.paused_by, kind.paused_reason),
        ("drained" if kind.drained else "draining", kind.draining_at, kind.draining_by, kind.draining_reason),
    ):
        if at is not None:
            why = f": {reason}" if reason else ""
            detail = f"{what} by {by} since {clock(at)}{why}"
            yield Check(f"queue {kind.type}", "warn", detail, f"placeops queue resume {kind.type}")


def _publishes(actor: Actor, tx: Connection) -> Iterator[Check]:
    stuck = [_unapplied(row) for row in tx.execute(query("health", "unapplied")).mappings()]
    for item in stuck:
        yield Check(
            f"drive {item.code}",
            "fail",
            f"posted, but selection {item.number} was not applied: its job is {item.job_state}",
            f"placeops job retry {item.job_id}"
            if item.job_id
            else f"placeops drive publish {item.drive_id} --students FILE",
        )
    if not stuck:
        yield Check("publishes", "ok", "every requested selection is applied or on its way")


def _schedules(actor: Actor, tx: Connection) -> Iterator[Check]:
    rows = tx.execute(
        select(schedules.c.name, schedules.c.cron, schedules.c.time_zone, text("now() AS now"))
    ).all()
    broken = 0
    for row in rows:
        try:
            next_ticks(row.cron, row.time_zone, row.now, 1)
        except UNUSABLE as error:
            broken += 1
            yield Check(
                f"schedule {row.name}", "fail", f"{row.cron!r} {row.time_zone}: {error}", "correct its row"
            )
    if not broken:
        yield Check("schedules", "ok", f"{len(rows)} are well-formed")


def _outside() -> Iterator[Check]:
    yield _redis()
    yield _export_folder(settings().export_dir)


def _redis() -> Check:
    state = redis_state()
    if state != "reachable":
        fix = "set REDIS_URL" if state == "not configured" else "start Redis, or correct REDIS_URL"
        return Check("Redis", "warn", f"{state}: jobs run inline or from PostgreSQL", fix)
    policy = doorbell.eviction_policy()
    if policy not in ("noeviction", None):
        return Check(
            "Redis", "fail", f"maxmemory-policy is {policy}", "CONFIG SET maxmemory-policy noeviction"
        )
    return Check("Redis", "ok", f"reachable, maxmemory-policy {policy or 'not readable'}")


def _export_folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as marker:
            marker.write(b"placeops")
            os.fsync(marker.fileno())
    except OSError as error:
        return Check(
            "export folder",
            "fail",
            f"{folder}: {error.strerror}",
            f"make {folder} writable, or set PLACEOPS_EXPORT_DIR",
        )
    return Check("export folder", "ok", f"{folder.resolve()} is writable")
