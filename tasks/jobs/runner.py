"""Runs one claimed job: prepare, then effects and completion in one transaction, the fence last."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection

from sql.engine import is_transient, sentence, sqlstate, transaction
from tasks.jobs import ledger
from tasks.jobs.ledger import Fenced
from tasks.jobs.registry import ActiveJob, ExpectedFailure, job_types

log = logging.getLogger(__name__)

RETRY_SECONDS = (2.0, 10.0)
"""Wait before the second and the third try, each with up to as much again in jitter."""
QUERY_CANCELED = "57014"

Hook = Callable[[str, ActiveJob], None]
Next = Callable[[Connection], ActiveJob | None]


def execute(
    job: ActiveJob,
    worker: int,
    reached: Hook = lambda point, job: None,
    claim_next: Next = lambda tx: None,
) -> ActiveJob | None:
    """Run an attempt to its end, whichever it is; never raises for what the work does.

    `reached` is told each named point of the attempt's life. `claim_next` may take the next job in the commit that
    completes this one; it is returned. Ctrl-C and SIGTERM hand an inline job back, and go on.
    """
    began = time.monotonic()
    extra = {"job_id": job.id, "job_type": job.type, "attempt": job.attempt, "request_id": job.request_id}
    try:
        kind = job_types()[job.type]
        reached("claimed", job)
        prepared = kind.prepare(job) if kind.prepare else None
        reached("prepared", job)
        with transaction() as tx:
            result = kind.apply(tx, job, prepared)
            reached("applied", job)
            ledger.complete(tx, job, worker, result)
            reached("fenced", job)
            following = claim_next(tx)
        reached("committed", job)
        log.info("job %s completed in %.3f s", job.id, time.monotonic() - began, extra=extra)
        return following
    except BaseException as error:
        state = _settle(job, worker, error)
        log.log(
            logging.ERROR if state == "failed" else logging.WARNING,
            "job %s ended its attempt %s as %s: %s",
            job.id,
            job.attempt,
            state or "somebody else's",
            _words(error),
            extra=extra,
            exc_info=None if isinstance(error, Fenced | ExpectedFailure) or is_transient(error) else error,
        )
        if _interrupted(error):
            raise
        return None


def _settle(job: ActiveJob, worker: int, error: BaseException) -> str | None:
    """Move the job on after a failed attempt; tries until PostgreSQL answers, since the fence decides what is true."""
    while True:
        try:
            return _leave(job, worker, error)
        except Exception as trouble:
            if not is_transient(trouble) and sqlstate(trouble) != QUERY_CANCELED:
                raise
            time.sleep(0.2 + random.random() * 0.3)


def _leave(job: ActiveJob, worker: int, error: BaseException) -> str | None:
    words = _words(error)
    if job.timed_out:
        message = f"timed out after {job.max_seconds} s"
        return ledger.leave(
            job, worker, message, failed=True, reason="timed-out", error=message, delay=_pause(job)
        )
    if job.cancelled.is_set() or isinstance(error, Fenced) or _interrupted(error):
        return ledger.leave(job, worker, "handed back", reason="handed-back")
    if isinstance(error, ExpectedFailure):
        return ledger.leave(job, worker, words, final=True, reason=error.reason, error=words)
    if is_transient(error):
        why = f"handed back: {words}"
        return ledger.leave(job, worker, why, delay=0.2 + random.random(), reason="handed-back", error=words)
    return ledger.leave(job, worker, words, failed=True, reason="error", error=words, delay=_pause(job))


def _pause(job: ActiveJob) -> float:
    return RETRY_SECONDS[min(job.failures, 1)] * (1 + random.random())


def _interrupted(error: BaseException) -> bool:
    """Whether a signal ended the caller that runs the job inline; only the main thread hears signals."""
    return not isinstance(error, Exception) and threading.current_thread() is threading.main_thread()


def _words(error: BaseException) -> str:
    """What went wrong, in characters that a PostgreSQL text can hold."""
    words = str(error) if isinstance(error, ExpectedFailure) else sentence(error)
    return words.replace("\0", " ").encode(errors="replace").decode()
