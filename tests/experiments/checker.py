"""Compares the three records and names every disagreement. It knows the tables and nothing of the program.

- lost: a client was told that its job is queued, and the job is not there, not finished, or not applied.
- doubled: effects seen twice, two jobs for one request, two completions of one job.
- zombies: effects of an attempt other than the one that completed the job, or of a job that never completed.
- broken: a transition that does not follow from the one before, a file that is not what its row says, and the like.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.experiments.journal import Journal, Line

Row = dict[str, Any]
FINISHED = ("completed", "failed", "cancelled")


@dataclass
class Findings:
    """What the records say together. Times are in seconds."""

    asked: int = 0
    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    zombies: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    recovery: list[float] = field(default_factory=list)
    pickup: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def faults(self) -> list[str]:
        """Every disagreement, in words."""
        kinds = {"lost": self.lost, "doubled": self.doubled, "zombie": self.zombies, "broken": self.broken}
        return [f"{kind}: {words}" for kind, found in kinds.items() for words in found]


def check(database_url: str, journal: Journal, export_folder: Path | None = None) -> Findings:
    """Read all three records, once everything has come to rest."""
    lines = list(journal.lines())
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        jobs = {row["id"]: row for row in conn.execute("SELECT * FROM jobs")}
        events: dict[int, list[Row]] = defaultdict(list)
        for event in conn.execute("SELECT * FROM job_events ORDER BY job_id, id"):
            events[event["job_id"]].append(event)
        witnesses: dict[int, list[Row]] = defaultdict(list)
        for row in conn.execute("SELECT * FROM witness"):
            witnesses[row["job_id"]].append(row)
        workers = list(conn.execute("SELECT id, kind, pid, started_at FROM workers ORDER BY id"))
        exports = list(conn.execute("SELECT * FROM exports WHERE completed_at IS NOT NULL"))
    found = Findings()
    _requests(found, lines, jobs)
    _promises(found, lines, jobs, witnesses)
    for job in jobs.values():
        _effects(found, job, events[job["id"]], witnesses[job["id"]])
        found.broken += contradictions(job, events[job["id"]])
        if job["state"] not in FINISHED:
            found.broken.append(f"job {job['id']} ({job['type']}) is still {job['state']}")
    found.broken += _files(exports, export_folder)
    found.recovery = list(_recoveries(lines, workers, events))
    inline = {worker["id"] for worker in workers if worker["kind"] == "inline"}
    _speeds(found, lines, events, inline)
    return found


def _requests(found: Findings, lines: Sequence[Line], jobs: Mapping[int, Row]) -> None:
    kinds = Counter(line["kind"] for line in lines)
    found.asked, found.acknowledged = kinds["ask"], kinds["acknowledged"]
    found.unknown, found.refused = kinds["unknown"], kinds["refused"]
    asked = {line["request"] for line in lines if line["kind"] == "ask"}
    per_request = Counter(job["request_id"] for job in jobs.values() if job["parent_id"] is None)
    for request, count in per_request.items():
        if request is not None and request not in asked:
            found.broken.append(f"request {request} is in the ledger, and nobody asked")
        if request is not None and count > 1:
            found.doubled.append(f"request {request} has {count} jobs")
    refused = {line["request"] for line in lines if line["kind"] == "refused"}
    found.broken += [f"refused request {one} is in the ledger" for one in refused & per_request.keys()]
    answered = {line["request"] for line in lines if line["kind"] in ("acknowledged", "refused", "unknown")}
    found.broken += [f"request {request} was never answered" for request in asked - answered]


def _promises(
    found: Findings, lines: Sequence[Line], jobs: Mapping[int, Row], witnesses: Mapping[int, Sequence[Row]]
) -> None:
    """What was acknowledged ends as it should; what nobody knows of may exist, and then ends as it should, too."""
    due = {line["job"]: line["expect"] for line in lines if line["kind"] == "acknowledged"}
    expected = {line["request"]: line["expect"] for line in lines if line["kind"] == "unknown"}
    due |= {j["id"]: expected[j["request_id"]] for j in jobs.values() if j["request_id"] in expected}
    for job_id, expect in due.items():
        if job_id not in jobs:
            found.lost.append(f"job {job_id} is gone")
        elif jobs[job_id]["state"] not in expect:
            job = jobs[job_id]
            words = f"job {job_id} ({job['type']}) is {job['state']}: {job['reason']} {job['error'] or ''}"
            found.lost.append(f"{words}, expected {' or '.join(expect)}")
        elif jobs[job_id]["state"] == "completed" and not witnesses.get(job_id):
            found.lost.append(f"job {job_id} ({jobs[job_id]['type']}) completed without effects")


def _effects(found: Findings, job: Row, events: Sequence[Row], witnesses: Sequence[Row]) -> None:
    completions = [event["attempt"] for event in events if event["to_state"] == "completed"]
    if len(completions) > 1:
        found.doubled.append(f"job {job['id']} completed {len(completions)} times")
    if len(witnesses) > 1:
        attempts = [row["attempt"] for row in witnesses]
        found.doubled.append(f"job {job['id']} ({job['type']}) was applied by attempts {attempts}")
    for row in witnesses:
        if row["attempt"] not in completions:
            found.zombies.append(
                f"job {job['id']}: effects of attempt {row['attempt']}, completed by {completions}"
            )


def contradictions(job: Row, events: Sequence[Row]) -> Iterator[str]:
    """Where a job's story does not follow from itself. A cancel request of an active job is an event of its own."""
    state, attempt = None, 0
    for event in events:
        if event["from_state"] != state:
            yield f"job {job['id']} went from {state}, says the event to {event['to_state']}: {event['from_state']}"
        if event["to_state"] == "active":
            if event["attempt"] != attempt + (state != "active"):
                yield f"job {job['id']}: attempt {event['attempt']} follows {attempt}"
            attempt = event["attempt"]
        state = event["to_state"]
    if state != job["state"]:
        yield f"job {job['id']} is {job['state']}, its last event says {state}"


def _files(exports: Sequence[Row], folder: Path | None) -> Iterator[str]:
    for row in exports:
        assert folder is not None
        path = folder / row["file_name"]
        if row["removed_at"] is not None:
            continue
        if not path.exists():
            yield f"export {row['id']} names {row['file_name']}, which is not there"
        elif hashlib.sha256(data := path.read_bytes()).hexdigest() != row["sha256"]:
            yield f"export {row['id']}: {row['file_name']} has {len(data)} bytes that are not its own"


def _recoveries(
    lines: Sequence[Line], workers: Sequence[Row], events: Mapping[int, Sequence[Row]]
) -> Iterator[float]:
    """For every job that a killed process held: how long until somebody else had it."""
    killed: dict[int, float] = {}
    for line in lines:
        if line["kind"] == "killed":
            lives = [
                w["id"]
                for w in workers
                if w["pid"] == line["pid"] and w["started_at"].timestamp() < line["at"]
            ]
            if lives:
                killed[lives[-1]] = line["at"]
    for story in events.values():
        for held, then in pairwise(story):
            if (
                held["to_state"] == "active"
                and held["worker_id"] in killed
                and (then["why"] or "").startswith("its worker died")
            ):
                again = [
                    e for e in story if e["to_state"] == "active" and e["attempt"] == held["attempt"] + 1
                ]
                if again:
                    yield again[0]["at"].timestamp() - killed[held["worker_id"]]


def _speeds(
    found: Findings, lines: Sequence[Line], events: Mapping[int, Sequence[Row]], inline: Set[int]
) -> None:
    """From commit to claim, and from request to answer, by the phase in which the job was asked for.

    What the asking process itself worked on the job is no part of its answer's time.
    """
    phase = "before"
    for line in lines:
        if line["kind"] == "phase":
            phase = line["name"]
        if line["kind"] != "acknowledged":
            continue
        story = events.get(line["job"], [])
        own_work = 0.0
        for first, then in pairwise(story):
            if first["to_state"] == "active":
                found.pickup[phase].append((first["at"] - story[0]["at"]).total_seconds())
                if first["worker_id"] in inline and then["at"].timestamp() <= line["at"]:
                    own_work = (then["at"] - first["at"]).total_seconds()
                break
        found.requests[f"{phase}{line['via']}"].append(line["seconds"] - own_work)
