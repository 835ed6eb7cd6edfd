"""Keeps worker processes alive: starts them by exec, replaces a dead one, passes a stop on and waits for it."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

log = logging.getLogger(__name__)

REPLACE_SECONDS = 0.2
"""Wait before replacing a process; doubles up to MOST_SECONDS while processes die within STEADY_SECONDS of their start."""
MOST_SECONDS = 10.0
STEADY_SECONDS = 10.0
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to send SIGTERM when the parent is gone, so that killing a supervisor leaves nobody behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1 and os.environ.get("PLACEOPS_SUPERVISOR") not in (None, "1"):
            sys.exit("the supervisor died before this worker started")


class _Child:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._wait = REPLACE_SECONDS
        self.start()

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops its children in order.
        environment = os.environ | {"PLACEOPS_SUPERVISOR": str(os.getpid())}
        self.process = subprocess.Popen(self._command, start_new_session=True, env=environment)
        self.started = time.monotonic()

    def replace_if_dead(self, stopping: threading.Event) -> None:
        status = self.process.poll()
        if status is None or stopping.is_set():
            return
        steady = time.monotonic() - self.started > STEADY_SECONDS
        self._wait = REPLACE_SECONDS if steady else min(self._wait * 2, MOST_SECONDS)
        log.warning("worker process %s ended with status %s; a new one starts", self.process.pid, status)
        if not stopping.wait(self._wait):
            self.start()


def run(*, processes: int, types: Sequence[str], shutdown_seconds: float) -> None:
    """Run `processes` workers until SIGTERM or SIGINT; then give them `shutdown_seconds` to finish or hand back."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    command = [sys.executable, "-m", "tasks.jobs", str(shutdown_seconds), *types]
    children = [_Child(command) for _ in range(processes)]
    while not stopping.wait(0.1):
        for child in children:
            child.replace_if_dead(stopping)
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + shutdown_seconds
    for child in children:
        try:
            child.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.error(
                "worker process %s did not stop in %s s and is killed", child.process.pid, shutdown_seconds
            )
            child.process.kill()
            child.process.wait()
