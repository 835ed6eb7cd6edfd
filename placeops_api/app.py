"""The application: the routes of every noun inside one frame."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from placeops_api import hosting, openapi, problems
from placeops_api.frame import Frame
from placeops_api.guard import LOOPBACK_ONLY, Guard
from placeops_api.live import Live
from placeops_api.metrics import Requests
from placeops_api.opening import THREADS, Opening, opened
from placeops_api.params import only_declared_query
from placeops_api.routes import (
    attendance,
    audit,
    auth,
    drive_moves,
    drives,
    eligibility,
    exports,
    health,
    jobs,
    live,
    offers,
    preview,
    queues,
    registrations,
    rounds,
    schedules,
    students,
    tokens,
    users,
    views,
    workers,
)
from tasks.errors import PlaceopsError
from tasks.services.counters import Counters

NOUNS = (
    auth,
    drives,
    drive_moves,
    eligibility,
    preview,
    registrations,
    rounds,
    attendance,
    offers,
    exports,
    students,
    jobs,
    live,
    queues,
    views,
    workers,
    schedules,
    users,
    tokens,
    audit,
)


def create_app(guard: Guard = LOOPBACK_ONLY, console: Path = hosting.FOLDER) -> FastAPI:
    """The API with all routes, and the console where it is built; opens nothing until it is started."""
    app = FastAPI(
        title="placeOps",
        description="A college placement office: drives, selections, registrations, exports, jobs.",
        version=_version(),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        dependencies=[Depends(only_declared_query)],
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={
            PlaceopsError: problems.on_error,
            HTTPException: problems.on_http_exception,
            RequestValidationError: problems.on_invalid,
        },
    )
    if guard.origins:
        app.add_middleware(CORSMiddleware, **_cors(guard.origins))
    app.state.requests = Requests()
    app.state.counters = Counters()
    app.add_middleware(Frame, guard=guard, requests=app.state.requests)
    app.state.opening = Opening()
    app.state.live = Live()
    app.state.routes = [route for noun in (health, *NOUNS) for route in noun.router.routes]
    app.include_router(health.router)
    for noun in NOUNS:
        app.include_router(noun.router, dependencies=[Depends(opened)])
    hosting.host(app, console)
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app


def _cors(origins: frozenset[str]) -> dict[str, Any]:
    """What pages of these other sites may send and read; with a session's cookie too."""
    return {
        "allow_origins": sorted(origins),
        "allow_methods": ["GET", "POST", "PATCH", "DELETE"],
        "allow_headers": ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID"],
        "expose_headers": ["ETag", "Location", "Retry-After", "X-Request-ID"],
        "allow_credentials": True,
    }


def _version() -> str:
    try:
        return version("placeops")
    except PackageNotFoundError:
        return "unknown"


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    yield
