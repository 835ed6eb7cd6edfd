"""Errors on the wire: one status a kind, RFC 9457 documents, never a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from placeops_api.words import on_the_wire, place, sentence
from tasks.errors import Kind, PlaceopsError
from tasks.problems import problem, understood

log = logging.getLogger("placeops.api")

MEDIA_TYPE = "application/problem+json"
SHOWN_ERRORS = 20

STATUS: Mapping[Kind, int] = {
    Kind.FAILED: 500,
    Kind.INVALID: 422,
    Kind.UNAVAILABLE: 503,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.UNAUTHENTICATED: 401,
    Kind.LIMITED: 429,
    Kind.DECLINED: 409,
    Kind.STILL_RUNNING: 504,
    Kind.LOCKED: 409,
}
_STATUS_OF_CODE = {
    "method-not-allowed": 405,
    "body-too-slow": 408,
    "precondition-failed": 412,
    "body-too-large": 413,
    "media-type": 415,
    "precondition-required": 428,
}
_CODE_OF_BODY = {408: "body-too-slow", 413: "body-too-large"}
_FOR_THE_LOG = {"database-unreachable": "PostgreSQL does not answer"}
"""Sentences that may say where the servers stand, and what is told instead: not everybody who asks has signed in."""
_RETRY_AFTER_SECONDS = {"selection-pending": 1, "still-running": 1, "locked": 5, "database-busy": 1}


def status_of(error: PlaceopsError) -> int:
    """The HTTP status of an error of the registry."""
    return _STATUS_OF_CODE.get(error.code, STATUS[error.kind])


def request_id_of(request: Request) -> str | None:
    """The id under which this request is logged; None outside of the frame."""
    return getattr(request.state, "request_id", None)


def respond(
    error: PlaceopsError, request_id: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    """The error as a response, with Retry-After where trying again makes sense."""
    status = status_of(error)
    document = problem(on_the_wire(error)) | {"status": status, "request_id": request_id}
    document["detail"] = _FOR_THE_LOG.get(error.code, document["detail"])
    retry = _RETRY_AFTER_SECONDS.get(error.code, 5 if status == 503 else None)
    retry = error.details.get("retry_after_seconds", retry)
    extra = {} if retry is None else {"Retry-After": str(retry)}
    if status == 408:
        extra["Connection"] = "close"
    if status == 401:
        extra["WWW-Authenticate"] = 'Bearer realm="placeops"'
    # What came in may hold half a surrogate pair, which UTF-8 cannot carry back.
    body = json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return Response(body, status, dict(headers or {}) | extra, MEDIA_TYPE)


async def translate(error: Exception, request_id: str | None) -> PlaceopsError:
    """Any exception as an error of the registry; what nobody foresaw goes to the log, not into the answer."""
    # Looking at the schema may need the database, which must not hold up the event loop.
    known = await run_sync(understood, error)
    if known.code not in ("internal", "file-unreadable", "file-unwritable"):
        log.warning("%s", known, extra={"request_id": request_id, "code": known.code})
        return known
    log.error("unexpected error", exc_info=error, extra={"request_id": request_id})
    return PlaceopsError(
        "internal", "placeOps failed on this request", "look for the request id in the API's log"
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Answer an error that a service raised on purpose."""
    assert isinstance(error, PlaceopsError)
    request_id = request_id_of(request)
    if error.code in _FOR_THE_LOG:
        log.warning("%s", error, extra={"request_id": request_id, "code": error.code})
    return respond(error, request_id)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown addresses and methods, bodies that cannot be read."""
    assert isinstance(error, HTTPException)
    # The framework names the methods of the first route that fits, not of all.
    headers = {"Allow": ", ".join(_methods_at(request))} if error.status_code == 405 else None
    return respond(_of_http(request, error), request_id_of(request), headers)


def _path(request: Request) -> str:
    # As the routes were matched: a URL leaves out tabs and line ends.
    return str(request.scope["path"])


def _methods_at(request: Request) -> list[str]:
    routes: Sequence[APIRoute] = request.app.state.routes
    asked = _path(request)
    fitting = [route for route in routes if route.path_regex.match(asked)]
    # A path that is written out is no id: /jobs/retry is not the job "retry".
    fitting = [route for route in fitting if route.path == asked] or fitting
    # What is no route is a file of the console.
    return sorted({method for route in fitting for method in route.methods or ()}) or ["GET", "HEAD"]


def _of_http(request: Request, error: HTTPException) -> PlaceopsError:
    if error.status_code == 405:
        return PlaceopsError("method-not-allowed", f"{request.method} is not possible on {_path(request)}")
    if error.status_code in _CODE_OF_BODY:
        return PlaceopsError(_CODE_OF_BODY[error.status_code], str(error.detail))
    if error.status_code == 404:
        return PlaceopsError("not-found", f"there is nothing at {_path(request)}", "GET /openapi.json")
    return PlaceopsError("invalid-input", "the body cannot be read", "send JSON in UTF-8")


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer input of the wrong shape, naming every place (the first twenty of them)."""
    assert isinstance(error, RequestValidationError)
    methods = _methods_at(request)
    if request.method not in methods:  # /jobs/retry was taken for the job "retry"
        refused = HTTPException(405, headers={"Allow": ", ".join(methods)})
        return await on_http_exception(request, refused)
    found: dict[str, str] = {}
    for one in error.errors():
        found.setdefault(_pointer(one["loc"], error.body, absent=one["type"] == "missing"), sentence(one))
    pointer, first = next(iter(found.items()))
    errors = [{"pointer": place, "detail": text} for place, text in list(found.items())[:SHOWN_ERRORS]]
    invalid = PlaceopsError(
        "invalid-input",
        f"{place(pointer)}: {first}",
        "correct it; GET /openapi.json describes every input",
        field=pointer or None,
        details={"errors": errors, "count": len(found)},
    )
    return respond(invalid, request_id_of(request))


def _pointer(loc: Sequence[str | int], body: object, *, absent: bool) -> str:
    """A JSON pointer; what pydantic adds below the offending value is a name of its own, not a place."""
    if loc[0] != "body":
        return f"/{loc[-1]}"
    parts: list[str] = []
    inside = body
    for part in loc[1:]:
        if isinstance(inside, dict) and (absent or part in inside):
            inside = inside.get(part)
        elif isinstance(inside, list) and isinstance(part, int):
            inside = inside[part]
        else:
            break
        parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)
