"""Many jobs at once: how many there are, and retrying or cancelling those that fit a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, union_all

from sql.engine import transaction, undo
from sql.tables import JOB_STATES, jobs
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import draining, ledger
from tasks.services import access, audit
from tasks.services.jobs import EVERY, JobFilter, in_sight, matching, one_job_an_input

MOST = 1000
"""How many jobs one act may move."""
NEWEST_FINISHED = 10_000
OPEN_ENDED = ("waiting", "delayed", "active", "failed")
RETRIED = ("failed", "cancelled")
CANCELLED = ("waiting", "delayed", "active")


@dataclass(frozen=True, slots=True)
class JobCounts:
    """Jobs by state, over all types and of each.

    Completed and cancelled ones are counted among the newest 10,000 that ended; `more`: there are older ones.
    """

    states: dict[str, int]
    types: dict[str, dict[str, int]]
    more: bool


@dataclass(frozen=True, slots=True)
class MovedJobs:
    """What became of the jobs that fit: `matched` of them, `ids` moved, `left_out` could not be.

    Left out by a retry: those whose input waits in another job, and those of types that accept nothing new; by a
    cancel: those that ended meanwhile. `more` were beyond the thousand of one act.
    """

    matched: int
    ids: list[int]
    left_out: int
    more: int
    dry_run: bool


def count_jobs(actor: Actor, which: JobFilter = EVERY) -> JobCounts:
    """Jobs by state and type, those that the filter leaves. Raises as `list_jobs`."""
    with transaction(read_only=True) as tx:
        inside = [in_sight(tx, actor), *matching(tx, actor, which)]
        parts = [_counted([jobs.c.state == state, *inside]) for state in OPEN_ENDED]
        newest = select(jobs.c.id).where(jobs.c.finished_at.is_not(None))
        newest = newest.order_by(jobs.c.finished_at.desc()).limit(NEWEST_FINISHED)
        ended = jobs.c.state.in_(("completed", "cancelled"))
        rows = tx.execute(union_all(*parts, _counted([jobs.c.id.in_(newest), ended, *inside]))).all()
        looked = tx.scalar(select(func.count()).select_from(newest.limit(NEWEST_FINISHED + 1).subquery()))
    states, types = Counter[str](), dict[str, dict[str, int]]()
    for row in rows:
        states[row.state] += row.jobs
        types.setdefault(row.type, dict.fromkeys(JOB_STATES, 0))[row.state] += row.jobs
    return JobCounts({state: states[state] for state in JOB_STATES}, types, (looked or 0) > NEWEST_FINISHED)


def _counted(where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Apart for each state: each has an index of its own, which one over all of them would not be answered from."""
    columns = (jobs.c.type, jobs.c.state, func.count().label("jobs"))
    return select(*columns).where(*where).group_by(jobs.c.type, jobs.c.state)


def retry_matching(
    actor: Actor, which: JobFilter = EVERY, *, ids: Sequence[int] | None = None, dry_run: bool = False
) -> MovedJobs:
    """Retry the failed jobs (or, by the filter's state, the cancelled ones) that fit, oldest first, 1,000 at most.

    With `ids` those of them that fit. A dry run counts what would be moved, by the same steps. Raises forbidden,
    invalid-input, not-found, and queue-draining for a type that accepts nothing new.
    """
    access.require(actor, "job.manage")
    states = RETRIED if ids is not None and which.state is None else (which.state or "failed",)
    _check_states(states, RETRIED, "retried")
    with transaction() as tx, one_job_an_input():
        if which.type is not None:
            draining.require_open(tx, [which.type])
        chosen, matched = _chosen(tx, actor, which, states, ids)
        moved = sorted(ledger.retry(tx, list(chosen), actor.name))
        if dry_run:
            undo(tx)
        else:
            for state, these in _grouped({job: chosen[job] for job in moved}):
                audit.record_each(tx, actor, "job.retry", "job", these, before={"state": state})
    return MovedJobs(matched, moved, len(chosen) - len(moved), matched - len(chosen), dry_run)


def cancel_matching(
    actor: Actor, which: JobFilter = EVERY, *, ids: Sequence[int] | None = None, dry_run: bool = False
) -> MovedJobs:
    """Cancel the unfinished jobs (or those of the filter's state) that fit, oldest first, 1,000 at most.

    Active ones are asked to stop. With `ids` those of them that fit. Raises forbidden, invalid-input, not-found.
    """
    access.require(actor, "job.manage")
    states = CANCELLED if which.state is None else (which.state,)
    _check_states(states, CANCELLED, "cancelled")
    with transaction() as tx:
        chosen, matched = _chosen(tx, actor, which, states, ids)
        outcomes = ledger.cancel(tx, list(chosen), actor.name)
        if dry_run:
            undo(tx)
        else:
            for outcome, these in _grouped(outcomes):
                audit.record_each(tx, actor, "job.cancel", "job", these, after={"outcome": outcome})
    return MovedJobs(matched, sorted(outcomes), len(chosen) - len(outcomes), matched - len(chosen), dry_run)


def _check_states(states: Sequence[str], movable: Sequence[str], what: str) -> None:
    for state in states:
        if state not in movable:
            message, fix = f"{state} jobs cannot be {what}", f"one of {', '.join(movable)}"
            raise PlaceopsError("invalid-input", message, fix, field="/state")


def _chosen(
    tx: Connection, actor: Actor, which: JobFilter, states: Sequence[str], ids: Sequence[int] | None
) -> tuple[dict[int, str], int]:
    """Those that an act takes up with their states, and how many fit."""
    if ids is not None and len(ids) > MOST:
        message = f"{len(ids):,} jobs are named; an act takes {MOST:,}"
        raise PlaceopsError(
            "invalid-input", message, "name fewer, or say which by state and type", field="/ids"
        )
    where = [jobs.c.state.in_(states), *matching(tx, actor, replace(which, state=None))]
    if ids is not None:
        where.append(jobs.c.id.in_(ids))
    fitting = select(jobs.c.id, jobs.c.state).where(*where)
    matched: int = tx.execute(select(func.count()).select_from(fitting.subquery())).scalar_one()
    return {row.id: row.state for row in tx.execute(fitting.order_by(jobs.c.id).limit(MOST))}, matched


def _grouped(values: Mapping[int, str]) -> Iterator[tuple[str, list[int]]]:
    """The jobs of each value."""
    for value in sorted(set(values.values())):
        yield value, sorted(job for job, found in values.items() if found == value)
