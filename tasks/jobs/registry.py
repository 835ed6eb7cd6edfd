"""The job types: for each its name, what it prepares, what it applies and which input it stands for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection

from tasks.errors import PlaceopsError

Payload = Mapping[str, Any]
Result = dict[str, Any]


class ExpectedFailure(Exception):
    """The work can never succeed (the drive is gone, say): the job fails at once, with this reason and sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(slots=True)
class ActiveJob:
    """A claimed job as its handler sees it; `attempt` is the fencing token."""

    id: int
    type: str
    attempt: int
    payload: Payload
    drive_id: int | None
    created_by: str
    request_id: str | None
    max_seconds: int
    failures: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)
    timed_out: bool = False
    phase: dict[str, Any] | None = None

    def progress(self, phase: str, done: int | None = None, total: int | None = None) -> None:
        """Tell the operator where the job is; kept in memory, written with the next heartbeat."""
        counts = {} if done is None else {"done": done, "total": total}
        self.phase = {"phase": phase} | counts


@dataclass(frozen=True, slots=True)
class JobType:
    """One kind of work.

    `prepare` runs first, outside of any transaction of ours (an export writes its file there). `apply` runs inside the
    transaction that also completes the job: its effects and the completion are one commit. `unique_key` names the
    input: while a job with the same key waits, a second request is answered with that job. `leads_to` names the job
    type that the completion may ask for.
    """

    name: str
    apply: Callable[[Connection, ActiveJob, Any], Result]
    unique_key: Callable[[Payload], str | None]
    prepare: Callable[[ActiveJob], Any] | None = None
    leads_to: Callable[[Payload], str | None] = lambda payload: None


@cache
def job_types() -> Mapping[str, JobType]:
    """Every job type by name; imports their modules."""
    from tasks.jobs import (
        auto_publish,
        eligibility_filter,
        export_registrations,
        prune_jobs,
        refresh_views,
        remove_expired_exports,
    )

    modules = (
        auto_publish,
        eligibility_filter,
        export_registrations,
        prune_jobs,
        refresh_views,
        remove_expired_exports,
    )
    return {module.JOB_TYPE.name: module.JOB_TYPE for module in modules}


def require_known(names: Sequence[str]) -> None:
    """Raises invalid-input for a job type that does not exist, naming those that do."""
    unknown = [name for name in names if name not in job_types()]
    if unknown:
        raise PlaceopsError(
            "invalid-input",
            f"no such job type: {', '.join(unknown)}",
            f"--types or PLACEOPS_JOB_TYPES: one or more of {', '.join(sorted(job_types()))}",
        )
