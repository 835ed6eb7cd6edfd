"""The ground on which E5's stories happen, and job types that end as a story wants them to."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from sql.engine import transaction
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.ledger import WORKER_LOCK_CLASS
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Result
from tests import factories
from tests.experiments.world import World
from tests.jobs.support import ask, until

TRIAL, PUBLISH, REFRESH = "trial", "auto-publish", "refresh-materialized-views"
TYPES = (TRIAL, PUBLISH, REFRESH)
ENDS: Mapping[str, tuple[str, str]] = {
    "raise": ("failed", "error"),
    "time out": ("failed", "timed-out"),
    "expected": ("final", "on-purpose"),
    "deadlock": ("later", "handed-back"),
    "lost": ("later", "handed-back"),
    "stopped": ("back", "handed-back"),
}
"""How an attempt may end beside its completion: what that costs, and the reason on the row."""

CLEAR = """
    WITH a AS (DELETE FROM publish_requests), b AS (DELETE FROM drive_coordinator_selections),
    c AS (DELETE FROM drive_registrations), d AS (DELETE FROM jobs), e AS (DELETE FROM workers),
    f AS (DELETE FROM data_changes), g AS (DELETE FROM witness),
    h AS (UPDATE job_types SET paused_at = NULL, paused_by = NULL, paused_reason = NULL WHERE paused_at IS NOT NULL)
    UPDATE view_refreshes SET as_of = NULL, seen = NULL, cluster = NULL, milliseconds = NULL, job_id = NULL
"""
TIME_PASSES = """
    WITH given_up AS (UPDATE workers SET lost_at = lost_at - interval '1 hour' WHERE lost_at IS NOT NULL)
    UPDATE jobs SET finished_at = finished_at - interval '1 hour' WHERE finished_at IS NOT NULL
"""
NUMBERS = {"names": ["jobs_id_seq", "job_events_id_seq", "worker_ids"]}


class Wrong(AssertionError):
    """The ledger and the model disagree."""


@dataclasses.dataclass
class Request:
    """A publish request as the model knows it."""

    number: int
    selection: int
    job: int
    applied: bool = False


@dataclasses.dataclass
class Held:
    """An attempt in the hands of a worker, which may no longer be the job's own."""

    job: ActiveJob
    worker: Incarnation


@dataclasses.dataclass
class Ground:
    """What all stories have in common: the world, a drive, its students, three selections, the view's definition."""

    world: World
    focus: str | None
    drive: int
    students: list[int]
    selections: list[list[int]]
    definition: str
    reader: psycopg.Connection[dict[str, Any]]
    writer: psycopg.Connection[Any]
    seen: Counter[str]

    def clear(self) -> None:
        """Nothing is left of the story before, and numbers begin anew."""
        orders.clear()
        self.writer.rollback()
        with transaction() as tx:
            tx.execute(text(CLEAR))
            tx.execute(
                text("SELECT setval(name, 1, false) FROM unnest(CAST(:names AS regclass[])) name"), NUMBERS
            )


def ground(
    world: World,
    focus: str | None,
    reader: psycopg.Connection[dict[str, Any]],
    writer: psycopg.Connection[Any],
) -> Ground:
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 60)
        drive = factories.drive(tx)
        definition = str(tx.execute(text("SELECT pg_get_viewdef('drive_funnel'::regclass)")).scalar_one())
    selections = [students[:4], students[2:7], students[5:9]]
    plain = definition.strip().rstrip(";")
    return Ground(world, focus, drive, students, selections, plain, reader, writer, Counter())


orders: dict[tuple[int, int], str] = {}


def obedient(kind: JobType) -> JobType:
    """The same type, which leaves a witness and ends as the story wants it to."""

    def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
        witness = text("INSERT INTO witness (job_id, attempt, pid) VALUES (:id, :attempt, 0)")
        tx.execute(witness, {"id": job.id, "attempt": job.attempt})
        result: Result = {} if kind.name == TRIAL else kind.apply(tx, job, prepared)
        _end(job, orders.get((job.id, job.attempt), "well"))
        return result

    return dataclasses.replace(kind, apply=apply)


def _end(job: ActiveJob, how: str) -> None:
    if how in ("raise", "time out"):
        job.timed_out = how == "time out"
        raise ValueError(how)
    if how == "expected":
        raise ExpectedFailure("on-purpose", "it can never succeed")
    if how == "deadlock":
        raise psycopg.errors.DeadlockDetected(how)
    if how == "lost":
        raise psycopg.OperationalError("the connection is lost")
    if how == "stopped":
        job.cancelled.set()
        raise psycopg.errors.QueryCanceled(how)


def cut(life: Incarnation) -> None:
    """End the session that holds a worker's lock, and wait until the server has freed it."""
    with suppress(psycopg.Error):
        life._connection.execute("SELECT pg_advisory_unlock_all()")
    life._connection.close()
    held = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :kind AND objid = :worker "
    )
    here = "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    until(lambda: not ask(held + here, kind=WORKER_LOCK_CLASS, worker=life.id))
