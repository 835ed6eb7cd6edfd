"""`--wait` and `job watch`: follow jobs until they are done, showing where they are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from placeops_cli.cells import clean, lasting, stamp
from placeops_cli.output import Output
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.services.jobs import Job


def follow(
    out: Output,
    actor: Actor,
    ids: Sequence[int],
    *,
    timeout: timedelta | None = None,
    each: Callable[[Job], None] | None = None,
) -> list[Job]:
    """The jobs once all are done; `each` hears of every look. Raises still-running when `timeout` is over first."""
    from tasks.services.jobs import wait_for

    seconds = None if timeout is None else timeout.total_seconds()
    progress = Line(out)
    warned = False

    def look(jobs: list[Job]) -> None:
        nonlocal warned
        open_ones = [job for job in jobs if not job.finished]
        delayed = [job for job in open_ones if job.state == "delayed"]
        if delayed and not warned:
            warned = warn_without_worker(out, delayed)
        if each:
            for job in jobs:
                each(job)
        if open_ones:
            progress.jobs(open_ones)

    try:
        return wait_for(actor, ids, timeout=seconds, look=look)
    except KeyboardInterrupt:
        progress.clear()
        out.hint(f"Stopped waiting; the work goes on. Next: placeops job watch {ids[0]}")
        raise
    finally:
        progress.clear()


def settled(out: Output, actor: Actor, job: Job | None, *, wait: bool, timeout: timedelta) -> list[Job]:
    """The job as it stands, or with `wait` as it ended, then the job that its completion enqueued, if any."""
    if job is None or not wait:
        return [job] if job else []
    jobs = follow(out, actor, [job.id], timeout=timeout)
    successor = (jobs[0].result or {}).get("publish_job")
    return jobs + (follow(out, actor, [successor], timeout=timeout) if successor else [])


def finish(out: Output, actor: Actor, jobs: Sequence[Job], *, wait: bool) -> None:
    """The last word of a command that started jobs: with `wait` an error unless all completed, else how to follow them.

    Raises job-failed, job-cancelled.
    """
    if wait:
        refuse_unfinished(jobs)
        return
    unfinished = [job for job in jobs if not job.finished]
    if unfinished:
        warn_without_worker(out, unfinished)
        verb = "watch" if len(unfinished) == 1 else "wait"
        out.hint(f"Next: placeops job {verb} {' '.join(str(job.id) for job in unfinished)}")


def refuse_unfinished(jobs: Iterable[Job]) -> None:
    """Nothing when all jobs completed. Raises job-failed or job-cancelled for the first that did not."""
    for job in jobs:
        if job.state == "failed":
            message = f"job {job.id} ({job.type}) failed, nothing was applied: {job.error}"
            raise PlaceopsError("job-failed", message, f"placeops job retry {job.id}")
        if job.state == "cancelled":
            message = f"job {job.id} ({job.type}) was cancelled ({job.reason}), nothing was applied"
            raise PlaceopsError("job-cancelled", message, f"placeops job show {job.id}")


def warn_without_worker(out: Output, jobs: Sequence[Job]) -> bool:
    """Whether nobody is there for one of these unfinished jobs; says so, and what became of its last try."""
    from tasks.services.workers import served_types

    served = served_types()
    alone = [job for job in jobs if job.type not in served]
    for job in alone[:1]:
        if job.state == "delayed" and job.run_at is not None:
            tried = (
                f"failed {job.failures} time{'s' * (job.failures != 1)}" if job.failures else "was stopped"
            )
            again = f"is tried again by the next worker from {stamp(job.run_at, out.zone)}"
            out.warn(
                f"job {job.id} {tried} ({job.error}) and {again}, but no worker runs: placeops worker run"
            )
        else:
            out.warn(f"no worker runs, so job {job.id} waits until one starts: placeops worker run")
    return bool(alone)


def described(job: Job) -> str:
    """The job in a few words: where it is, and since when."""
    began = job.started_at or job.created_at
    span = lasting(((job.finished_at or datetime.now(UTC)) - began).total_seconds())
    phase = job.progress or {}
    done = f" {phase['done']:,}/{phase['total']:,}" if phase.get("total") else ""
    doing = f", {phase['phase']}{done}" if phase.get("phase") and job.state == "active" else ""
    return f"job {job.id} {job.type}: {job.state}{doing} ({span})"


class Line:
    """One line on stderr that is overwritten; silent unless a person watches."""

    def __init__(self, out: Output) -> None:
        self._live = out.chatty
        self._width = 0

    def jobs(self, jobs: Sequence[Job]) -> None:
        """Draw the first of these jobs and how many others there are."""
        others = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
        self.write(described(jobs[0]) + others)

    def write(self, text: str) -> None:
        """Draw a text, as much of it as has room."""
        if self._live:
            self._draw(clean(text)[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Remove the line."""
        if self._width:
            self._draw("")

    def _draw(self, line: str) -> None:
        sys.stderr.write("\r" + line.ljust(self._width) + ("" if line else "\r"))
        sys.stderr.flush()
        self._width = len(line)
