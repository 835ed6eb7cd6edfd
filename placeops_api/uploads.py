"""Files that are a request's whole body: which routes take them, types and sizes; they go to disk as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.requests import ClientDisconnect

from tasks.errors import PlaceopsError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """What a route takes; none of the types is one that an HTML form can send."""

    types: tuple[str, ...]
    most_bytes: int
    most_seconds: float

    def described(self) -> dict[str, Any]:
        """The body in OpenAPI's words, with an example."""
        schema = {"type": "string", "format": "binary"}
        content = {kind: {"schema": schema, "example": EXAMPLE} for kind in self.types}
        return {"requestBody": {"required": True, "content": content}}


EXAMPLE = "roll_no,name,branch,cgpa\n0108CS211042,Asha Rao,CSE,8.52\n"
# The roster of a state university: 800,000 rows of some 120 bytes.
ROSTER = Upload(("text/csv", "application/octet-stream"), 256 * 1024 * 1024, 1800)

UPLOADS: Mapping[str, Upload] = {"/students/import": ROSTER}
"""The paths that take a file."""


@asynccontextmanager
async def spooled(request: Request) -> AsyncIterator[BinaryIO]:
    """The body as a file on disk, gone when the block ends. Raises file-unreadable when it breaks off."""
    with TemporaryFile() as file:
        waiting = bytearray()
        try:
            async for chunk in request.stream():
                waiting += chunk
                if len(waiting) >= _BLOCK:
                    await run_sync(file.write, bytes(waiting))
                    waiting.clear()
        except ClientDisconnect:
            raise PlaceopsError(
                "file-unreadable", "the file did not arrive to its end", "send it again"
            ) from None
        await run_sync(file.write, bytes(waiting))
        file.seek(0)
        yield file
