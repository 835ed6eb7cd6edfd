"""Keeps worker processes alive; a stop is passed on, and running jobs get their time."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tasks.processes import Child, keep_alive, stop_all, stop_on_signals

GRACE_SECONDS = 5.0


def worker_command(types: Sequence[str], shutdown_seconds: float) -> list[str]:
    """The command line of one worker process."""
    return [sys.executable, "-m", "tasks.jobs", str(shutdown_seconds), *types]


def run(*, processes: int, types: Sequence[str], shutdown_seconds: float) -> None:
    """Run `processes` workers until SIGTERM or SIGINT; then give them `shutdown_seconds` to finish or hand back."""
    stopping = stop_on_signals()
    children = [Child("worker process", worker_command(types, shutdown_seconds)) for _ in range(processes)]
    keep_alive(children, stopping)
    stop_all(children, shutdown_seconds + GRACE_SECONDS)
