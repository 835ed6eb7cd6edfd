"""Seeded bugs: each breaks one promise on purpose, and one experiment must notice.

They are planted by tests in processes of tests only; the program has no switch for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


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


def misquote(module: object, statement: str, old: str, new: str) -> None:
    """Replace part of a named statement wherever `module` uses it. Raises ValueError when that part is not there."""
    from sqlalchemy import text

    from sql.queries import query, source

    names = [name for name in ("ledger", "publishing", "views", "schedules") if _has(name, statement)]
    words = source(names[0], statement)
    if old not in words:
        raise ValueError(f"{statement} does not say {old!r}")
    wrong = text(words.replace(old, new))
    before = getattr(module, "query", query)

    def misquoting(file: str, name: str) -> object:
        return wrong if name == statement else before(file, name)

    module.query = misquoting  # type: ignore[attr-defined]


def _has(file: str, statement: str) -> bool:
    from sql.queries import names

    return statement in names(file)


@bug("a job completes without asking whether it is still its own", "e1", "zombies")
def no_fence() -> None:
    from tasks.jobs import ledger

    fence = "AND attempt = :attempt AND state = 'active' AND cancel_requested_at IS NULL"
    misquote(ledger, "complete", fence, "AND :attempt > 0")


@bug("effects are committed apart from the completion", "e1", "points")
def effects_apart() -> None:
    import dataclasses

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
    from tasks.jobs import ledger

    misquote(ledger, "take_from_dead", "w.lease_until < clock_timestamp()\n        OR NOT", "NOT")
    _again = "(j.worker_id IN (SELECT id FROM dead) OR j.lease_until < clock_timestamp())"
    words = str(ledger.query("ledger", "take_from_dead"))
    assert _again in words
    from sqlalchemy import text

    wrong = text(words.replace(_again, "j.worker_id IN (SELECT id FROM dead)"))
    before = ledger.query
    ledger.query = lambda file, name: wrong if name == "take_from_dead" else before(file, name)  # type: ignore


@bug("nobody counts the workers that a job kills", "e1", "poison")
def crashes_uncounted() -> None:
    from tasks.jobs import ledger

    misquote(
        ledger, "take_from_dead", "crashed_by = j.crashed_by || orphans.worker_id, worker_id", "worker_id"
    )


@bug("a dead worker process is not replaced", "e1", "points")
def no_replacement() -> None:
    from tasks.processes import Child

    Child.replace_if_dead = lambda self: None  # type: ignore[method-assign]


@bug("the export is recorded before its file is whole", "e1", "points")
def file_recorded_early() -> None:
    import dataclasses
    from pathlib import Path

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
