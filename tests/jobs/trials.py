"""Job types that only tests have, and a worker that knows them: `python -m tests.jobs.trials work|supervise …`.

A trial does what its payload says and leaves a line in the table `witness`, written with its effects and without a
unique constraint: twice applied is twice seen. At the point of a job's life that its payload calls `die`, or that
`TRIAL_KILL_AT` names, the process is killed, once for each type and point.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, text

from tasks.jobs import heartbeat, points, supervisor
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Payload, Result, job_types

SINGLE = "trial-single"
TYPES = {"trial": 5, "trial-noop": 5, SINGLE: 1}
"""Names and slots."""


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Act on the payload's words, in this order: sql, sleep (in SQL), doze (in Python), raise, expected, exit.

    `fails` so many times it raises first.
    """
    todo = job.payload
    tx.execute(
        text("INSERT INTO witness (job_id, attempt, pid) VALUES (:id, :attempt, :pid)"),
        {"id": job.id, "attempt": job.attempt, "pid": os.getpid()},
    )
    if "sql" in todo:
        tx.execute(text(todo["sql"]))
    if "progress" in todo:
        job.progress(todo["progress"])
    if "sleep" in todo:
        tx.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": todo["sleep"]})
    time.sleep(todo.get("doze", 0))
    if "raise" in todo:
        raise ValueError(todo["raise"])
    if job.failures < todo.get("fails", 0):
        raise ValueError("this one fails at first")
    if "expected" in todo:
        raise ExpectedFailure("on-purpose", todo["expected"])
    if "exit" in todo:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"superseded": "by the test"} if "superseded" in todo else {"done": True}


def nothing(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """No effects at all."""
    return {}


def key_of(payload: Payload) -> str | None:
    """A trial stands for an input only when its payload says so."""
    key: str | None = payload.get("key")
    return key


TRIALS: Mapping[str, JobType] = {
    name: JobType(name, nothing if name == "trial-noop" else apply, unique_key=key_of) for name in TYPES
}


def known_types() -> dict[str, JobType]:
    """The registry's own dictionary, so that a change is seen by everybody."""
    return cast(dict[str, JobType], job_types())


def _kill_once(at: str, folder: Path) -> None:
    def reached(point: str, job: ActiveJob) -> None:
        marker = folder / f"killed-{job.type}-{point}"
        if point == job.payload.get("die", at) and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    points.reached = reached


def main(arguments: list[str]) -> None:
    """`work SECONDS TYPE…` is one worker process, `supervise PROCESSES SECONDS TYPE…` keeps some alive."""
    known_types().update(TRIALS)
    _kill_once(os.environ.get("TRIAL_KILL_AT", ""), Path(os.environ["PLACEOPS_DATA_DIR"]))
    heartbeat.STUCK_SECONDS = float(os.environ.get("TRIAL_STUCK_SECONDS", heartbeat.STUCK_SECONDS))
    if arguments[0] == "work":
        from tasks.jobs.__main__ import main as work

        work(arguments[1:])
        return
    from tasks.runtime import open_runtime

    supervisor.worker_command = lambda types, seconds: [  # type: ignore[assignment]
        *(sys.executable, "-m", "tests.jobs.trials", "work", str(seconds)),
        *types,
    ]
    open_runtime("placeops worker supervisor", log=True)
    supervisor.run(processes=int(arguments[1]), types=arguments[3:], shutdown_seconds=float(arguments[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
