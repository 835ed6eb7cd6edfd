"""The application: the routes of every noun inside one frame."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from placeops_api import openapi, problems
from placeops_api.frame import Frame
from placeops_api.opening import THREADS, Opening, opened
from placeops_api.params import only_declared_query
from placeops_api.routes import (
    drives,
    eligibility,
    exports,
    health,
    jobs,
    queues,
    registrations,
    schedules,
    students,
    views,
    workers,
)
from tasks.errors import PlaceopsError

NOUNS = (drives, eligibility, registrations, exports, students, jobs, queues, views, workers, schedules)


def create_app() -> FastAPI:
    """The API with all routes; opens nothing until it is started."""
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
    app.add_middleware(Frame)
    app.state.opening = Opening()
    app.state.routes = [route for noun in (health, *NOUNS) for route in noun.router.routes]
    app.include_router(health.router)
    for noun in NOUNS:
        app.include_router(noun.router, dependencies=[Depends(opened)])
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app


def _version() -> str:
    try:
        return version("placeops")
    except PackageNotFoundError:
        return "unknown"


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    yield
