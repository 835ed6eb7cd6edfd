"""The processes of an experiment: the program's own, which also know the trials, leave witnesses and meet faults.

`python -m tests.experiments.fleet work|supervise|api|scheduler|look …`; EXPERIMENT_BUG names a bug to carry.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import Connection, text

from tasks.actor import Role
from tasks.jobs import points, supervisor
from tasks.jobs.registry import ActiveJob, JobType, Result
from tests import accounts
from tests.experiments import backlog, samples
from tests.experiments.journal import Journal
from tests.experiments.world import World
from tests.jobs.support import alive, until
from tests.jobs.trials import TRIALS, known_types


def prepare_process() -> None:
    """Make this process one of the experiment's."""
    from tests.experiments import bugs

    leave_witnesses()
    folder = Path(os.environ["PLACEOPS_DATA_DIR"])
    journal = Journal(folder / "journal.jsonl")
    meet = _meet_faults(folder, journal)
    if (pace := folder / backlog.PACE).exists():
        meet = backlog.paced(pace, meet)
        samples.time_sweeps(journal)
    points.reached = meet
    if bug := os.environ.get("EXPERIMENT_BUG"):
        bugs.BUGS[bug].plant()


def leave_witnesses() -> None:
    """Every type's effects leave a line in the witness table; the trials are known, and do so by themselves."""
    known_types().update(
        {name: _witnessed(kind) for name, kind in known_types().items() if name not in TRIALS}
    )
    known_types().update(TRIALS)


def _witnessed(kind: JobType) -> JobType:
    def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
        tx.execute(
            text("INSERT INTO witness (job_id, attempt, pid) VALUES (:id, :attempt, :pid)"),
            {"id": job.id, "attempt": job.attempt, "pid": os.getpid()},
        )
        return kind.apply(tx, job, prepared)

    return dataclasses.replace(kind, apply=apply)


def _meet_faults(folder: Path, journal: Journal) -> Any:
    faults = folder / "faults"

    def reached(point: str, job: ActiveJob) -> None:
        for name in (f"{job.type}.{point}", f"{job.id}.{point}"):
            for action in ("kill", "freeze"):
                try:
                    (faults / f"{name}.{action}").unlink()  # whoever removes it has it
                except FileNotFoundError:
                    continue
                kind = "killed" if action == "kill" else "frozen"
                journal.note(kind, pid=os.getpid(), job=job.id, point=point)
                os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)

    return reached


@contextmanager
def process(world: World, *arguments: str, bug: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the program, stopped in order at the end."""
    environment = os.environ | world.environment | ({"EXPERIMENT_BUG": bug} if bug else {})
    with (world.folder / "processes.log").open("ab") as log:
        found = subprocess.Popen(
            [sys.executable, "-m", "tests.experiments.fleet", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield found
    finally:
        found.terminate()
        try:
            found.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(found.pid, signal.SIGKILL)
            found.wait()


@contextmanager
def workers(world: World, processes: int, bug: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor with so many worker processes for every type, registered and living."""
    with process(world, "supervise", str(processes), bug=bug) as found:
        until(lambda: len(alive()) == processes, 30)
        yield found


def client_of(port: int) -> httpx.Client:
    """A client of the API that listens there: an administrator with a token."""
    secret = accounts.token(Role.ADMIN, f"{uuid4().hex}@example.edu")
    address = f"http://127.0.0.1:{port}"
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=30)


def kill_worker(world: World, pid: int) -> None:
    """SIGKILL, on record."""
    world.journal.note("killed", pid=pid)
    os.kill(pid, signal.SIGKILL)


def storm(world: World, seconds: float, mean: float = 2.0) -> None:
    """Kill a random worker every now and then."""
    end = time.monotonic() + seconds
    while (pause := world.random.uniform(0.5, 2 * mean - 0.5)) and time.monotonic() + pause < end:
        time.sleep(pause)
        if living := alive():
            kill_worker(world, world.random.choice(living))


def main(arguments: list[str]) -> None:
    """Be the process that the first word names."""
    from tasks.runtime import open_runtime

    prepare_process()
    kind, *rest = arguments
    if kind == "work":
        from tasks.jobs.__main__ import main as work

        work(rest)
    elif kind == "supervise":
        supervisor.worker_command = lambda types, seconds: [  # type: ignore[assignment]
            *(sys.executable, "-m", "tests.experiments.fleet", "work", str(seconds)),
            *types,
        ]
        open_runtime("placeops worker supervisor", log=True)
        supervisor.run(processes=int(rest[0]), types=(), shutdown_seconds=10)
    elif kind == "api":
        from placeops_api.server import run

        open_runtime("placeops api", pool_size=20, log=True)
        run("127.0.0.1", int(rest[0]))
    elif kind == "look":
        open_runtime("placeops api", log=True)
        samples.look(
            client_of(int(rest[0])), Journal(Path(os.environ["PLACEOPS_DATA_DIR"]) / "journal.jsonl")
        )
    elif kind == "scheduler":
        from tasks.jobs.scheduler import run as keep_time

        open_runtime("placeops scheduler", log=True)
        keep_time()


if __name__ == "__main__":
    main(sys.argv[1:])
