"""The ledger's rules once more, in plain Python and without a clock: what each step must leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 3
"""Failures that end a job, and workers that it may cost."""


@dataclass
class Worker:
    """A process: `alive` until it vanishes, `lapsed` once it has not beaten for a lease, `lost` when given up."""

    id: int
    alive: bool = True
    lapsed: bool = False
    lost: bool = False
    lost_at: int = 0
    stopped: bool = False

    @property
    def may_claim(self) -> bool:
        """Whether it is given work."""
        return not (self.lapsed or self.lost or self.stopped)

    @property
    def seems_dead(self) -> bool:
        """Whether others take its jobs over."""
        return not self.stopped and (self.lapsed or not self.alive)


@dataclass
class Job:
    """A row as it must be. `number`: the publish request that it applies."""

    id: int
    type: str
    key: str | None
    number: int | None = None
    state: str = "waiting"
    attempt: int = 0
    failures: int = 0
    crashed_by: list[int] = field(default_factory=list)
    worker: int | None = None
    cancel: bool = False
    lapsed: bool = False
    reason: str | None = None
    due: bool = False
    ended_at: int = 0

    @property
    def row(self) -> tuple[object, ...]:
        """What the ledger must say."""
        ended = self.reason if self.state in ("failed", "cancelled") else None
        return self.state, self.attempt, self.failures, self.crashed_by, self.worker, self.cancel, ended


class Model:
    """Jobs, workers, paused types. Its time is the number of sweeps that gave a worker up."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.workers: dict[int, Worker] = {}
        self.paused: set[str] = set()
        self.now = 0

    def go(self, job: Job, state: str, reason: str | None = None) -> None:
        """Whatever follows, whoever held it holds it no more."""
        job.state, job.reason, job.due, job.ended_at = state, reason, False, self.now
        if state != "active":
            job.worker, job.lapsed = None, False

    def having(self, *states: str) -> list[Job]:
        """The jobs in these states, by id."""
        return [job for _, job in sorted(self.jobs.items()) if job.state in states]

    def queued(self, key: str | None) -> Job | None:
        """The one that answers for a key."""
        found = [job for job in self.having("waiting", "delayed") if key is not None and job.key == key]
        return found[0] if found else None

    def enqueued(self, job_id: int, type: str, key: str | None, number: int | None = None) -> int:
        """Which job must answer a request that was answered with this one."""
        if waiting := self.queued(key):
            return waiting.id
        if job_id not in self.jobs:
            self.jobs[job_id] = Job(job_id, type, key, number)
            return job_id
        return -1

    def claimable(
        self, type: str, worker: int, *, job_id: int | None = None, alone: bool = False
    ) -> list[Job]:
        """What a worker may have, the next one first."""
        if type in self.paused or not self.workers[worker].may_claim:
            return []
        busy = {job.key for job in self.having("active") if job.key is not None}
        return [
            job
            for job in self.having("waiting")
            if job.type == type
            and job_id in (None, job.id)
            and job.key not in busy
            and (alone or len(job.crashed_by) < MOST - 1)
        ]

    def claim(self, job: Job, worker: int) -> None:
        """It is the worker's."""
        self.go(job, "active")
        job.attempt, job.worker = job.attempt + 1, worker

    def holds(self, job_id: int, attempt: int) -> bool:
        """Whether an attempt is still the job's own."""
        job = self.jobs.get(job_id)
        return job is not None and (job.state, job.attempt) == ("active", attempt)

    def complete(self, job_id: int, attempt: int) -> bool:
        """Whether the effects must be applied; an attempt whose cancellation was asked for ends there."""
        if not self.holds(job_id, attempt):
            return False
        job = self.jobs[job_id]
        if job.cancel:
            self.go(job, "cancelled", "cancelled")
            return False
        self.go(job, "completed")
        return True

    def leave(self, job_id: int, attempt: int, how: str, reason: str) -> None:
        """An attempt ends without effects: `failed` costs one, `final` all, `later` and `back` nothing."""
        if not self.holds(job_id, attempt):
            return
        job = self.jobs[job_id]
        job.failures += how == "failed"
        if job.cancel:
            self.go(job, "cancelled", "cancelled")
        elif how == "final" or (how == "failed" and job.failures >= MOST):
            self.go(job, "failed", reason)
        elif self.queued(job.key):
            self.go(job, "cancelled", "superseded")
        else:
            self.go(job, "waiting" if how == "back" else "delayed")

    @property
    def gives_up(self) -> bool:
        """Whether the next sweep is the first that takes some worker for dead."""
        return any(worker.seems_dead and not worker.lost for worker in self.workers.values())

    def sweep(self) -> None:
        """Take from the dead."""
        dead = {worker.id for worker in self.workers.values() if worker.seems_dead}
        self.now += self.gives_up
        for worker in dead:
            if not self.workers[worker].lost:
                self.workers[worker].lost, self.workers[worker].lost_at = True, self.now
        for job in self.having("active"):
            if job.worker in dead or job.lapsed:
                assert job.worker is not None
                job.crashed_by = [*job.crashed_by, job.worker]
                self._orphan(job)

    def _orphan(self, job: Job) -> None:
        if job.cancel:
            self.go(job, "cancelled", "cancelled")
        elif len(job.crashed_by) >= MOST:
            self.go(job, "failed", "poison")
        elif self.queued(job.key):
            self.go(job, "cancelled", "superseded")
        else:
            self.go(job, "waiting")

    def promote(self) -> None:
        """Those whose time has come wait again."""
        for job in self.having("delayed"):
            if job.due:
                self.go(job, "waiting")

    def beat(self, worker: Worker, held: Iterator[tuple[int, int]]) -> None:
        """It lives; if it was given up, what it lost was no crash, and of several for one input the newest wakes."""
        worker.lapsed = False
        if worker.lost:
            worker.lost = False
            for job in sorted(self.jobs.values(), key=lambda job: -job.id):
                since = job.state not in ("completed", "cancelled") or job.ended_at >= worker.lost_at
                if worker.id in job.crashed_by and since:
                    job.crashed_by = [one for one in job.crashed_by if one != worker.id]
                    if (job.state, job.reason) == ("failed", "poison") and not self.queued(job.key):
                        self.go(job, "waiting")
        for job_id, attempt in held:
            if self.holds(job_id, attempt):
                self.jobs[job_id].lapsed = False

    def cancel(self, job: Job) -> str | None:
        """Outcome, None for a job that is finished."""
        if job.state == "active":
            job.cancel = True
            return "requested"
        if job.state in ("waiting", "delayed"):
            job.cancel = True
            self.go(job, "cancelled", "cancelled")
            return "cancelled"
        return None

    def retry(self, job: Job) -> bool:
        """Whether it waits again, with fresh budgets."""
        if job.state not in ("failed", "cancelled") or self.queued(job.key):
            return False
        job.failures, job.crashed_by, job.cancel = 0, [], False
        self.go(job, "waiting")
        return True
