"""Jobs, as operators see them: list, look into, wait for, retry, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.exc import IntegrityError

from sql.engine import constraint_of, transaction
from sql.tables import JOB_STATES, job_events, job_types, jobs, placement_drives, workers
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import draining, ledger
from tasks.permissions import PERMISSIONS, Grant
from tasks.services import access, audit, job_words
from tasks.services.paging import BIGGEST_ID, Page, check_limit, id_cursor, page

FINISHED = ("completed", "failed", "cancelled")
POLL_SECONDS = (0.01, 0.25)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `about` says in words what it does.

    `crashes` counts workers that died of it, `failures` errors that the work raised.
    """

    id: int
    type: str
    about: str
    state: str
    drive_id: int | None
    attempt: int
    failures: int
    crashes: int
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    reason: str | None
    error: str | None
    created_by: str
    request_id: str | None
    parent_id: int | None
    worker_id: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    run_at: datetime | None
    cancel_requested_at: datetime | None
    payload: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in FINISHED


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One transition; `host` and `pid` of its worker for as long as that one is remembered."""

    id: int
    at: datetime
    from_state: str | None
    to_state: str
    attempt: int
    worker_id: int | None
    host: str | None
    pid: int | None
    why: str | None


@dataclass(frozen=True, slots=True)
class JobStory:
    """A job and everything that happened to it, oldest first."""

    job: Job
    events: list[JobEvent]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a cancel request: `cancelled`, `requested` (it is running), or `finished` (too late).

    `effects`: `nothing applied` or `fully applied`, there is nothing between; None while that is open.
    """

    job: Job
    outcome: str
    effects: str | None


_drives = placement_drives.c
_PLAIN = [name for name in Job.__dataclass_fields__ if name not in ("about", "crashes")]
_COLUMNS = [
    *(jobs.c[name] for name in _PLAIN),
    func.cardinality(jobs.c.crashed_by).label("crashes"),
    *job_words.COLUMNS,
]


def _job(row: RowMapping) -> Job:
    own = {name: value for name, value in row.items() if name not in job_words.NAMES}
    return Job(**own, about=job_words.about(row))


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: in a state, of a type, of a drive (by id or code), by whom, created since."""

    state: str | None = None
    type: str | None = None
    drive: str | None = None
    by: str | None = None
    since: datetime | None = None


EVERY = JobFilter()


def list_jobs(
    actor: Actor, which: JobFilter = EVERY, *, limit: int = 50, cursor: str | None = None
) -> Page[Job]:
    """Jobs, newest first, those that the filter leaves; not those of test drives unless one is named.

    Raises invalid-input for an unknown state, not-found for an unknown type or drive.
    """
    check_limit(limit)
    before = id_cursor(cursor)
    wanted = select(*_COLUMNS).order_by(jobs.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(jobs.c.id < before)
    with transaction(read_only=True) as tx:
        wanted = wanted.where(in_sight(tx, actor), *matching(tx, actor, which))
        found = [_job(row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda job: job.id)


def matching(tx: Connection, actor: Actor, which: JobFilter) -> list[ColumnElement[bool]]:
    """What is true of the jobs that the filter leaves. Raises invalid-input, not-found."""
    if which.state is not None and which.state not in JOB_STATES:
        fix = f"one of {', '.join(JOB_STATES)}"
        raise PlaceopsError("invalid-input", f"no such state: {which.state!r}", fix, field="/state")
    found = []
    if which.drive is None:
        found.append(~exists().where(_drives.id == jobs.c.drive_id, _drives.is_test))
    else:
        found.append(jobs.c.drive_id == access.drive_in_sight(tx, actor, which.drive, "drive.read").id)
    if which.state is not None:
        found.append(jobs.c.state == which.state)
    if which.type is not None:
        require_types(tx, [which.type])
        found.append(jobs.c.type == which.type)
    if which.by is not None:
        found.append(jobs.c.created_by == which.by.replace("\0", ""))
    if which.since is not None:
        found.append(jobs.c.created_at >= which.since)
    return found


def require_types(tx: Connection, names: Sequence[str]) -> None:
    """Raises not-found for a job type that does not exist, naming those that do."""
    known = set(tx.scalars(select(job_types.c.name)))
    for name in names:
        if name not in known:
            raise PlaceopsError(
                "not-found",
                f"no such job type: {name!r}",
                f"one of {', '.join(sorted(known))}",
                field="/type",
            )


def in_sight(tx: Connection, actor: Actor) -> ColumnElement[bool]:
    """Somebody's own jobs are those they asked for, those of the drives they manage, and every refresh of a view."""
    if access.require(actor, "job.read") is Grant.ALL:
        return true()
    own = (jobs.c.created_by == actor.name) | (jobs.c.type == "refresh-materialized-views")
    if PERMISSIONS["drive.write"].grant(actor.role) is Grant.NONE:
        return own
    managed = access.drives_in_sight(tx, actor, "drive.write") or []
    return own | (jobs.c.drive_id == func.any(literal(managed, ARRAY(Integer))))


def _load(tx: Connection, ids: Sequence[int], inside: ColumnElement[bool]) -> list[Job]:
    storable = [wanted for wanted in ids if 0 < wanted <= BIGGEST_ID]
    rows = tx.execute(select(*_COLUMNS).where(jobs.c.id.in_(storable), inside)).mappings()
    found = {row["id"]: _job(row) for row in rows}
    for wanted in ids:
        if wanted not in found:
            raise PlaceopsError("not-found", f"no such job: {wanted}", "placeops job list")
    return [found[wanted] for wanted in ids]


def get_jobs(actor: Actor, ids: Sequence[int]) -> list[Job]:
    """Several jobs in the order of their ids given. Raises not-found for the first that does not exist."""
    with transaction(read_only=True) as tx:
        return _load(tx, ids, in_sight(tx, actor))


def read_job(job_id: int) -> Job:
    """The job that a service has just asked for, whoever asked for it first."""
    with transaction(read_only=True) as tx:
        return _load(tx, [job_id], true())[0]


def show_job(actor: Actor, job_id: int) -> JobStory:
    """One job with its story. Raises not-found."""
    names = [name for name in JobEvent.__dataclass_fields__ if name not in ("host", "pid")]
    story = (
        select(*(job_events.c[name] for name in names), workers.c.host, workers.c.pid)
        .outerjoin(workers, workers.c.id == job_events.c.worker_id)
        .where(job_events.c.job_id == job_id)
    )
    with transaction(read_only=True, snapshot=True) as tx:
        job = _load(tx, [job_id], in_sight(tx, actor))[0]
        events = [JobEvent(**row) for row in tx.execute(story.order_by(job_events.c.id)).mappings()]
    return JobStory(job, events)


def wait_for(
    actor: Actor,
    ids: Sequence[int],
    *,
    timeout: float | None = None,
    look: Callable[[list[Job]], object] = lambda found: None,
) -> list[Job]:
    """Wait until all of them are finished, `timeout` seconds at most (None: for ever); returns them as they then stand.

    `look` hears how they stand, again and again, the last time included. Raises still-running when the time is over;
    the jobs go on.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    pause, longest = POLL_SECONDS
    while True:
        found = get_jobs(actor, ids)
        look(found)
        open_ones = [job for job in found if not job.finished]
        if not open_ones:
            return found
        if deadline is not None and time.monotonic() >= deadline:
            raise _still_running(open_ones[0], timeout)
        time.sleep(pause)
        pause = min(pause * 1.2, longest)


def _still_running(job: Job, timeout: float | None) -> PlaceopsError:
    message = f"job {job.id} ({job.type}) is still {job.state} after {timeout:g} s"
    return PlaceopsError("still-running", message, f"placeops job watch {job.id}")


def retry_jobs(actor: Actor, ids: Sequence[int]) -> list[Job]:
    """Let failed or cancelled jobs run again with fresh budgets.

    Raises not-found, or job-state for a job that is neither failed nor cancelled, or whose input waits in another job,
    or queue-draining.
    """
    access.require(actor, "job.manage")
    with transaction() as tx, one_job_an_input():
        before = _load(tx, ids, true())
        moved = ledger.retry(tx, ids, actor.name)
        for job in before:
            if job.id not in moved:
                raise _not_retried(tx, job)
            audit.record(
                tx, actor, "job.retry", "job", job.id, before={"state": job.state, "reason": job.reason}
            )
    return get_jobs(actor, ids)


def _not_retried(tx: Connection, job: Job) -> PlaceopsError:
    """Why the ledger left this job out; raises queue-draining where that is the reason."""
    why = f"job {job.id} is {job.state} and cannot be retried"
    if job.state in ("failed", "cancelled"):
        draining.require_open(tx, ledger.types_of(tx, [job.id]))
        why = f"job {job.id} cannot be retried: another job for the same input waits already"
    return PlaceopsError("job-state", why, f"placeops job show {job.id}")


@contextmanager
def one_job_an_input() -> Iterator[None]:
    """Somebody else may queue a job for the same input between a retry's look and its write."""
    try:
        yield
    except IntegrityError as error:
        if constraint_of(error) != "jobs_queued_once":
            raise
        raise PlaceopsError(
            "job-state", "another job for the same input was queued at this moment", "placeops job list"
        ) from error


def cancel_jobs(actor: Actor, ids: Sequence[int]) -> list[Cancelled]:
    """Cancel jobs: waiting and delayed ones at once, running ones are asked to stop. Raises not-found."""
    access.require(actor, "job.manage")
    with transaction() as tx:
        _load(tx, ids, true())
        outcomes = ledger.cancel(tx, ids, actor.name)
        for job_id, outcome in outcomes.items():
            audit.record(tx, actor, "job.cancel", "job", job_id, after={"outcome": outcome})
    return [cancelled(job, outcomes.get(job.id, "finished")) for job in get_jobs(actor, ids)]


def cancelled(job: Job, outcome: str) -> Cancelled:
    """The answer to a cancel request, by how the job stands now."""
    effects = "fully applied" if job.state == "completed" else "nothing applied" if job.finished else None
    return Cancelled(job, outcome, effects)
