"""The sweep: once a second, in every worker process, whatever nobody else would notice.

Orphans of dead workers, delayed jobs that are due, types with work but too few rings, schedules that are due,
minutes that are over and not counted. There is no leader: each step is a statement that two processes may run at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sql.engine import is_transient, sentence
from tasks.jobs import doorbell, ledger, schedule
from tasks.jobs.broker import RingBroker
from tasks.jobs.doorbell import ENOUGH_RINGS, breaker

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0


class Sweep(threading.Thread):
    """Sweeps until `stop()`. `suspects` names the types that have a job which must run alone."""

    def __init__(self, broker: RingBroker) -> None:
        super().__init__(name="sweep", daemon=True)
        self.suspects: frozenset[str] = frozenset()
        self._broker = broker
        self._stopping = threading.Event()
        self._steps: tuple[Callable[[], object], ...] = (
            self._orphans,
            ledger.promote_due,
            schedule.fire_due,
            ledger.count_minutes,
            self._rings,
        )

    def run(self) -> None:
        """Sweep; a step that fails is logged, and the others still run."""
        while not self._stopping.is_set():
            for step in self._steps:
                try:
                    step()
                except Exception as error:
                    log.warning(
                        "sweep: %s failed: %s",
                        step.__name__,
                        sentence(error),
                        exc_info=not is_transient(error),
                    )
            self._stopping.wait(SWEEP_SECONDS)

    def _orphans(self) -> None:
        for row in ledger.take_from_dead():
            log.warning(
                "job %s of dead worker %s is now %s",
                row["id"],
                row["worker_id"],
                row["state"],
                extra={"job_id": row["id"]},
            )

    def _rings(self) -> None:
        if breaker.down_since is not None:
            doorbell.reachable()
        due = ledger.due_types(ENOUGH_RINGS)
        self.suspects = frozenset(row["type"] for row in due if row["suspect"])
        for row in due:
            rang = doorbell.ring(row["type"], row["waiting"]) and not breaker.shaky
            if not rang and row["type"] in self._broker.limits:
                self._broker.ring_locally(row["type"], row["waiting"])

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        self.join(5)
