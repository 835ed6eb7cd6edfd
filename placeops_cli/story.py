"""A job's story in plain words: who asked, how long it waited, which worker tried, why an attempt ended."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from placeops_cli.cells import clean, lasting, stamp

if TYPE_CHECKING:
    from tasks.services.jobs import Job, JobEvent, JobStory


def told(story: JobStory, zone: tzinfo) -> list[tuple[str, str]]:
    """One line an event, oldest first: when it was (with the day where that is new), and what happened."""
    lines: list[tuple[str, str]] = []
    since = day = ""
    last: JobEvent | None = None
    for event in story.events:
        spent = "" if last is None else lasting((event.at - last.at).total_seconds())
        today, now = stamp(event.at, zone).split()[0], event.at.astimezone(zone).strftime("%H:%M:%S")
        since, day = (now if today == day else f"{today} {now}"), today
        lines.append((since, _sentence(event, spent)))
        if event.from_state != event.to_state:  # a cancel request does not begin anything
            last = event
    if last is not None and not story.job.finished:
        lines.append(("now", _now(story.job, (datetime.now(UTC) - last.at).total_seconds(), zone)))
    return lines


def _sentence(event: JobEvent, spent: str) -> str:
    why = clean(event.why or "")
    tried = f"attempt {event.attempt}"
    match event.from_state, event.to_state:
        case None, _:
            return why
        case "waiting", "active":
            return f"{tried} began on {_worker(event)}, after {spent} of waiting"
        case "active", "active":
            return f"{why}, while {tried} ran"
        case "active", "completed":
            return f"completed by {tried} after {spent}" + (f": {why}" if why else "")
        case "active", "delayed":
            return f"{tried} ended after {spent}, to be tried again later: {why}"
        case "active", "waiting":
            return f"{tried} ended after {spent}, back in the queue: {why}"
        case "active", "failed":
            return f"failed in {tried} after {spent}: {why}"
        case "active", "cancelled":
            return f"cancelled in {tried} after {spent}: {why}"
        case "delayed", "waiting":
            return f"{why}, after {spent} of delay"
        case _, "cancelled":
            return f"{why}, after {spent} {event.from_state}"
        case _:
            return why


def _worker(event: JobEvent) -> str:
    at = f" ({clean(event.host)}, pid {event.pid})" if event.host else ""
    return f"worker {event.worker_id}{at}"


def _now(job: Job, seconds: float, zone: tzinfo) -> str:
    span = f"for {lasting(seconds)}"
    if job.state == "delayed" and job.run_at is not None:
        return f"delayed until {stamp(job.run_at, zone)}"
    if job.state == "active":
        stopping = ", and is asked to stop" if job.cancel_requested_at else ""
        phase = f": {clean(str(job.progress['phase']))}" if job.progress else ""
        return f"running {span}{phase}{stopping}"
    return f"waiting {span}"
