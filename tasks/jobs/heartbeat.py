"""The pulse of a process that runs jobs: it holds the lock, renews leases, writes progress, stops what must stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sql.engine import LEASE_SECONDS, sentence, transaction
from tasks.jobs import ledger
from tasks.jobs.doorbell import breaker
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Running, Slots

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
RENEW_EVERY = 4
"""Leases are renewed at every fourth beat, or at once when a job has progress to show."""
STUCK_SECONDS = 20.0
"""How long a timed-out job's thread may take to come back after its statement was cancelled."""


class Heartbeat(threading.Thread):
    """Beats once a second until `stop()`; calls `on_stuck` when a thread does not come back from a timed-out job."""

    def __init__(self, me: Incarnation, slots: Slots, on_stuck: Callable[[], None]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._me = me
        self._slots = slots
        self._on_stuck = on_stuck
        self._stopping = threading.Event()
        self._beats = 0
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
        self._beats += 1
        current = [entry for entry in running if entry.overdue < 0]
        with transaction() as tx:
            if self._beats % RENEW_EVERY == 1 or self._has_news(current):
                ledger.beat_worker(tx, self._me.id, redis_down=breaker.down_since is not None)
                ledger.beat_jobs(tx, [entry.job for entry in current])
            unwanted = ledger.unwanted(tx, [entry.job for entry in running]) if running else set()
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
