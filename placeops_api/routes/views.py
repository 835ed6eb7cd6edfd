"""Analytics: the materialised views, each with its age."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Name
from tasks.services import views
from tasks.services.jobs import Job
from tasks.services.paging import Page
from tasks.services.views import MOST_ROWS, View, ViewData

router = APIRouter(prefix="/views", tags=["views"])

Rows = Annotated[int, Query(description="Rows at most", ge=1, le=MOST_ROWS)]


@router.get("", summary="Every view and how old it is", openapi_extra=needs("view.read"))
def list_views(caller: Caller) -> Page[View]:
    return Page(views.list_views(caller), None)


@router.get(
    "/{name}",
    summary="A view's rows, with the time they are of",
    responses=errors("not-found"),
    openapi_extra=needs("view.read"),
)
def show_view(caller: Caller, name: Name, limit: Rows = 200) -> ViewData:
    return views.show_view(caller, name, limit=limit)


@router.post(
    "/{name}/refresh",
    status_code=202,
    summary="Refresh a view, as a job",
    responses=errors("not-found", "queue-draining"),
    openapi_extra=needs("view.refresh"),
)
def refresh_view(caller: Caller, name: Name, response: Response) -> Job:
    (job,) = views.refresh_views(caller, [name])
    response.headers["Location"] = f"/jobs/{job.id}"
    return job
