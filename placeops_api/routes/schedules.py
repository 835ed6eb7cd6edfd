"""Schedules: what fires when, and firing one by hand."""

from __future__ import annotations

from fastapi import APIRouter, Response

from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Name
from tasks.services import schedules
from tasks.services.jobs import Job
from tasks.services.paging import Page
from tasks.services.schedules import Schedule

router = APIRouter(prefix="/schedules", tags=["schedules"])


@router.get("", summary="Schedules, their last fires and the next ones", openapi_extra=needs("schedule.read"))
def list_schedules(caller: Caller) -> Page[Schedule]:
    return Page(schedules.list_schedules(caller), None)


@router.post(
    "/{name}/enable",
    summary="Let a schedule fire again, from now on",
    responses=errors("not-found"),
    openapi_extra=needs("schedule.manage"),
)
def enable_schedule(caller: Caller, name: Name) -> Schedule:
    return schedules.set_enabled(caller, name, enabled=True)


@router.post(
    "/{name}/disable",
    summary="Let a schedule fire no more",
    responses=errors("not-found"),
    openapi_extra=needs("schedule.manage"),
)
def disable_schedule(caller: Caller, name: Name) -> Schedule:
    return schedules.set_enabled(caller, name, enabled=False)


@router.post(
    "/{name}/run",
    status_code=202,
    summary="Enqueue a schedule's job now",
    responses=errors("not-found", "queue-draining"),
    openapi_extra=needs("schedule.manage"),
)
def run_schedule(caller: Caller, name: Name, response: Response) -> Job:
    job = schedules.run_schedule(caller, name)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job
