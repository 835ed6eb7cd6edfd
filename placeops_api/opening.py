"""The API starts without its database and opens it at the first request that needs it; until then, 503."""

from __future__ import annotations

from threading import Lock

from anyio.to_thread import run_sync
from fastapi import Request

from tasks.errors import Kind, PlaceopsError
from tasks.problems import understood
from tasks.runtime import open_runtime

THREADS = 16
"""Requests served at the same time, each on one database connection."""
# Two jobs may run inline at a time, each with a heartbeat and a snapshot of its own.
POOL_SIZE = THREADS + 4
PATIENCE_SECONDS = 6


class Opening:
    """Opens the process's runtime once; one thread tries, the others wait for it a moment."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.done = False

    def try_now(self) -> None:
        """Return when the runtime is open; raises what `open_runtime` raises."""
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise PlaceopsError("database-unreachable", "PostgreSQL does not answer", "placeops doctor")
        try:
            if not self.done:
                _open()
                self.done = True
        finally:
            self._lock.release()


def _open() -> None:
    try:
        open_runtime("placeops api", pool_size=POOL_SIZE)
    except Exception as error:
        told = understood(error)
        if told.kind is Kind.INVALID:
            # How the process is configured is not the caller's mistake.
            raise PlaceopsError("not-configured", told.message, told.fix) from error
        raise


async def opened(request: Request) -> None:
    """For every route that needs the database. Raises as `Opening.try_now`."""
    opening: Opening = request.app.state.opening
    if not opening.done:
        await run_sync(opening.try_now)
