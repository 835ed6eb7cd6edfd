"""Inline fallback: without Redis the caller that enqueued a job does it itself, under a worker's life of its own."""

from __future__ import annotations

import logging
import threading

from sqlalchemy import select

from sql import engine
from sql.engine import transaction
from sql.tables import jobs
from tasks.jobs import ledger, runner
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.slots import Slots

log = logging.getLogger(__name__)

_places = threading.BoundedSemaphore(2)
_busy = threading.local()


def run(job_type: str, job_id: int) -> None:
    """Claim this very job and run it, then whatever its completion enqueued.

    Does nothing when a worker was faster, the type is paused, this process already runs two jobs inline, or the
    caller is itself an inline job (its successors are taken after it).
    """
    if getattr(_busy, "yes", False) or not _places.acquire(blocking=False):
        return
    _busy.yes = True
    try:
        _run_chain(job_type, job_id)
    finally:
        _busy.yes = False
        _places.release()


def _run_chain(job_type: str, job_id: int) -> None:
    me = Incarnation("inline", [job_type])
    slots = Slots({})
    heartbeat = Heartbeat(me, slots, on_stuck=lambda: None)
    heartbeat.start()
    try:
        # Where no worker runs nobody else sweeps: an earlier caller may have died with a job of the same key.
        ledger.take_from_dead()
        ledger.promote_due()
        with engine.application(me.application):
            chain = [(job_type, job_id)]
            while chain:
                kind, number = chain.pop(0)
                job = ledger.claim(kind, me.id, job_id=number)
                if job is None:
                    continue
                with slots.running(job):
                    runner.execute(job, me.id)
                chain += _successors(number)
    finally:
        heartbeat.stop()
        me.end()


def _successors(job_id: int) -> list[tuple[str, int]]:
    found = select(jobs.c.type, jobs.c.id).where(jobs.c.parent_id == job_id, jobs.c.state == "waiting")
    with transaction(read_only=True) as tx:
        return [(kind, number) for kind, number in tx.execute(found.order_by(jobs.c.id))]
