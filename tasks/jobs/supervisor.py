"""Keeps worker processes alive; a stop is passed on, and running jobs get their time."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tasks.jobs.registry import require_known
from tasks.notify import Watchdog, tell
from tasks.processes import Child, keep_alive, stop_all, stop_on_signals

GRACE_SECONDS = 5.0


def worker_command(types: Sequence[str], shutdown_seconds: float) -> list[str]:
    """The command line of one worker process. Raises invalid-input for a job type that does not exist."""
    require_known(types)
    return [sys.executable, "-m", "tasks.jobs", str(shutdown_seconds), *types]


def run(
    *, processes: int, types: Sequence[str], shutdown_seconds: float, concurrency: int | None = None
) -> None:
    """Run `processes` workers until SIGTERM or SIGINT; then give them `shutdown_seconds` to finish or hand back.

    Each runs `concurrency` jobs of a type at once (None: what the type's row says). The service manager hears of
    progress while one of them is steady: when none comes up the service has failed, and else it would kill the others.
    """
    stopping = stop_on_signals()
    command = worker_command(types, shutdown_seconds)
    environment = {} if concurrency is None else {"PLACEOPS_CONCURRENCY": str(concurrency)}
    children = [Child("worker process", command, environment=environment) for _ in range(processes)]
    watchdog = Watchdog()

    def beat() -> None:
        if any(child.steady for child in children):
            watchdog.beat()

    tell("READY=1")
    keep_alive(children, stopping, beat)
    tell("STOPPING=1")
    stop_all(children, shutdown_seconds + GRACE_SECONDS)
