"""The ledger: jobs are rows, their transitions are the statements of `sql/queries/ledger.sql`.

A job is written in the transaction of the change that asks for it: commit = queued. Whoever claims it gets a new
attempt number, the fence that every later move of that attempt must match; so effects are applied exactly once,
whatever dies in between. Redis only carries the news that there is work (see `doorbell`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from sql.engine import LEASE_SECONDS, after_commit, constraint_of, transaction
from sql.queries import query
from sql.tables import job_types as job_types_table
from tasks.jobs import delivery, doorbell, draining
from tasks.jobs.registry import ActiveJob, Payload, Result, job_types

MAX_FAILURES = 3
MAX_CRASHES = 3
FEW = 10
"""So many retried jobs are delivered one by one, inline if need be; the rest is left to the workers."""
WORKER_LOCK_CLASS = 1_886_151_027
"""First half of a worker's advisory lock key; the second is the worker's id."""


class Fenced(Exception):
    """The job is no longer this attempt's own (cancelled, or taken over): its effects must be rolled back."""


def application_name(worker: int) -> str:
    """What a worker's sessions are called in pg_stat_activity."""
    return f"placeops worker {worker}"


def enqueue(
    tx: Connection,
    job_type: str,
    payload: Payload,
    *,
    created_by: str,
    request_id: str | None = None,
    drive_id: int | None = None,
    parent_id: int | None = None,
) -> int:
    """Write a job in the caller's transaction and return its id; it is delivered when the transaction commits.

    While a job for the same input waits already, that one answers. An active job never does: it may have read its
    input before this transaction changed it.

    Raises queue-draining while the type, or the one that the job's completion leads to, accepts nothing new. Not for
    what the completion of the job `parent_id` asks for: whoever drains waits for that job too.
    """
    kind = job_types()[job_type]
    key, leads_to = kind.unique_key(payload), kind.leads_to(payload)
    if parent_id is None:
        draining.hold_open(tx, [job_type, leads_to])
    values = {
        "type": job_type,
        "payload": json.dumps(payload),
        "unique_key": key,
        "drive_id": drive_id,
        "parent_id": parent_id,
        "leads_to": leads_to,
        "created_by": created_by,
        "request_id": request_id,
    }
    found: int | None = None
    while found is None:
        row = tx.execute(query("ledger", "enqueue"), values).one_or_none()
        if row is None:
            found = tx.scalar(query("ledger", "waiting_with_key"), {"unique_key": key})
        elif row.closed is not None:
            raise draining.refusal(row)
        else:
            found = row.id
    job_id = int(found)
    after_commit(("deliver", job_id), partial(delivery.deliver, job_type, job_id))
    return job_id


def claim(job_type: str, worker: int, *, job_id: int | None = None, alone: bool = False) -> ActiveJob | None:
    """Take the next due job of a type (or this very one); None when there is nothing to take, or the type is paused.

    A worker that others have given up gets nothing until it has beaten again.

    `alone`: this process runs nothing else, so it may have a job that two workers died of.
    """
    with transaction() as tx:
        return claim_within(tx, job_type, worker, job_id=job_id, alone=alone)


def claim_within(
    tx: Connection, job_type: str, worker: int, *, job_id: int | None = None, alone: bool = False
) -> ActiveJob | None:
    """The same in a transaction that goes on; the job is the worker's once that has committed."""
    parameters = {"type": job_type, "id": job_id, "worker": worker, "alone": alone, "lease": LEASE_SECONDS}
    row = tx.execute(query("ledger", "claim"), parameters).mappings().one_or_none()
    return None if row is None else ActiveJob(**row)


def complete(tx: Connection, job: ActiveJob, worker: int, result: Result) -> None:
    """The fence: the last statement of the effects' transaction. Raises Fenced when the effects must not be applied."""
    parameters = {
        "id": job.id,
        "attempt": job.attempt,
        "worker": worker,
        "result": json.dumps(result),
        "why": "superseded" if "superseded" in result else None,
    }
    if tx.scalar(query("ledger", "complete"), parameters) is None:
        raise Fenced(f"job {job.id}, attempt {job.attempt}")


def leave(
    job: ActiveJob,
    worker: int,
    why: str,
    *,
    failed: bool = False,
    final: bool = False,
    delay: float = 0,
    reason: str | None = None,
    error: str | None = None,
) -> str | None:
    """End an attempt without effects; returns the job's new state, None when it was not this attempt's any more.

    `failed` spends one of the three failures, `final` ends the job at once, `delay` is in seconds. A job whose
    cancellation was asked for becomes cancelled; one whose input waits in a newer job is superseded.
    """
    parameters = {
        "id": job.id,
        "attempt": job.attempt,
        "worker": worker,
        "final": final,
        "failed": int(failed),
        "max_failures": MAX_FAILURES,
        "delay": delay,
        "reason": reason,
        "error": error,
        "why": why,
    }
    return _unless_key_taken("leave_active", parameters)


def hand_back(worker: int, why: str, *, known: Sequence[int] = (), age: float = 0) -> list[int]:
    """Give back, without charge, the jobs that a worker has held for `age` seconds beside the `known` ones.

    None of its threads works on them: a claim's commit may succeed although its answer is lost.
    """
    parameters = {"worker": worker, "known": list(known), "age": age}
    with transaction(read_only=True) as tx:
        held = [ActiveJob(**row) for row in tx.execute(query("ledger", "held_beside"), parameters).mappings()]
    for job in held:
        leave(job, worker, f"handed back: {why}", reason="handed-back")
    return [job.id for job in held]


def _unless_key_taken(name: str, parameters: Mapping[str, Any]) -> str | None:
    """A newer job with the same key may commit between the statement's look and its write: look again."""
    while True:
        try:
            with transaction() as tx:
                state: str | None = tx.scalar(query("ledger", name), dict(parameters))
                return state
        except Exception as error:
            if constraint_of(error) != "jobs_queued_once":
                raise


def beat_worker(tx: Connection, worker: int, *, redis_down: bool) -> bool:
    """Say that a worker lives. Returns False when its row is gone; what others took from it in error is forgiven."""
    parameters = {"worker": worker, "lease": LEASE_SECONDS, "redis_down": redis_down}
    lost = tx.scalar(query("ledger", "beat_worker"), parameters)
    if lost:
        draining.hold_open(tx, tx.scalars(select(job_types_table.c.name)).all())
        tx.execute(query("ledger", "take_back_crash"), {"worker": worker})
    return lost is not None


def beat_jobs(tx: Connection, held: Sequence[ActiveJob]) -> None:
    """Renew the leases of these attempts and write their progress."""
    parameters = {
        "ids": [job.id for job in held],
        "attempts": [job.attempt for job in held],
        "progress": [json.dumps(job.phase) if job.phase else None for job in held],
        "lease": LEASE_SECONDS,
    }
    tx.execute(query("ledger", "beat_jobs"), parameters)


def unwanted(tx: Connection, held: Sequence[ActiveJob]) -> set[tuple[int, int]]:
    """(id, attempt) of those that must stop: cancelled, or taken over by somebody else."""
    parameters = {"ids": [job.id for job in held], "attempts": [job.attempt for job in held]}
    return {(row.id, row.attempt) for row in tx.execute(query("ledger", "unwanted_jobs"), parameters)}


def take_from_dead() -> Sequence[Mapping[str, Any]]:
    """Give dead workers' jobs back to the queue and end the sessions those workers may still hold."""
    parameters = {"lease": LEASE_SECONDS, "lock_class": WORKER_LOCK_CLASS, "max_crashes": MAX_CRASHES}
    with transaction() as tx:
        moved = [dict(row) for row in tx.execute(query("ledger", "take_from_dead"), parameters).mappings()]
    if moved:
        names = sorted({application_name(row["worker_id"]) for row in moved})
        with transaction() as tx:
            tx.execute(query("ledger", "end_sessions"), {"applications": names})
    return moved


def promote_due() -> None:
    """Delayed jobs whose time has come wait again."""
    with transaction() as tx:
        tx.execute(query("ledger", "promote_due"))


def count_minutes() -> None:
    """What ended in minutes that are over is counted once and for all, so that nobody counts it again."""
    with transaction() as tx:
        tx.execute(query("ledger", "count_minutes"))


def due_types(enough: int) -> Sequence[Mapping[str, Any]]:
    """Types with work to do: type, waiting (at most `enough`), suspect (one must run alone)."""
    with transaction(read_only=True) as tx:
        return [dict(row) for row in tx.execute(query("ledger", "due_types"), {"enough": enough}).mappings()]


def cancel(tx: Connection, ids: Sequence[int], by: str) -> dict[int, str]:
    """Outcome by id: `cancelled` at once, or `requested` of the worker that runs it; finished jobs are left out."""
    found = tx.execute(query("ledger", "cancel"), {"ids": list(ids), "by": by})
    return {row.id: row.outcome for row in found}


def types_of(tx: Connection, ids: Sequence[int]) -> set[str]:
    """The types of these jobs, and those that their completions lead to."""
    return set(tx.scalars(query("ledger", "types_of"), {"ids": list(ids)}))


def retry(tx: Connection, ids: Sequence[int], by: str) -> list[int]:
    """Let failed and cancelled jobs run again with fresh budgets; returns the ids that now wait.

    Left out: those whose input waits in another job, and those of types that accept nothing new.
    """
    draining.hold_open(tx, types_of(tx, ids))
    moved = [(row.id, row.type) for row in tx.execute(query("ledger", "retry"), {"ids": list(ids), "by": by})]
    for job_id, job_type in moved[:FEW]:
        after_commit(("deliver", job_id), partial(delivery.deliver, job_type, job_id))
    for job_type in {job_type for _, job_type in moved[FEW:]}:
        after_commit(("ring", job_type), partial(doorbell.ring, job_type, doorbell.ENOUGH_RINGS))
    return [job_id for job_id, _ in moved]
