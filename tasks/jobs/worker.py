"""A worker process: Dramatiq's threads, driven by rings, draining the ledger; a heartbeat and a sweep beside them."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial

import dramatiq
import redis
from sqlalchemy import Connection, select

from sql import engine
from sql.engine import is_transient, sentence, transaction
from sql.tables import job_types as job_types_table
from tasks.jobs import delivery, doorbell, ledger, markers, points, runner
from tasks.jobs.broker import RingBroker, ring_actor
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.registry import ActiveJob, job_types, require_known
from tasks.jobs.slots import SPARE_CONNECTIONS, Slots
from tasks.jobs.sweep import Sweep
from tasks.processes import NO_RETURN, stop_on_signals
from tasks.settings import settings

log = logging.getLogger(__name__)


class Worker:
    """One process's worth of slots. `start()`, then `stop(seconds)`; the supervisor replaces a process that dies."""

    def __init__(self, types: Sequence[str] = ()) -> None:
        delivery.never_inline()
        self.limits = _limits(types)
        self.slots = Slots(self.limits)
        self._stopping = threading.Event()
        self.me = Incarnation("worker", list(self.limits))
        engine.reconfigure(
            application=self.me.application,
            pool_size=sum(self.limits.values()) + SPARE_CONNECTIONS,
            statement_timeout="24h",
            pre_ping=False,
        )
        client = doorbell.client(doorbell.SHORT_SECONDS)
        if client is None:
            doorbell.breaker.failed("no REDIS_URL is set")
        self.broker = RingBroker(client or redis.Redis(port=1))
        self._sweep = Sweep(self.broker)
        self._heartbeat = Heartbeat(self.me, self.slots, self._give_up)
        self._threads = dramatiq.Worker(
            self.broker, worker_threads=sum(self.limits.values()), worker_timeout=500
        )

    def start(self) -> None:
        """Begin to take work."""
        markers.leave(settings().export_dir, self.me.id)
        self._threads.start()
        for name, limit in self.limits.items():
            ring_actor(self.broker, name, limit, self.drain)
        self._heartbeat.start()
        self._sweep.start()
        log.info("worker %s is ready: %s", self.me.id, ", ".join(f"{n} x{k}" for n, k in self.limits.items()))

    def drain(self, job_type: str) -> None:
        """Run what is due of a type until there is no more; the answer to a ring."""
        with self.slots.place(job_type) as got_one:
            while got_one and not self._stopping.is_set():
                try:
                    if not self._take_one(job_type):
                        return
                except Exception as error:
                    log.warning(
                        "no %s could be claimed: %s",
                        job_type,
                        sentence(error),
                        exc_info=not is_transient(error),
                    )
                    return

    def _take_one(self, job_type: str) -> bool:
        with self.slots.beside_others():
            if self._run_next(job_type, alone=False):
                return True
        if job_type not in self._sweep.suspects:
            return False
        with self.slots.alone() as granted:
            return granted and self._run_next(job_type, alone=True)

    def _run_next(self, job_type: str, *, alone: bool) -> bool:
        if self._stopping.is_set():
            return False
        job = found = ledger.claim(job_type, self.me.id, alone=alone)
        while job is not None:
            with self.slots.running(job):
                job = runner.execute(
                    job, self.me.id, points.reached, partial(self._claim_next, job_type, alone)
                )
        return found is not None

    def _claim_next(self, job_type: str, alone: bool, tx: Connection) -> ActiveJob | None:
        if alone or self._stopping.is_set() or self.slots.held_back:
            return None
        return ledger.claim_within(tx, job_type, self.me.id)

    def stop(self, seconds: float) -> None:
        """Take no more, let running jobs finish for most of `seconds`, hand the rest back, sign off."""
        self._stopping.set()
        if not self.slots.wait_until_idle(seconds * 0.8):
            self._interrupt(seconds * 0.15)
        self._sweep.stop()
        self._heartbeat.stop()
        try:
            ledger.hand_back(self.me.id, "the process stops")
        except Exception as error:
            log.warning("worker %s could not hand back its jobs: %s", self.me.id, sentence(error))
        self.me.end()
        markers.remove(settings().export_dir, self.me.id)

    def _interrupt(self, seconds: float) -> None:
        """Cancel what runs until it has come back: a thread between two statements has nothing to cancel."""
        deadline = time.monotonic() + seconds
        while True:
            for entry in self.slots.now():
                log.warning("job %s is stopped at shutdown", entry.job.id, extra={"job_id": entry.job.id})
                self.slots.stop(entry)
            left = deadline - time.monotonic()
            if self.slots.wait_until_idle(max(0.0, min(0.5, left))) or left <= 0.5:
                return

    def _give_up(self) -> None:
        """This process cannot go on: free what can be freed and make room for a new one."""
        self._stopping.set()
        for job in [entry.job for entry in self.slots.now() if entry.job.timed_out]:
            message = f"timed out after {job.max_seconds} s; its thread did not come back"
            ledger.leave(job, self.me.id, message, failed=True, reason="timed-out", error=message)
        ledger.hand_back(self.me.id, "the process is replaced")
        self.me.end()
        log.error("worker %s exits to be replaced", self.me.id)
        os._exit(NO_RETURN)


def _limits(types: Sequence[str]) -> Mapping[str, int]:
    """Slots by type: `PLACEOPS_CONCURRENCY`, else what the table says. Raises invalid-input for an unknown type."""
    require_known(types)
    with transaction(read_only=True) as tx:
        columns = job_types_table.c.name, job_types_table.c.concurrency
        stored = {name: limit for name, limit in tx.execute(select(*columns).order_by(columns[0]))}  # noqa: C416
    here = settings().concurrency
    return {name: here or stored[name] for name in types or job_types()}


def run(types: Sequence[str], shutdown_seconds: float) -> None:
    """Work until SIGTERM or SIGINT; the body of a worker process."""
    stopping = stop_on_signals()
    worker = Worker(types)
    worker.start()
    stopping.wait()
    worker.stop(shutdown_seconds)
