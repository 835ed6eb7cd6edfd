"""What the tests of the ledger say again and again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import text

from sql.engine import LEASE_SECONDS, transaction
from tasks.actor import Actor, Role
from tasks.embedded import Server, prepare, start_valkey
from tasks.jobs import ledger, runner
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.registry import ActiveJob
from tasks.services.job_sets import retry_matching
from tasks.services.jobs import Job, JobFilter, get_jobs, show_job
from tests.conftest import Place

TESTER = Actor("tester", role=Role.ADMIN)


def retry_failed(actor: Actor, *, type: str | None = None, dry_run: bool = False) -> list[Job]:
    """Every failed job, or of a type, is retried; those that were moved."""
    moved = retry_matching(actor, JobFilter(type=type), dry_run=dry_run)
    return get_jobs(actor, moved.ids)


def trial(type: str = "trial", **payload: Any) -> int:
    """Enqueue a trial."""
    with transaction() as tx:
        return ledger.enqueue(tx, type, payload, created_by="tester")


def claimed(worker: Incarnation, type: str = "trial", *, alone: bool = False) -> ActiveJob:
    """Claim what must be there."""
    job = ledger.claim(type, worker.id, alone=alone)
    assert job is not None
    return job


def work_off(worker: Incarnation, type: str = "trial", *, alone: bool = False) -> list[int]:
    """Run whatever is due, in this thread; the ids in the order of running."""
    done = []
    while job := ledger.claim(type, worker.id, alone=alone):
        done.append(job.id)
        runner.execute(job, worker.id)
    return done


def job(job_id: int) -> Job:
    """The job as it stands."""
    return get_jobs(TESTER, [job_id])[0]


def moves(job_id: int) -> list[tuple[str | None, str]]:
    """A job's transitions, oldest first."""
    return [(event.from_state, event.to_state) for event in show_job(TESTER, job_id).events]


def whys(job_id: int) -> list[str | None]:
    """The reasons of a job's transitions, oldest first."""
    return [event.why for event in show_job(TESTER, job_id).events]


def applied(job_id: int) -> int:
    """How often a trial's effects were committed."""
    return int(ask("SELECT count(*) FROM witness WHERE job_id = :id", id=job_id))


def ask(statement: str, **values: Any) -> Any:
    """One value."""
    with transaction() as tx:
        return tx.scalar(text(statement), values)


def do(statement: str, **values: Any) -> None:
    """One change."""
    with transaction() as tx:
        tx.execute(text(statement), values)


def somebody_waits() -> bool:
    """Whether a session of this database waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(ask(waiting))


def due_now(job_id: int) -> None:
    """A delayed job's time comes."""
    do("UPDATE jobs SET run_at = clock_timestamp() WHERE id = :id AND state = 'delayed'", id=job_id)
    ledger.promote_due()


def vanish(worker: Incarnation) -> None:
    """The process is gone without a word: its lock is free, its row still says that it lives."""
    worker._connection.close()


def settle() -> None:
    """Within one lease of its start PostgreSQL's locks say nothing about workers: wait for the end of it."""
    age = ask("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())")
    time.sleep(max(0.0, LEASE_SECONDS + 0.5 - float(age)))


def until(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for something to be true and return it."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def finished(ids: Sequence[int], seconds: float = 30.0) -> None:
    """Wait until none of the jobs is waiting, delayed or active."""
    left = "SELECT count(*) FROM jobs WHERE id = ANY(:ids) AND finished_at IS NULL"
    until(lambda: ask(left, ids=list(ids)) == 0, seconds)


def in_threads(*parts: Callable[[], Any]) -> list[Any]:
    """Run the parts at once, wait for all, raise what one of them raised; their results in order."""
    start = threading.Barrier(len(parts))
    results: list[Any] = [None] * len(parts)
    errors: list[BaseException] = []

    def run(place: int, part: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = part()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(place, part)) for place, part in enumerate(parts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


class OwnRedis:
    """A Valkey that a test may start, kill, freeze and fill."""

    def __init__(self, folder: Path) -> None:
        self.folders = prepare(folder)
        self.url = f"unix://{self.folders.valkey_socket}?db=0"
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        """The running server."""
        assert self._server is not None
        return self._server

    @property
    def client(self) -> redis.Redis:
        """A client that waits as long as it takes."""
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, empty."""
        self._server = start_valkey(self.folders)

    def freeze(self) -> None:
        """It accepts connections and answers nothing."""
        os.kill(self.server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self.server.pid, signal.SIGCONT)

    def end(self) -> None:
        """Whatever state it is in, it is gone."""
        if self._server is not None:
            self._server.kill()


@contextmanager
def workers(
    place: Place, *types: str, processes: int = 1, shutdown_seconds: float = 5, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor with its worker processes, which know the trials; its log is `workers.log`."""
    (place.folder / "data").mkdir(exist_ok=True)
    words = ["supervise", str(processes), str(shutdown_seconds), *types]
    with (place.folder / "workers.log").open("ab") as log:
        found = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.trials", *words],
            env=place.environment | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: len(alive()) == processes)
        yield found
    finally:
        children = alive() if found.poll() is None else []
        found.terminate()
        try:
            found.wait(shutdown_seconds + 10)
        except subprocess.TimeoutExpired:
            found.kill()
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            raise


def alive() -> list[int]:
    """Process ids of the workers that have registered and live."""
    with transaction() as tx:
        found = tx.scalars(
            text(
                "SELECT pid FROM workers WHERE kind = 'worker' AND stopped_at IS NULL AND lost_at IS NULL ORDER BY id"
            )
        ).all()
    return [pid for pid in found if is_running(pid)]


def is_running(pid: int) -> bool:
    """Whether a process of this number is there, and not only waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def logged(place: Place) -> str:
    """What the worker processes said."""
    return (place.folder / "workers.log").read_text()
