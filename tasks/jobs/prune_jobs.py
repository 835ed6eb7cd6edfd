"""Job type `prune-jobs`: finished jobs, departed workers and fires older than the configured days are removed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sql.queries import query
from tasks.jobs.registry import ActiveJob, JobType, Result
from tasks.settings import settings

BATCH = 5_000
WORKER_DAYS = 2


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Delete in batches; failed jobs are never among them. Result: how many jobs, workers and fires went."""
    days = settings().finished_job_days
    jobs = 0
    while removed := tx.execute(query("ledger", "prune"), {"days": days, "batch": BATCH}).rowcount:
        jobs += removed
        job.progress("removing old jobs", jobs)
    workers = tx.execute(query("ledger", "prune_workers"), {"days": WORKER_DAYS}).rowcount
    fires = tx.execute(query("ledger", "prune_fires"), {"days": days}).rowcount
    return {"jobs": jobs, "workers": workers, "fires": fires, "older_than_days": days}


JOB_TYPE = JobType("prune-jobs", apply, unique_key=lambda payload: "prune-jobs")
