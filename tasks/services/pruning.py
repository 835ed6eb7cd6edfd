"""Old finished jobs, removed by hand; the schedule `prune-jobs` does the same every night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sql.engine import transaction, undo
from tasks.actor import Actor
from tasks.jobs.prune_jobs import remove_jobs
from tasks.services import access, audit


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many jobs went (or, in a dry run, would go); `more`: there may be others, for another run."""

    jobs: int
    more: bool
    dry_run: bool


def prune_jobs(actor: Actor, older_than: timedelta, *, dry_run: bool = False) -> Pruned:
    """Delete completed and cancelled jobs that ended so long ago, with their events; failed ones stay.

    Raises forbidden.
    """
    access.require(actor, "job.manage")
    with transaction() as tx:
        jobs, more = remove_jobs(tx, older_than)
        if dry_run:
            undo(tx)
        elif jobs:
            after = {"jobs": jobs, "older_than_seconds": older_than.total_seconds()}
            audit.record(tx, actor, "job.prune", "job", "old", after=after)
    return Pruned(jobs, more, dry_run)
