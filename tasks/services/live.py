"""What happens to jobs as it happens: settled events after a place, and who may see them.

Ids of events may commit out of order, so a place is a transaction's number and an id: an event is told once no older
transaction is in progress, after which nothing can turn up before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sql.engine import transaction
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.permissions import PERMISSIONS, Grant
from tasks.services import access
from tasks.services.queues import QueueStats, queue_stats
from tasks.services.workers import WorkerProcess, list_workers

_PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """A transition of a job; `place` is where a reader goes on after it."""

    place: str
    job_id: int
    type: str
    drive_id: int | None
    created_by: str
    request_id: str | None
    at: datetime
    from_state: str | None
    to_state: str
    attempt: int
    worker_id: int | None
    why: str | None


@dataclass(frozen=True, slots=True)
class LiveEvents:
    """Events in order and the place to go on from; `more`: the limit left some out."""

    events: list[LiveEvent]
    place: str
    more: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """How the queue and its workers stand."""

    queue: QueueStats
    workers: list[WorkerProcess]


def overview(actor: Actor) -> Overview:
    """Queues and workers as of this moment. Raises forbidden."""
    return Overview(queue_stats(actor), list_workers(actor))


def sees_overview(actor: Actor) -> bool:
    """Whether the actor may look at queues and workers."""
    try:
        access.require(actor, "queue.read")
    except PlaceopsError:
        return False
    return True


def newest_place(actor: Actor) -> str:
    """The place after everything that has settled by now. Raises forbidden."""
    access.require(actor, "job.read")
    with transaction(read_only=True) as tx:
        settled = tx.execute(query("live", "now")).one().settled
    return f"{settled}-0"


def events_after(actor: Actor, place: str, *, job: int | None = None, limit: int = 500) -> LiveEvents:
    """Settled events after a place, all that the actor may see, or one job's.

    A place of another database (restored from a backup) is answered from now on. Raises forbidden, invalid-input for
    what is no place.
    """
    seen = sight(actor)
    found = _PLACE.fullmatch(place)
    if found is None:
        raise PlaceopsError(
            "invalid-input",
            f"no such place in the stream: {place!r}",
            "leave Last-Event-ID out to start from now",
            field="/Last-Event-ID",
        )
    with transaction(read_only=True, snapshot=True) as tx:
        now = tx.execute(query("live", "now")).one()
        if int(found[1]) > int(now.newest):
            return LiveEvents([], f"{now.settled}-0", False)
        values = {"xid": found[1], "id": int(found[2]), "job": job, "limit": limit}
        rows = tx.execute(query("live", "events"), values).mappings().all()
    names = [name for name in LiveEvent.__dataclass_fields__ if name != "place"]
    events = [LiveEvent(f"{row['xid']}-{row['id']}", **{name: row[name] for name in names}) for row in rows]
    last = events[-1].place if events else place
    return LiveEvents([event for event in events if seen(event)], last, len(events) == limit)


def sight(actor: Actor) -> Callable[[LiveEvent], bool]:
    """Which events the actor may see, as things stand: those of the jobs that it may look at. Raises forbidden."""
    if access.require(actor, "job.read") is Grant.ALL:
        return lambda event: True
    managed: frozenset[int] = frozenset()
    if PERMISSIONS["drive.write"].grant(actor.role) is not Grant.NONE:
        with transaction(read_only=True) as tx:
            managed = frozenset(access.drives_in_sight(tx, actor, "drive.write") or ())
    return lambda event: (
        event.created_by == actor.name
        or event.drive_id in managed
        or event.type == "refresh-materialized-views"
    )
