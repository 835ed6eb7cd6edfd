"""The live stream of a console: jobs, queues and workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from placeops_api.identity import Caller
from placeops_api.live import LastEventId, live_of
from placeops_api.openapi import errors, needs
from tasks.actor import Actor
from tasks.services import live
from tasks.services.live import LiveEvent

router = APIRouter(prefix="/live", tags=["live"])


async def _listening(request: Request, caller: Caller) -> Actor:
    live_of(request).reserve(caller)
    await run_sync(live.sight, caller)
    return caller


@router.get(
    "",
    summary="What happens to jobs, as it happens; for those who may look at them also how queues and workers stand",
    description="Server-sent events: `job` for each transition of a job that the caller may look at, from now on or "
    "since `Last-Event-ID`; `overview` every two seconds. The stream ends after ten minutes, to be opened anew.",
    response_class=EventSourceResponse,
    responses=errors("too-many-streams"),
    openapi_extra=needs("job.read"),
)
async def follow_everything(
    request: Request, listening: Annotated[Actor, Depends(_listening)], place: LastEventId = ""
) -> AsyncIterator[ServerSentEvent]:
    told = live_of(request).events(listening, after=place, overview=True)
    async with aclosing(told):
        async for one in told:
            if isinstance(one, LiveEvent):
                yield ServerSentEvent(data=one, event="job", id=one.place)
            else:
                yield ServerSentEvent(data=one, event="overview")
