"""What happens once a job is committed: a ring, and without Redis the caller does the work itself."""

from __future__ import annotations

import logging

from tasks.jobs import doorbell

log = logging.getLogger(__name__)

_inline = True


def never_inline() -> None:
    """This process is a worker or a scheduler: its sweep, or another's, finds the jobs in the table."""
    global _inline
    _inline = False


def deliver(job_type: str, job_id: int) -> None:
    """Ring for a job that was just committed. Never raises: the job is safe in the ledger."""
    if doorbell.ring(job_type) or not _inline:
        return
    from tasks.jobs import inline

    log.warning("Falling back to inline processing", extra={"job_id": job_id, "job_type": job_type})
    try:
        inline.run(job_type, job_id)
    except Exception:
        log.exception("inline processing stopped; the job stays in the ledger", extra={"job_id": job_id})
