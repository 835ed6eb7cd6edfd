"""Whether the process lives, and whether it can serve requests."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from placeops_api.identity import Caller
from placeops_api.metrics import CONTENT_TYPE, text_of
from placeops_api.openapi import needs
from placeops_api.opening import opened
from tasks.errors import PlaceopsError
from tasks.services import health, metrics
from tasks.services.health import Readiness, Status

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    dependencies=[Depends(opened)],
    openapi_extra=needs("system.read"),
)
def show_metrics(request: Request, caller: Caller) -> Response:
    state = request.app.state
    found = text_of(state.requests, metrics.figures(caller, state.counters))
    return Response(found, media_type=CONTENT_TYPE)


@router.get(
    "/status",
    summary="Everything that matters, on one screen: services, queues, ages, and what needs attention",
    dependencies=[Depends(opened)],
    openapi_extra=needs("system.read"),
)
def show_status(caller: Caller) -> Status:
    return health.status(caller)


# On the event loop: it answers while every thread waits for a database that does not.
@router.get("/livez", summary="The process answers; nothing else is asked")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@router.get(
    "/readyz", summary="Requests can be served; without Redis they still can", dependencies=[Depends(opened)]
)
def ready() -> Readiness:
    found = health.readiness()
    if not found.ready:
        raise PlaceopsError("database-unreachable", f"not ready: {found.database}", "placeops doctor")
    return found
