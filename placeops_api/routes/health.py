"""Whether the process lives, and whether it can serve requests."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from placeops_api.opening import opened
from tasks.errors import PlaceopsError
from tasks.services import health
from tasks.services.health import Readiness

router = APIRouter(tags=["health"])


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
