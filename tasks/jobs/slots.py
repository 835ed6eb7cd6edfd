"""What a process works on right now, and who may start."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sql.engine import cancel_statement
from tasks.jobs.registry import ActiveJob

ALONE_SECONDS = 5.0
"""How long new jobs are held back while a job that must run alone waits for those under way."""
ALONE_AGAIN_SECONDS = 30.0
"""When that was not enough, the others get this long before the next try."""
SPARE_CONNECTIONS = 3
"""Connections a process needs beside one a slot: heartbeat, sweep, and one for what follows a commit."""


@dataclass(frozen=True, slots=True)
class Running:
    """A job in a thread, since a moment of the monotonic clock."""

    job: ActiveJob
    thread: int
    since: float = field(default_factory=time.monotonic)

    @property
    def overdue(self) -> float:
        """Seconds beyond the type's limit; negative while there is time left."""
        return time.monotonic() - self.since - self.job.max_seconds


class Slots:
    """Places for running jobs: so many a type, and one that excludes all others for jobs under suspicion."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._free = {name: threading.BoundedSemaphore(limit) for name, limit in limits.items()}
        self._changed = threading.Condition()
        self._running: dict[int, Running] = {}
        self._shared = 0
        self._alone = False
        self._not_alone_before = 0.0

    @contextmanager
    def place(self, job_type: str) -> Iterator[bool]:
        """One of the type's places, for as long as the block runs; False when all are taken."""
        free = self._free[job_type]
        if not free.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            free.release()

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        """Runs next to other jobs, but never next to one that must be alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._shared += 1
        try:
            yield
        finally:
            with self._changed:
                self._shared -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Runs while nothing else does: new jobs hold back, those under way are waited for, though not for long.

        False when they did not end, or when another job is alone already.
        """
        with self._changed:
            granted = self._hold_back()
        try:
            yield granted
        finally:
            if granted:
                with self._changed:
                    self._alone = False
                    self._changed.notify_all()

    @property
    def held_back(self) -> bool:
        """Whether new jobs must not start, because one runs alone or waits to."""
        return self._alone

    def _hold_back(self) -> bool:
        if self._alone or time.monotonic() < self._not_alone_before:
            return False
        self._alone = True
        if self._changed.wait_for(lambda: self._shared == 0, timeout=ALONE_SECONDS):
            return True
        self._alone = False
        self._not_alone_before = time.monotonic() + ALONE_AGAIN_SECONDS
        self._changed.notify_all()
        return False

    @contextmanager
    def running(self, job: ActiveJob) -> Iterator[None]:
        """The job shows up in `now()` while the block runs."""
        thread = threading.get_ident()
        with self._changed:
            self._running[thread] = Running(job, thread)
        try:
            yield
        finally:
            with self._changed:
                del self._running[thread]
                self._changed.notify_all()

    def now(self) -> list[Running]:
        """What runs at this moment."""
        with self._changed:
            return list(self._running.values())

    def stop(self, entry: Running) -> None:
        """Cancel what a running job executes, if it is still that job which runs there.

        The lock is held meanwhile: otherwise the thread could go on to its next job, and that one would be hit.
        """
        with self._changed:
            if self._running.get(entry.thread) is entry:
                entry.job.cancelled.set()
                cancel_statement(entry.thread)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until nothing runs or is being claimed; False when something still is after `seconds`."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not (self._running or self._shared or self._alone), timeout=seconds
            )
