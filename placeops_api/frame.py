"""The frame around every request: id, guard, body limit, safe headers, a log line, never a traceback."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from placeops_api import hosting
from placeops_api.guard import LOOPBACK_ONLY, Guard
from placeops_api.metrics import Requests
from placeops_api.problems import respond, translate
from placeops_api.uploads import UPLOADS
from tasks.errors import PlaceopsError

log = logging.getLogger("placeops.api.access")

# 230,000 ids of up to 10 digits and a separator are about 3 MB.
MAX_BODY_BYTES = 8 * 1024 * 1024
BODY_SECONDS = 60.0
"""How long a body may take to arrive: the largest one at a megabit a second."""
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Frame:
    """ASGI middleware; everything below it runs under a request id and cannot leak an exception."""

    def __init__(
        self,
        app: ASGIApp,
        guard: Guard = LOOPBACK_ONLY,
        requests: Requests | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.app = app
        self.guard = guard
        self.requests = requests or Requests()
        self.max_body_bytes = max_body_bytes
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_for(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = hosting.headers(scope["path"], status)
                MutableHeaders(scope=message).update({**_SAFE_HEADERS, **own, "X-Request-ID": request_id})
            await send(message)

        try:
            upload = UPLOADS.get(scope["path"])
            most = upload.most_bytes if upload else self.max_body_bytes
            seconds = upload.most_seconds if upload else self.body_seconds
            refused = self.guard.refusal(scope["method"], scope["scheme"], headers, upload) or _too_large(
                headers, most
            )
            if refused:
                await respond(refused, request_id)(scope, receive, send_framed)
            else:
                await self.app(scope, _limited(receive, most, seconds), send_framed)
        except Exception as error:
            told = await translate(error, request_id)
            if not status:
                await respond(told, request_id)(scope, receive, send_framed)
        finally:
            took = time.perf_counter() - started
            self.requests.took(scope["method"], _route(scope), status, took)
            _log_access(scope, status, took, request_id)


def _too_large(headers: Headers, most: int) -> PlaceopsError | None:
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) <= most:
        return None
    return PlaceopsError("body-too-large", f"the body may have {most} bytes, not {length}")


def _limited(receive: Receive, most: int, seconds: float) -> Receive:
    """The body as it streams in: a length that was not declared or was a lie ends here, and so does a trickle."""
    taken, whole = 0, False
    deadline = asyncio.get_running_loop().time() + seconds

    async def receive_some() -> Message:
        nonlocal taken, whole
        if whole:  # what comes now is the client's leaving, and streams wait for that as long as they last
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"the body may take {seconds:.0f} s to arrive") from None
        whole = not message.get("more_body", False)
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, f"the body may have {most} bytes")
        return message

    return receive_some


def request_id_for(headers: Headers) -> str:
    """The caller's X-Request-ID where it is a plain word, else a new one."""
    offered = headers.get("x-request-id", "")
    return offered if _SANE_ID.fullmatch(offered) else secrets.token_hex(16)


def _route(scope: Scope) -> str:
    """The route's template, so that ids make no labels."""
    return getattr(scope.get("route"), "path", "none")


def _log_access(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    path = scope.get("raw_path", b"").decode("ascii", "replace")
    line = (scope["method"], path, status, seconds * 1000)
    log.info("%s %s %d %.1f ms", *line, extra={"request_id": request_id})
