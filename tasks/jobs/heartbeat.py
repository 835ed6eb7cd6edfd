"""The pulse of a process that runs jobs: it holds the lock, renews leases, writes progress, stops what must stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sql.engine import LEASE_SECONDS, sentence, transaction
from tasks.jobs import ledger
from tasks.jobs.doorbell import breaker
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Running, Slots

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
RENEW_SECONDS = 4.0
"""How often leases are renewed; at once when a job has progress to show, or when the process was frozen."""
STUCK_SECONDS = 8.0
"""How long a timed-out job's thread may take to come back after its statement was cancelled.

Less than what is left of its lease: the failure is on record before somebody takes the job for a dead worker's.
"""
FORGOTTEN_SECONDS = 5.0
"""A job that is this process's own for so long, and no thread's, was claimed in a commit whose answer was lost."""


class Heartbeat(threading.Thread):
    """Beats once a second until `stop()`.

    `on_stuck` is called when the process cannot go on: a thread does not come back from a timed-out job, or the
    process was dead for so long that its row is gone.
    """

    def __init__(self, me: Incarnation, slots: Slots, on_stuck: Callable[[], None]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._me = me
        self._slots = slots
        self._on_stuck = on_stuck
        self._stopping = threading.Event()
        self._renew_at = 0.0
        self._written: dict[int, object] = {}

    def run(self) -> None:
        """Beat; a failed beat is logged and the next one tries again."""
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                self.beat()
            except Exception as error:
                log.warning("worker %s: heartbeat failed: %s", self._me.id, sentence(error))

    def beat(self) -> None:
        """One beat."""
        running = self._slots.now()
        self._stop_overdue(running)
        self._me.hold()
        if self._has_news(running) or time.monotonic() >= self._renew_at:
            self._renew(running)
        if running:
            self._stop_unwanted(running)

    def _renew(self, running: list[Running]) -> None:
        with transaction() as tx:
            known = ledger.beat_worker(tx, self._me.id, redis_down=breaker.down_since is not None)
            ledger.beat_jobs(tx, [entry.job for entry in running if entry.overdue < 0])
        self._renew_at = time.monotonic() + RENEW_SECONDS
        if not known:
            log.error("worker %s was dead for so long that its row is gone", self._me.id)
            self._on_stuck()
        held = [entry.job.id for entry in running]
        for job in ledger.hand_back(self._me.id, "no thread had it", known=held, age=FORGOTTEN_SECONDS):
            log.warning("job %s was nobody's and is handed back", job, extra={"job_id": job})

    def _stop_unwanted(self, running: list[Running]) -> None:
        with transaction(read_only=True) as tx:
            unwanted = ledger.unwanted(tx, [entry.job for entry in running])
        for entry in running:
            if (entry.job.id, entry.job.attempt) in unwanted:
                self._slots.stop(entry)

    def _has_news(self, running: list[Running]) -> bool:
        phases = {entry.job.id: entry.job.phase for entry in running}
        news = any(phase is not None and self._written.get(job) != phase for job, phase in phases.items())
        self._written = dict(phases)
        return news

    def _stop_overdue(self, running: list[Running]) -> None:
        overdue = [entry for entry in running if entry.overdue >= 0]
        for entry in overdue:
            entry.job.timed_out = True
            self._slots.stop(entry)
        if any(entry.overdue > STUCK_SECONDS for entry in overdue):
            self._on_stuck()

    def stop(self) -> None:
        """End after the beat under way."""
        self._stopping.set()
        self.join(LEASE_SECONDS)
