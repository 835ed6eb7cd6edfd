"""Jobs: list, show with their events, retry, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from placeops_api.identity import Caller
from placeops_api.live import LastEventId, Stream, live_of
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, Id, JobState, Limit, Time, Word
from tasks.services import jobs
from tasks.services.jobs import Cancelled, Job, JobStory
from tasks.services.live import LiveEvent
from tasks.services.paging import Page

router = APIRouter(prefix="/jobs", tags=["jobs"])

Since = Annotated[Time | None, Query(description="Created at or after this time (RFC 3339)")]


@router.get("", summary="Jobs, newest first", responses=errors("not-found"), openapi_extra=needs("job.read"))
def list_jobs(
    caller: Caller,
    state: JobState | None = None,
    type: Word = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Job]:
    return jobs.list_jobs(caller, state=state, type=type, since=since, limit=limit, cursor=cursor)


@router.get(
    "/{id}",
    summary="One job and everything that happened to it",
    responses=errors("not-found"),
    openapi_extra=needs("job.read"),
)
def show_job(caller: Caller, id: Id) -> JobStory:
    return jobs.show_job(caller, id)


async def _followed(
    request: Request, caller: Caller, id: Id, place: LastEventId = ""
) -> AsyncIterator[Stream]:
    await run_sync(jobs.show_job, caller, id)
    async with live_of(request).listening(caller, after=place or "0-0", job=id) as told:
        yield told


@router.get(
    "/{id}/events",
    summary="What happens to a job, as it happens; ends when the job is finished",
    description="Server-sent events `job`: everything since the beginning, or since `Last-Event-ID`.",
    response_class=EventSourceResponse,
    responses=errors("not-found", "too-many-streams"),
    openapi_extra=needs("job.read"),
)
async def follow_job(
    caller: Caller, id: Id, followed: Annotated[Stream, Depends(_followed)]
) -> AsyncIterator[ServerSentEvent]:
    async with aclosing(followed):
        async for event in followed:
            assert isinstance(event, LiveEvent)
            yield ServerSentEvent(data=event, event="job", id=event.place)
            if event.to_state in jobs.FINISHED:
                last = (await run_sync(jobs.show_job, caller, id)).events[-1]
                if event.place.endswith(f"-{last.id}"):
                    return


@router.post(
    "/{id}/retry",
    summary="Let a failed or cancelled job run again",
    responses=errors("not-found", "job-state", "queue-draining"),
    openapi_extra=needs("job.manage"),
)
def retry_job(caller: Caller, id: Id) -> Job:
    (job,) = jobs.retry_jobs(caller, [id])
    return job


@router.post(
    "/{id}/cancel",
    summary="Cancel a job: at once, or by asking the worker that runs it",
    responses=errors("not-found", "job-state"),
    openapi_extra=needs("job.manage"),
)
def cancel_job(caller: Caller, id: Id) -> Cancelled:
    (cancelled,) = jobs.cancel_jobs(caller, [id])
    return cancelled
