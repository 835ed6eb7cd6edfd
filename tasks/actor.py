"""Who is asking: every service function is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program behind a request; `request_id` ties a job's log lines to the request that asked for it."""

    name: str
    request_id: str | None = None


SYSTEM = Actor("system")
