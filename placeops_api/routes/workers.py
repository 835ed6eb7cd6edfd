"""The processes that run jobs or keep time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from placeops_api.identity import Caller
from placeops_api.openapi import needs
from tasks.services import workers
from tasks.services.paging import Page
from tasks.services.workers import WorkerProcess

router = APIRouter(prefix="/workers", tags=["workers"])

All = Annotated[bool, Query(description="Also those that stopped or were lost within the last day")]


@router.get("", summary="Worker processes and the jobs that they hold", openapi_extra=needs("queue.read"))
def list_workers(caller: Caller, all: All = False) -> Page[WorkerProcess]:
    return Page(workers.list_workers(caller, all=all), None)
