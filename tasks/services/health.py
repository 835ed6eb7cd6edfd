"""How placeOps is: readiness for a load balancer, one screen for a person, and checks that each say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from sql.engine import sentence, transaction
from sql.queries import query
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.jobs import doorbell
from tasks.runtime import database_name, schema_status
from tasks.services import access
from tasks.services.backups import last_success
from tasks.services.checks import Check as Check
from tasks.services.checks import clock, files, people, rings, server, work
from tasks.services.checks.rings import redis_state as redis_state
from tasks.services.checks.work import UnappliedPublish as UnappliedPublish
from tasks.services.checks.work import unapplied
from tasks.services.queues import QueueStats, queue_stats

Look = Callable[[Connection, Actor], Iterator[Check]]

LOOKS: tuple[Look, ...] = (
    server.server,
    server.clocks,
    server.zone,
    server.transactions,
    server.vacuum,
    work.workers,
    files.shared_folder,
    work.queues,
    work.publishes,
    work.schedules,
    work.missed_ticks,
    work.views,
    files.expired,
    files.backup,
    people.administrators,
    people.passwords,
)
"""What needs the database, in an order in which fixing helps."""

PRESSING = frozenset(
    {
        work.workers,
        work.queues,
        work.publishes,
        work.schedules,
        work.missed_ticks,
        work.views,
        files.expired,
        files.backup,
        people.administrators,
    }
)
"""Of these, what an operator is shown unasked; `doctor` looks at the rest."""

OUTSIDE: tuple[Callable[[], Check], ...] = (files.secrets, rings.redis, files.export_folder, files.free_space)
"""What is looked at without it."""


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
class Status:
    """One screen. `degraded` says what does not work as it should, and since when.

    `views_as_of` is the moment of the oldest analytics (None: some were never refreshed), `backup_at` that of the last
    backup (None: there is none). `attention` holds what somebody has to look at, each with its fix.
    """

    database: str
    redis: str
    degraded: str | None
    queue: QueueStats
    drives: list[DriveCount]
    unapplied: list[UnappliedPublish]
    views_as_of: datetime | None
    backup_at: datetime | None
    attention: list[Check]
    as_of: datetime


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


def status(actor: Actor) -> Status:
    """What an operator wants to see first. Raises forbidden."""
    access.require(actor, "system.read")
    queue = queue_stats(SYSTEM)
    with transaction(read_only=True) as tx:
        drives = [DriveCount(**row) for row in tx.execute(query("health", "drives_by_status")).mappings()]
        stuck = unapplied(tx)
        views_as_of: datetime | None = tx.scalar(query("health", "views_as_of"))
        backup_at = last_success(tx)
    found = [check for look in LOOKS if look in PRESSING for check in _safely(look)]
    redis = redis_state()
    return Status(
        database=database_name(),
        redis=redis,
        degraded=_degraded(redis, queue.redis_down_since),
        queue=queue,
        drives=drives,
        unapplied=stuck,
        views_as_of=views_as_of,
        backup_at=backup_at,
        attention=[check for check in (*found, rings.redis()) if check.status != "ok"],
        as_of=queue.as_of,
    )


def doctor(actor: Actor) -> list[Check]:
    """Every check, in an order in which fixing helps; checks that need the database are left out when it is away.

    Raises forbidden.
    """
    access.require(actor, "system.read")
    outside = [look() for look in OUTSIDE]
    try:
        found = schema_status()
    except PlaceopsError as error:
        return [Check("PostgreSQL", "fail", error.message, error.fix), *outside]
    if not found.ready:
        fix = "placeops db migrate" if found.pending else "upgrade placeOps on this machine"
        detail = f"at revision {found.current or 'none'}, this version needs {found.head}"
        return [Check("schema", "fail", detail, fix), *outside]
    inside = [check for look in LOOKS for check in _safely(look)]
    return [Check("schema", "ok", f"at revision {found.head}"), *inside, *outside]


def _safely(look: Look) -> list[Check]:
    """Who may look at the installation sees all of it, whatever a token's scopes say about its parts."""
    try:
        with transaction(read_only=True) as tx:
            return list(look(tx, SYSTEM))
    except SQLAlchemyError as error:
        name = look.__name__.replace("_", " ")
        return [Check(name, "fail", sentence(error), "placeops doctor, once PostgreSQL is steady")]
