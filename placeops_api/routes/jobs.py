"""Jobs: list, show with their events, retry, cancel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from placeops_api.openapi import errors
from placeops_api.params import Caller, Cursor, Id, JobState, Limit, Time, Word
from tasks.services import jobs
from tasks.services.jobs import Cancelled, Job, JobStory
from tasks.services.paging import Page

router = APIRouter(prefix="/jobs", tags=["jobs"])

Since = Annotated[Time | None, Query(description="Created at or after this time (RFC 3339)")]


@router.get("", summary="Jobs, newest first", responses=errors("not-found"))
def list_jobs(
    caller: Caller,
    state: JobState | None = None,
    type: Word = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Job]:
    return jobs.list_jobs(caller, state=state, type=type, since=since, limit=limit, cursor=cursor)


@router.get("/{id}", summary="One job and everything that happened to it", responses=errors("not-found"))
def show_job(caller: Caller, id: Id) -> JobStory:
    return jobs.show_job(caller, id)


@router.post(
    "/{id}/retry",
    summary="Let a failed or cancelled job run again",
    responses=errors("not-found", "job-state", "queue-draining"),
)
def retry_job(caller: Caller, id: Id) -> Job:
    (job,) = jobs.retry_jobs(caller, [id])
    return job


@router.post(
    "/{id}/cancel",
    summary="Cancel a job: at once, or by asking the worker that runs it",
    responses=errors("not-found", "job-state"),
)
def cancel_job(caller: Caller, id: Id) -> Cancelled:
    (cancelled,) = jobs.cancel_jobs(caller, [id])
    return cancelled
