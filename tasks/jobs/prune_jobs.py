"""Job type `prune-jobs`: old finished jobs, departed workers, fires, and what accounts leave behind are removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from sql.queries import query
from tasks.jobs import ledger
from tasks.jobs.registry import ActiveJob, JobType, Result
from tasks.settings import settings

BATCH = 5_000
MOST = 100_000
"""How many jobs one run removes; that takes seconds, and another run goes on behind it.

In one transaction each batch would have to pass over all that the batches before it removed, and vacuum over none.
"""
WORKER_DAYS = 2


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Delete in batches; failed jobs are never among them. Result: how many went of each kind.

    A run that may leave old jobs behind asks for the next one.
    """
    days = settings().finished_job_days
    jobs, more = remove_jobs(tx, timedelta(days=days), lambda gone: job.progress("removing old jobs", gone))
    if more:
        ledger.enqueue(tx, job.type, {}, created_by=job.created_by, parent_id=job.id)
    workers = tx.execute(query("ledger", "prune_workers"), {"days": WORKER_DAYS}).rowcount
    fires = tx.execute(query("ledger", "prune_fires"), {"days": days}).rowcount
    forgotten = dict(tx.execute(query("accounts", "forget")).mappings().one())
    return {"jobs": jobs, "workers": workers, "fires": fires, "older_than_days": days} | forgotten


def remove_jobs(
    tx: Connection, older_than: timedelta, told: Callable[[int], object] = lambda gone: None
) -> tuple[int, bool]:
    """Delete completed and cancelled jobs that ended so long ago: how many, and whether there may be more of them."""
    jobs, removed = 0, BATCH
    while removed == BATCH and jobs < MOST:
        values = {"seconds": older_than.total_seconds(), "batch": BATCH}
        removed = tx.execute(query("ledger", "prune"), values).rowcount
        jobs += removed
        told(jobs)
    return jobs, removed == BATCH


JOB_TYPE = JobType("prune-jobs", apply, unique_key=lambda payload: "prune-jobs")
