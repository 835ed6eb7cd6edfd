"""The main job from end to end, step by step: what `up --once` shows and `integration-test` proves.

Drive, eligibility, publish through the queue, registrations, export, analytics, queue.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from sql.engine import sentence, transaction
from sql.queries import query
from sql.tables import colleges, placement_drives
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services.criteria import Criteria
from tasks.services.drive_create import NewDrive, create_drive
from tasks.services.drives import show_drive
from tasks.services.eligibility import compute_eligibility
from tasks.services.exports import open_export, request_export
from tasks.services.jobs import Job, wait_for
from tasks.services.publishing import publish_drive
from tasks.services.queues import queue_stats
from tasks.services.registrations import register
from tasks.services.views import list_views, refresh_views
from tasks.services.workers import served_types
from tasks.settings import settings


@dataclass(frozen=True, slots=True)
class Step:
    """One step's outcome in words; `fix` when it failed."""

    name: str
    ok: bool
    detail: str
    seconds: float
    fix: str | None = None


@dataclass(slots=True)
class Rehearsal:
    """Runs the main job once. `college` is the code of the college whose students take part, None for all."""

    actor: Actor
    college: str | None
    is_test: bool
    registrations: int
    timeout: float
    drive: str = ""
    export_id: int = 0
    file: Path | None = None

    def run(self) -> Iterator[Step]:
        """The steps as they end; the first that fails is the last."""
        steps: tuple[tuple[str, Callable[[], str]], ...] = (
            ("create a drive with criteria", self._create),
            ("compute eligibility", self._eligibility),
            ("publish through the queue", self._publish),
            ("take registrations", self._register),
            ("export the registrations as CSV", self._export),
            ("refresh the analytics", self._refresh),
            ("look at the queue", self._queue),
        )
        for name, act in steps:
            step = attempt(name, act)
            yield step
            if not step.ok:
                return

    def _create(self) -> str:
        now = datetime.now(UTC)
        new = NewDrive(
            company="placeOps rehearsal",
            title="Graduate engineer",
            ctc_min=600_000,
            ctc_max=900_000,
            reg_opens_at=now - timedelta(minutes=5),
            reg_closes_at=now + timedelta(days=1),
            is_test=self.is_test,
        )
        chosen = (self.college,) if self.college else ()
        rules = Criteria(cgpa_min=Decimal("7.00"), active_backlogs_max=0, colleges=chosen)
        drive = create_drive(self.actor, new, rules).drive
        self.drive = drive.code
        return f"drive {drive.id} ({drive.code}): CGPA 7.00 or more, no active backlog"

    def _eligibility(self) -> str:
        result = self._finish(compute_eligibility(self.actor, self.drive))
        return f"{result['eligible']} of {result['students']} students are eligible"

    def _publish(self) -> str:
        published = publish_drive(self.actor, self.drive, eligible=True)
        assert published.job is not None
        how = "inline" if published.job.finished else "queued"
        result = self._finish(published.job)
        selection = show_drive(self.actor, self.drive).drive.selection
        if selection.state != "applied" or selection.selected != published.plan.selected:
            raise PlaceopsError(
                "check-failed", f"the selection is {selection.state} with {selection.selected} students"
            )
        return f"job {published.job.id} ({how}) selected {result['selected']} students"

    def _register(self) -> str:
        with transaction(read_only=True) as tx:
            drive = tx.scalar(select(placement_drives.c.id).where(placement_drives.c.code == self.drive))
            chosen = tx.execute(
                query("rehearsal", "selected"), {"drive": drive, "limit": self.registrations}
            ).all()
        for student in chosen:
            register(self.actor, self.drive, student.roll_no, college=student.college)
        again = register(self.actor, self.drive, chosen[0].roll_no, college=chosen[0].college)
        if again.created:
            raise PlaceopsError("check-failed", "a repeated registration made a second row")
        return f"{len(chosen)} students registered, a repeated click changed nothing"

    def _export(self) -> str:
        asked = request_export(self.actor, self.drive)
        self.export_id = asked.export.id
        result = self._finish(asked.job)
        found = open_export(self.actor, self.export_id)
        self.file = found.path.resolve()
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        registered = show_drive(self.actor, self.drive).drive.registered
        if digest != found.sha256 or result["rows"] != registered:
            raise PlaceopsError(
                "check-failed", f"the file has {result['rows']} rows for {registered} registrations"
            )
        return f"{result['rows']} rows, {result['bytes']:,} bytes, SHA-256 {digest[:12]}…"

    def _refresh(self) -> str:
        for job in refresh_views(self.actor):
            self._finish(job)
        return f"{len(list_views(self.actor))} views are fresh"

    def _queue(self) -> str:
        types = queue_stats(self.actor).types
        waiting, failed = sum(t.waiting for t in types), sum(t.failed for t in types)
        done = sum(t.completed_last_hour for t in types)
        return f"{done} jobs completed within the hour, {waiting} waiting, {failed} failed"

    def _finish(self, job: Job) -> dict[str, object]:
        (ended,) = wait_for(self.actor, [job.id], timeout=self.timeout, look=self._see_hope)
        if ended.state != "completed":
            raise PlaceopsError(
                "job-failed",
                f"job {job.id} ended as {ended.state}: {ended.error}",
                f"placeops job show {job.id}",
            )
        return ended.result or {}

    def _see_hope(self, found: list[Job]) -> None:
        """Nobody but a worker tries a job again that failed inline: without one there is nothing to wait for."""
        for job in found:
            if job.state == "delayed" and job.type not in served_types():
                raise PlaceopsError(
                    "job-failed",
                    f"job {job.id} ({job.type}) failed, and no worker runs that would try it again: {job.error}",
                    "correct the cause, then run it again; placeops doctor checks the installation",
                )


def attempt(name: str, act: Callable[[], str]) -> Step:
    """Run one step; an error becomes the step's outcome."""
    began = time.monotonic()
    try:
        detail, ok, fix = act(), True, None
    except PlaceopsError as error:
        detail, ok, fix = error.message, False, error.fix
    except (SQLAlchemyError, OSError, AssertionError, KeyError) as error:
        detail, ok, fix = sentence(error), False, "placeops doctor"
    return Step(name, ok, detail, time.monotonic() - began, fix)


@contextmanager
def test_college(actor: Actor) -> Iterator[Rehearsal]:
    """A rehearsal in a marked college of twelve students; all of it is removed afterwards but its audit events."""
    code = f"TEST-{uuid4().hex[:8]}"
    # A name of its own, by which its jobs are known again: a refresh that somebody else asked for must stay.
    actor = replace(actor, name=f"{actor.name} (integration test {code})")
    with transaction() as tx:
        stale = list(tx.scalars(query("rehearsal", "leftovers")))
        row = (
            insert(colleges).values(code=code, name="Integration test", is_test=True).returning(colleges.c.id)
        )
        tx.execute(query("rehearsal", "add_students"), {"college": tx.scalar(row)})
    for old in stale:
        _remove(old)
    rehearsal = Rehearsal(actor, code, is_test=True, registrations=10, timeout=60)
    try:
        yield rehearsal
    finally:
        _remove(code, actor.name)


def require_gone(rehearsal: Rehearsal) -> str:
    """Say that nothing of a test rehearsal is left. Raises check-failed when something is."""
    with transaction(read_only=True) as tx:
        college = tx.scalar(select(colleges.c.id).where(colleges.c.code == rehearsal.college))
        drive = tx.scalar(select(placement_drives.c.id).where(placement_drives.c.code == rehearsal.drive))
    file = rehearsal.file is not None and rehearsal.file.exists()
    if college or drive or file:
        raise PlaceopsError(
            "check-failed", f"something of {rehearsal.college} was left behind", "placeops doctor"
        )
    return "college, students, drive, jobs and file are gone; the audit events stay"


def _remove(code: str, by: str | None = None) -> None:
    with transaction() as tx:
        college = tx.scalar(select(colleges.c.id).where(colleges.c.code == code))
        drives = list(tx.scalars(query("rehearsal", "drives_of"), {"college": college}))
        files = list(tx.scalars(query("rehearsal", "remove_export_rows"), {"drives": drives}))
        for name in ("remove_registrations", "remove_jobs", "remove_drives"):
            tx.execute(query("rehearsal", name), {"drives": drives, "by": by})
        tx.execute(query("rehearsal", "remove_college"), {"college": college})
    for name in filter(None, files):
        (settings().export_dir / name).unlink(missing_ok=True)
