"""Child processes that cannot outlive their parent: started by exec, replaced when they die, stopped in order."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Protocol

log = logging.getLogger(__name__)

REPLACE_SECONDS = 0.2
"""Wait before replacing a process; doubles up to MOST_SECONDS while processes end by themselves within STEADY_SECONDS.

One that was killed is replaced without delay: it could start, and its jobs wait.
"""
MOST_SECONDS = 10.0
STEADY_SECONDS = 10.0
NO_RETURN = 70
"""Exit status of a process that gave itself up and wants to be replaced."""
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def bound_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that makes Linux send `death_signal` to the child when this process dies; None elsewhere.

    The kernel binds the signal to the thread that forks, so only the main thread's children are bound.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def bind() -> None:
        # Runs after a change of user, which would clear the setting.
        prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:
            os._exit(1)

    return bind


class Kept(Protocol):
    """What `keep_alive` looks after."""

    def replace_if_dead(self) -> None:
        """Start it again when it has ended."""


class Child:
    """A process that is kept alive."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] = {},
        output: IO[bytes] | None = None,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environment = os.environ | dict(environment)
        self._output = output
        self._wait = REPLACE_SECONDS
        self._dead_since: float | None = None
        self._start()

    def _start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the parent only, which stops its children in order.
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
            preexec_fn=bound_to_parent(signal.SIGTERM),
        )
        self._started = time.monotonic()

    @property
    def steady(self) -> bool:
        """Whether it has run for a while: one that dies of its start again and again never has."""
        return self.process.poll() is None and time.monotonic() - self._started > STEADY_SECONDS

    def replace_if_dead(self) -> None:
        """Start it again when it has ended, after a wait that grows while it keeps dying."""
        status = self.process.poll()
        if status is None:
            return
        now = time.monotonic()
        if self._dead_since is None:
            self._dead_since = now
            steady = status < 0 or now - self._started > STEADY_SECONDS
            self._wait = REPLACE_SECONDS if steady else min(self._wait * 2, MOST_SECONDS)
            log.warning("%s %s ended with status %s; a new one starts", self.name, self.process.pid, status)
        elif now - self._dead_since >= self._wait:
            self._dead_since = None
            self._start()


def keep_alive(
    children: Sequence[Kept], stopping: threading.Event, after_round: Callable[[], None] = lambda: None
) -> None:
    """Replace whatever dies until `stopping` is set; `after_round` follows each look at all of them."""
    while not stopping.wait(0.05):
        for child in children:
            child.replace_if_dead()
        after_round()


def stop_all(children: Sequence[Child], seconds: float) -> None:
    """Ask all of them to stop, wait `seconds`, kill those that did not listen."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        try:
            child.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.error("%s %s did not stop in %g s and is killed", child.name, child.process.pid, seconds)
            child.process.kill()
            child.process.wait()


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; what was set up for them before is replaced."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
