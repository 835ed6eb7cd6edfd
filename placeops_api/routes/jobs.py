"""Jobs: list, show with their events, retry, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from placeops_api.identity import Caller, Standing
from placeops_api.job_bodies import CancelBody, RetryBody
from placeops_api.live import LastEventId, Stream, live_of
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, DriveFilter, Id, JobState, JobType, Limit, Time
from placeops_api.words import NO_NUL
from tasks.services import job_sets, jobs
from tasks.services.job_sets import JobCounts, MovedJobs
from tasks.services.jobs import Cancelled, Job, JobFilter, JobStory
from tasks.services.live import LiveEvent
from tasks.services.paging import Page

router = APIRouter(prefix="/jobs", tags=["jobs"])

By = Annotated[str | None, Query(description="Who or what asked for the job", max_length=254, pattern=NO_NUL)]
Since = Annotated[Time | None, Query(description="Created at or after this time (RFC 3339)")]


@router.get("", summary="Jobs, newest first", responses=errors("not-found"), openapi_extra=needs("job.read"))
def list_jobs(
    caller: Caller,
    state: JobState = None,
    type: JobType = None,
    drive: DriveFilter = None,
    by: By = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Job]:
    return jobs.list_jobs(caller, JobFilter(state, type, drive, by, since), limit=limit, cursor=cursor)


@router.get(
    "/counts",
    summary="How many jobs there are, by state and type",
    responses=errors("not-found"),
    openapi_extra=needs("job.read"),
)
def count_jobs(
    caller: Caller, type: JobType = None, drive: DriveFilter = None, by: By = None, since: Since = None
) -> JobCounts:
    return job_sets.count_jobs(caller, JobFilter(None, type, drive, by, since))


@router.post(
    "/retry",
    summary="Let the failed jobs that fit run again, 1,000 at most; a dry run says how many that are",
    responses=errors("not-found", "job-state", "queue-draining"),
    openapi_extra=needs("job.manage"),
)
def retry_jobs(caller: Caller, body: RetryBody) -> MovedJobs:
    return job_sets.retry_matching(caller, body.filter(), ids=body.ids, dry_run=body.dry_run)


@router.post(
    "/cancel",
    summary="Cancel the unfinished jobs that fit, 1,000 at most; a dry run says how many that are",
    responses=errors("not-found"),
    openapi_extra=needs("job.manage"),
)
def cancel_jobs(caller: Caller, body: CancelBody) -> MovedJobs:
    return job_sets.cancel_matching(caller, body.filter(), ids=body.ids, dry_run=body.dry_run)


@router.get(
    "/{id}",
    summary="One job and everything that happened to it",
    responses=errors("not-found"),
    openapi_extra=needs("job.read"),
)
def show_job(caller: Caller, id: Id) -> JobStory:
    return jobs.show_job(caller, id)


async def _followed(
    request: Request, caller: Caller, stands: Standing, id: Id, place: LastEventId = ""
) -> AsyncIterator[Stream]:
    await run_sync(jobs.show_job, caller, id)
    async with live_of(request).listening(caller, stands, after=place or "0-0", job=id) as told:
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
