"""The live stream of a console: jobs, queues and workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from placeops_api.identity import Caller, Standing
from placeops_api.live import LastEventId, Stream, live_of
from placeops_api.openapi import errors, needs
from tasks.services.live import LiveEvent

router = APIRouter(prefix="/live", tags=["live"])


async def _listening(
    request: Request, caller: Caller, stands: Standing, place: LastEventId = ""
) -> AsyncIterator[Stream]:
    async with live_of(request).listening(caller, stands, after=place, beats=True) as told:
        yield told


@router.get(
    "",
    summary="What happens to jobs, as it happens; for those who may look at them also how queues and workers stand",
    description="Server-sent events: `job` for each transition of a job that the caller may look at, from now on or "
    "since `Last-Event-ID`; `beat`, the moment, every two seconds while the database answers, so silence means that "
    "something is wrong; `overview` as often, for who may look at queues. The stream ends after ten minutes, to be "
    "opened anew, and soon after its reader's session, token, role or scope has changed.",
    response_class=EventSourceResponse,
    responses=errors("too-many-streams"),
    openapi_extra=needs("job.read"),
)
async def follow_everything(told: Annotated[Stream, Depends(_listening)]) -> AsyncIterator[ServerSentEvent]:
    async with aclosing(told):
        async for one in told:
            if isinstance(one, LiveEvent):
                yield ServerSentEvent(data=one, event="job", id=one.place)
            elif isinstance(one, datetime):
                yield ServerSentEvent(data=one, event="beat")
            else:
                yield ServerSentEvent(data=one, event="overview")
