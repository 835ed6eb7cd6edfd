"""Named points of a job's life, at which a test may stop the process; inert unless a test says otherwise."""

from __future__ import annotations

from tasks.jobs.registry import ActiveJob

POINTS = ("claimed", "prepared", "applied", "fenced", "committed")


def reached(point: str, job: ActiveJob) -> None:
    """Nothing, in production: no setting reaches this function. Tests replace it."""
