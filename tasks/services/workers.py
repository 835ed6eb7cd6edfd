"""The processes that run jobs or keep time."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime

from sql.engine import transaction
from sql.queries import query
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.services import access


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """One process: `kind` worker, inline or scheduler; `state` alive, lost (no lock, no lease) or stopped; its jobs."""

    id: int
    kind: str
    state: str
    host: str
    pid: int
    types: list[str]
    version: str
    job_ids: list[int]
    started_at: datetime
    beat_at: datetime
    redis_down_since: datetime | None
    stopped_at: datetime | None


def list_workers(actor: Actor, *, all: bool = False) -> list[WorkerProcess]:
    """Living processes; with `all` also those that stopped or were lost within the last day. Raises forbidden."""
    access.require(actor, "queue.read")
    with transaction(read_only=True) as tx:
        found = tx.execute(query("queues", "workers"), {"all_of_today": all}).mappings()
        return [WorkerProcess(**row) for row in found]


def living_here(actor: Actor, kind: str) -> list[WorkerProcess]:
    """The living processes of this kind on this host (in a container: of this container).

    Raises forbidden, and not-running when there is none whose heartbeat is fresh.
    """
    host = socket.gethostname()
    found = [worker for worker in list_workers(actor) if worker.kind == kind and worker.host == host]
    if not found:
        raise PlaceopsError(
            "not-running",
            f"no {kind} of host {host} is alive in the ledger",
            f"placeops {kind} run, or look into its log",
        )
    return found


def served_types() -> frozenset[str]:
    """The job types for which a worker is there."""
    return frozenset(
        name for worker in list_workers(SYSTEM) if worker.kind == "worker" for name in worker.types
    )
