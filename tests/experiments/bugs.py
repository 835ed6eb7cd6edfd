"""Seeded bugs: each breaks one promise on purpose, and one experiment must notice.

They are planted by tests in processes of tests only; the program has no switch for them.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from sql.queries import source


@dataclass(frozen=True)
class Bug:
    """What is broken, how, and which part of which experiment is to see it."""

    what: str
    plant: Callable[[], None]
    experiment: str
    part: str | None


BUGS: dict[str, Bug] = {}


def bug(
    what: str, experiment: str, part: str | None = None
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a bug under its function's name."""

    def register(plant: Callable[[], None]) -> Callable[[], None]:
        BUGS[plant.__name__.replace("_", "-")] = Bug(what, plant, experiment, part)
        return plant

    return register


def misquote(statement: str, *changes: tuple[str, str], file: str = "ledger", module: str = "") -> None:
    """Change parts of a named statement wherever `module` (tasks.jobs.<file>) executes it.

    Raises ValueError when a part is not there: a bug that is not planted would pass for one that is not caught.
    """
    user: Any = importlib.import_module(module or f"tasks.jobs.{file}")
    words = source(file, statement)
    for old, new in changes:
        if old not in words:
            raise ValueError(f"{statement} does not say {old!r}")
        words = words.replace(old, new)
    wrong, right = text(words), user.query
    user.query = lambda where, name: wrong if (where, name) == (file, statement) else right(where, name)


@bug("a job completes without asking whether it is still its own", "e1", "zombies")
def no_fence() -> None:
    fence = "AND attempt = :attempt AND state = 'active' AND cancel_requested_at IS NULL"
    misquote("complete", (fence, "AND :attempt > 0"))


@bug("effects are committed apart from the completion", "e1", "points")
def effects_apart() -> None:
    from sql.engine import transaction
    from tasks.jobs.registry import JobType
    from tests.jobs.trials import known_types

    def apart(kind: JobType) -> JobType:
        def apply(tx, job, prepared):  # type: ignore[no-untyped-def]
            with transaction() as other:
                return kind.apply(other, job, prepared)

        return dataclasses.replace(kind, apply=apply)

    known_types().update({name: apart(kind) for name, kind in known_types().items()})


@bug("the sweep looks at locks only, so that a frozen worker keeps its jobs for ever", "e1", "zombies")
def sweep_ignores_lease() -> None:
    misquote(
        "take_from_dead",
        ("w.lease_until < clock_timestamp()\n        OR NOT", "NOT"),
        (" OR j.lease_until < clock_timestamp())", ")"),
    )


@bug("nobody counts the workers that a job kills", "e1", "poison")
def crashes_uncounted() -> None:
    misquote("take_from_dead", ("crashed_by = j.crashed_by || orphans.worker_id, worker_id", "worker_id"))


@bug("a dead worker process is not replaced", "e1", "points")
def no_replacement() -> None:
    from tasks.processes import Child

    Child.replace_if_dead = lambda self: None  # type: ignore[method-assign]


@bug("the export is recorded before its file is whole", "e1", "points")
def file_recorded_early() -> None:
    from tasks.jobs import points
    from tasks.jobs.export_registrations import JOB_TYPE
    from tasks.settings import settings
    from tests.jobs.trials import known_types

    late: dict[int, tuple[Path, bytes]] = {}
    before = points.reached
    assert JOB_TYPE.prepare is not None
    write = JOB_TYPE.prepare

    def prepare(job):  # type: ignore[no-untyped-def]
        written = write(job)
        path = settings().export_dir / written.file_name
        late[job.id] = path, path.read_bytes()
        path.write_bytes(b"")
        return written

    def reached(point, job):  # type: ignore[no-untyped-def]
        before(point, job)
        if point == "committed" and job.id in late:
            path, data = late.pop(job.id)
            path.write_bytes(data)

    points.reached = reached
    name = JOB_TYPE.name
    known_types()[name] = dataclasses.replace(known_types()[name], prepare=prepare)


@bug("nobody rings again for work whose ring was lost", "e2")
def no_ring_again() -> None:
    from tasks.jobs.sweep import Sweep

    Sweep._rings = lambda self: None  # type: ignore[method-assign]


@bug("requests try Redis again and again in an outage, and wait as long as it takes", "e2", "hung")
def no_breaker() -> None:
    from tasks.jobs import doorbell

    doorbell.Breaker.failed = lambda self, error: None  # type: ignore[method-assign]
    doorbell.SHORT_SECONDS = 2.0


@bug("workers never go back to Redis after an outage", "e2", "hung")
def no_way_back() -> None:
    from tasks.jobs import doorbell

    doorbell.Breaker.succeeded = lambda self: None  # type: ignore[method-assign]


@bug("a request fails when its ring does", "e2", "killed")
def ring_or_raise() -> None:
    from tasks.jobs import delivery, doorbell

    def deliver(job_type: str, job_id: int) -> None:
        if not doorbell.ring(job_type):
            raise ConnectionError("no Redis")

    from sql import engine

    delivery.deliver = deliver
    engine.log.exception = _raise  # type: ignore[assignment]


def _raise(*_: object) -> None:
    raise


@bug("a job that raises while Redis is away is dropped", "e2", "killed")
def dropped_on_failure() -> None:
    from tasks.jobs import ledger
    from tasks.jobs.doorbell import breaker

    leave = ledger.leave

    def forgetful(job, worker, why, **how):  # type: ignore[no-untyped-def]
        if breaker.down_since is not None and how.get("failed"):
            how["final"] = True
        return leave(job, worker, why, **how)

    ledger.leave = forgetful


@bug("a restart of PostgreSQL counts as the death of every worker", "e3", "restarts")
def restart_is_death() -> None:
    settled = "clock_timestamp() > pg_postmaster_start_time() + make_interval(secs => :lease)"
    misquote("take_from_dead", (settled, ":lease > 0"))


@bug("a lost connection spends one of the job's failures", "e3", "cuts")
def broken_connection_is_failure() -> None:
    from tasks.jobs import runner

    runner.is_transient = lambda error: False  # type: ignore[attr-defined]


@bug("a claim whose answer was lost stays with the worker for ever", "e3", "cuts")
def lost_claim_kept() -> None:
    from tasks.jobs import ledger

    ledger.hand_back = lambda *_, **__: []


@bug("a request is acknowledged before its commit is certain", "e3", "cuts")
def acknowledged_before_commit() -> None:
    from sqlalchemy.engine.base import RootTransaction
    from sqlalchemy.exc import DBAPIError

    commit = RootTransaction.commit

    def hopeful(self: Any) -> None:
        with suppress(DBAPIError):
            commit(self)

    RootTransaction.commit = hopeful  # type: ignore[method-assign]


@bug("a worker keeps something of every job", "load")
def worker_leaks() -> None:
    from tasks.jobs import runner

    kept: list[bytes] = []
    execute = runner.execute

    def forgetless(*words, **more):  # type: ignore[no-untyped-def]
        kept.append(b"x" * 50_000)
        return execute(*words, **more)

    runner.execute = forgetless


@bug("a clean-up removes a few old jobs and leaves the rest to the next night", "load")
def pruning_falls_behind() -> None:
    misquote("prune", ("LIMIT :batch", "LIMIT least(:batch, 10)"), module="tasks.jobs.prune_jobs")
