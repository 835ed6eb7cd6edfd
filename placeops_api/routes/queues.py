"""Queues: what waits by job type; pause, drain and resume."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from placeops_api.bodies import DrainBody, PauseBody
from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Name
from tasks.services import queues, throughput
from tasks.services.queues import QueueStats, TypeStats
from tasks.services.throughput import Throughput

Window = Annotated[
    Literal["1h", "24h", "7d"],
    Query(description="An hour by minutes, a day by half hours, a week by three hours"),
]

router = APIRouter(prefix="/queues", tags=["queues"])


@router.get(
    "",
    summary="Depth, age and pace of every job type; who paused or drains it; workers; Redis",
    openapi_extra=needs("queue.read"),
)
def show_queues(caller: Caller) -> QueueStats:
    return queues.queue_stats(caller)


@router.get(
    "/throughput",
    summary="Jobs that ended within an hour, a day or a week, bucket by bucket",
    openapi_extra=needs("queue.read"),
)
def show_throughput(caller: Caller, window: Window = "1h") -> Throughput:
    return throughput.throughput(caller, window)


@router.post(
    "/{type}/pause",
    summary="Start no more jobs of a type",
    responses=errors("not-found"),
    openapi_extra=needs("queue.manage"),
)
def pause_queue(caller: Caller, type: Name, body: PauseBody) -> TypeStats:
    (stats,) = queues.pause_types(caller, [type], body.reason)
    return stats


@router.post(
    "/{type}/drain",
    summary="Accept no more jobs of a type, finish those that are there",
    description="Deletes nothing, and answers at once; `drained` in `GET /queues` says when all of them are done.",
    responses=errors("not-found", "queue-state"),
    openapi_extra=needs("queue.manage"),
)
def drain_queue(caller: Caller, type: Name, body: DrainBody) -> TypeStats:
    (stats,) = queues.drain_types(caller, [type], body.reason)
    return stats


@router.post(
    "/{type}/resume",
    summary="End a pause or a drain: accept and start jobs of a type again",
    responses=errors("not-found"),
    openapi_extra=needs("queue.manage"),
)
def resume_queue(caller: Caller, type: Name) -> TypeStats:
    (stats,) = queues.resume_types(caller, [type])
    return stats
