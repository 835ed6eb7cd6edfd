"""`placeops scheduler`: the process that watches the clock."""

from __future__ import annotations

from placeops_cli.command import Call, command, noun
from placeops_cli.worker import show_living

app = noun("scheduler", "The process that watches the clock.")


@command(app, "run", examples=["placeops scheduler run"])
def run_scheduler(call: Call) -> None:
    """Run the scheduler until it is stopped; several may run, nothing fires twice."""
    from placeops_cli.signals import leave_at_once

    leave_at_once()
    from tasks.runtime import open_runtime

    open_runtime("placeops scheduler", log=True)
    from tasks.jobs.scheduler import run

    run()


@command(app, "health", examples=["placeops scheduler health"])
def health(call: Call) -> None:
    """Whether a scheduler lives on this host (in this container), with a fresh heartbeat; for health checks."""
    show_living(call, "scheduler")
