"""Each step of a story twice: on the real ledger, and on the model, which must agree at once."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

import psycopg

from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.jobs import ledger, prune_jobs, runner
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.registry import ActiveJob
from tasks.services.publishing import publish_drive
from tasks.services.selections import Listed
from tests.experiments.checker import check, contradictions
from tests.experiments.journal import Journal
from tests.experiments.model import Job, Model, Worker
from tests.experiments.stage import (
    ENDS,
    PUBLISH,
    REFRESH,
    TIME_PASSES,
    TRIAL,
    TYPES,
    Ground,
    Held,
    Request,
    Wrong,
    cut,
    orders,
)
from tests.jobs.support import do, in_threads

PAST = "lease_until = clock_timestamp() - interval '1 second'"
UNFINISHED = ("waiting", "delayed", "active")


class Steps:
    """The state of a story: workers, attempts in their hands, publish requests, the model of all jobs."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        ground.clear()
        self.model = Model()
        self.held: list[Held] = []
        self.lives: list[Incarnation] = []
        self.requests: list[Request] = []
        self.stories: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.selected: int | None = None
        self.last_event = self.registered = 0
        self.open = False

    def count(self, kind: str) -> None:
        """One more of this kind."""
        self.ground.seen[kind] += 1

    def same(self, expected: object, found: object, what: str) -> None:
        """Raises Wrong when they differ."""
        if expected != found:
            raise Wrong(f"{what}: the model says {expected}, the ledger {found}")

    def ask_for_trial(self, key: str | None) -> None:
        """A request with a key is answered with the job that waits, never with one that is active."""
        with transaction() as tx:
            found = ledger.enqueue(tx, TRIAL, {"key": key}, created_by="story")
        self.same(self.model.enqueued(found, TRIAL, key), found, "the job that answers")

    def ask_for_refresh(self) -> None:
        """The same for the view."""
        with transaction() as tx:
            found = ledger.enqueue(tx, REFRESH, {"view": "drive_funnel"}, created_by="story")
        self.same(self.model.enqueued(found, REFRESH, "view:drive_funnel"), found, "the refresh job")

    def publish(self, selection: int) -> None:
        """A selection equal to the newest is answered with its job, unless that came to nothing."""
        listed = [Listed(at, student_id=one) for at, one in enumerate(self.ground.selections[selection])]
        published = publish_drive(Actor("story", role=Role.ADMIN), str(self.ground.drive), listed)
        newest = self.requests[-1] if self.requests else None
        if newest and newest.selection == selection and (newest.applied or self._is_under_way(newest)):
            expected = newest.job if newest.job in self.model.jobs else None
            self.same((True, expected), (published.repeated, published.job and published.job.id), "publish")
            return
        self.same(False, published.repeated, "publish: repeated")
        assert published.job is not None
        number, found = newest.number + 1 if newest else 1, published.job.id
        key = f"publish:{self.ground.drive}:{number}"
        self.same(self.model.enqueued(found, PUBLISH, key, number), found, "the publish job")
        self.requests.append(Request(number, selection, found))

    def _is_under_way(self, request: Request) -> bool:
        job = self.model.jobs.get(request.job)
        return job is not None and job.state in UNFINISHED and not job.cancel

    # Work

    def be_born(self) -> Incarnation:
        """One more worker."""
        life = Incarnation("worker", list(TYPES))
        self.lives.append(life)
        self.model.workers[life.id] = Worker(life.id)
        return life

    def fit(self, choice: int) -> Incarnation:
        """A worker that is well, else a new one, else one that beats again."""
        for life in self.lives[choice % len(self.lives) :] + self.lives:
            if self.model.workers[life.id].may_claim:
                return life
        if len(self.lives) < 4:
            return self.be_born()
        life = self.lives[choice % len(self.lives)]
        self.beat(life)
        return life

    def claim(self, life: Incarnation, type: str, job_id: int | None = None, alone: bool = False) -> bool:
        """The next job of a type, or this one."""
        may = self.model.claimable(type, life.id, job_id=job_id, alone=alone)
        got = ledger.claim(type, life.id, job_id=job_id, alone=alone)
        self.same(
            may[0].id if may else None, got and got.id, f"worker {life.id} claims {type} {job_id or ''}"
        )
        self._take(got, life)
        return got is not None

    def claim_twice(self, life: Incarnation, type: str) -> None:
        """Two threads at once never get the same job."""
        may = self.model.claimable(type, life.id)
        both = in_threads(*[partial(ledger.claim, type, life.id)] * 2)
        got = sorted((one for one in both if one is not None), key=lambda job: job.id)
        self.same([job.id for job in may[:2]], [job.id for job in got], f"two claims of {type}")
        for one in got:
            self._take(one, life)

    def _take(self, got: ActiveJob | None, life: Incarnation) -> None:
        if got is not None:
            job = self.model.jobs[got.id]
            self.model.claim(job, life.id)
            self.same(job.attempt, got.attempt, f"attempt of job {got.id}")
            self.held.append(Held(got, life))

    def execute(self, held: Held, how: str, meanwhile: str | None = None, then_claim: bool = False) -> None:
        """An attempt goes on to its end, whichever, while something else happens; a zombie's comes to nothing."""
        job, life = held.job, held.worker
        own = self.model.holds(job.id, job.attempt)
        self.count(f"{how} {meanwhile or ''}".strip() if own else "zombie")
        orders[job.id, job.attempt] = how

        def reached(point: str, _: ActiveJob) -> None:
            if point == "prepared" and own and meanwhile:
                self._happen(meanwhile, held)
            if (point, how) in (("fenced", "lost before"), ("committed", "lost after")):
                raise psycopg.OperationalError("the answer is lost")

        def claim_next(tx: Any) -> ActiveJob | None:
            then = then_claim and how == "well"
            return ledger.claim_within(tx, job.type, life.id) if then else None

        following = runner.execute(job, life.id, reached, claim_next)
        self._end(job, how)
        done = self._has_completed(job)
        may = self.model.claimable(job.type, life.id) if then_claim and how == "well" and done else []
        self.same(may[0].id if may else None, following and following.id, "the job claimed next")
        self._take(following, life)
        if done and job.type == REFRESH:
            self._view_is_true()
        if done and job.type == PUBLISH:
            self._selection_is_the_newest()

    def _happen(self, what: str, held: Held) -> None:
        """Between a job's claim and its effects."""
        job = self.model.jobs[held.job.id]
        if what == "cancel":
            self.cancel(job)
        elif what == "take over":
            self.freeze(held.worker)
            self.sweep()
        elif job.type == TRIAL:
            self.ask_for_trial(job.key)
        elif job.type == REFRESH:
            self.ask_for_refresh()
        else:
            self.publish((self.requests[-1].selection + 1) % 3)

    def _has_completed(self, job: ActiveJob) -> bool:
        found = self.model.jobs.get(job.id)
        return found is not None and (found.state, found.attempt) == ("completed", job.attempt)

    def _end(self, job: ActiveJob, how: str) -> None:
        own = self.model.holds(job.id, job.attempt)
        if how in ("well", "lost after"):
            newest = self.requests[-1] if self.requests else None
            if self.model.complete(job.id, job.attempt) and newest and newest.job == job.id:
                newest.applied, self.selected = True, newest.selection
            return
        self.model.leave(job.id, job.attempt, *ENDS.get(how, ENDS["lost"]))
        if own and self.model.jobs[job.id].state == "delayed":
            do("UPDATE jobs SET run_at = clock_timestamp() + interval '1 day' WHERE id = :id", id=job.id)

    def hand_back(self, life: Incarnation) -> None:
        """A worker gives back what it holds without knowing it."""
        mine = [job for job in self.model.having("active") if job.worker == life.id]
        self.same({job.id for job in mine}, set(ledger.hand_back(life.id, "the story")), "handed back")
        for job in mine:
            self.model.leave(job.id, job.attempt, "back", "handed-back")

    # Death

    def vanish(self, life: Incarnation) -> None:
        """A worker's lock is free: it is dead, or only cut off and comes back with its next beat."""
        cut(life)
        self.model.workers[life.id].alive = False

    def freeze(self, life: Incarnation) -> None:
        """It has not beaten for a lease."""
        do(f"UPDATE workers SET {PAST} WHERE id = :id", id=life.id)
        do(f"UPDATE jobs SET {PAST} WHERE worker_id = :id AND state = 'active'", id=life.id)
        self.model.workers[life.id].lapsed = True
        for job in self.model.having("active"):
            job.lapsed |= job.worker == life.id

    def lapse(self, job: Job) -> None:
        """One job's lease ends while its worker beats on."""
        do(f"UPDATE jobs SET {PAST} WHERE id = :id", id=job.id)
        job.lapsed = True

    def sweep(self) -> None:
        """Any worker's: orphans, whose workers' sessions are ended, and delayed jobs whose time has come."""
        if self.model.gives_up:
            do(TIME_PASSES)
        losers = {row["worker_id"] for row in ledger.take_from_dead()}
        self.model.sweep()
        for life in self.lives:
            if life.id in losers:
                self.vanish(life)
        ledger.promote_due()
        self.model.promote()

    def beat(self, life: Incarnation) -> None:
        """It beats, perhaps after it was given up, with all the attempts that it believes to hold."""
        mine = [held.job for held in self.held if held.worker is life]
        life.hold()
        with transaction() as tx:
            ledger.beat_worker(tx, life.id, redis_down=False)
            ledger.beat_jobs(tx, mine)
        worker = self.model.workers[life.id]
        worker.alive = True
        self.model.beat(worker, iter([(job.id, job.attempt) for job in mine]))
        with transaction(read_only=True) as tx:
            unwanted = ledger.unwanted(tx, mine)
        own = {job.id for job in mine if self.model.holds(job.id, job.attempt)}
        keep = {(one, self.model.jobs[one].attempt) for one in own if not self.model.jobs[one].cancel}
        self.same({(job.id, job.attempt) for job in mine} - keep, unwanted, "attempts that must stop")

    def cancel(self, job: Job) -> None:
        """Whatever its state."""
        with transaction() as tx:
            got = ledger.cancel(tx, [job.id], "story")
        self.same(self.model.cancel(job), got.get(job.id), f"cancel of job {job.id}")

    def retry(self, job: Job) -> None:
        """Whatever its state."""
        with transaction() as tx:
            got = ledger.retry(tx, [job.id], "story")
        self.same([job.id] if self.model.retry(job) else [], got, f"retry of job {job.id}")

    def pause(self, type: str) -> None:
        """Nothing of this type starts."""
        do("UPDATE job_types SET paused_at = now(), paused_by = 'story' WHERE name = :name", name=type)
        self.model.paused.add(type)

    def resume(self) -> None:
        """Everything starts again."""
        do("UPDATE job_types SET paused_at = NULL, paused_by = NULL")
        self.model.paused = set()

    def time_comes(self, job: Job) -> None:
        """A delayed job is due; the next sweep sees it."""
        do("UPDATE jobs SET run_at = clock_timestamp() WHERE id = :id", id=job.id)
        job.due = True

    def prune(self, job: Job) -> None:
        """An old job that ended well is removed, one that failed is not."""
        do("UPDATE jobs SET finished_at = now() - interval '31 days' WHERE id = :id", id=job.id)
        with transaction() as tx:
            pruning = ActiveJob(0, "prune-jobs", 1, {}, None, "story", None, 60)
            gone = prune_jobs.apply(tx, pruning, None)["jobs"]
        self.same(0 if job.state == "failed" else 1, gone, f"pruning job {job.id}, which is {job.state}")
        if job.state != "failed":
            del self.model.jobs[job.id]
            self.stories.pop(job.id, None)

    # The view

    def begin_change(self) -> None:
        """Somebody registers a student and does not commit yet."""
        student = self.ground.students[self.registered % len(self.ground.students)]
        self.ground.writer.execute(
            "INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by) "
            "VALUES (%s, %s, 'SELF', 1, 'story')",
            (self.ground.drive, student),
        )
        self.open = True

    def end_change(self, commit: bool) -> None:
        """That is committed, or taken back."""
        if commit:
            self.ground.writer.commit()
            self.registered += 1
        else:
            self.ground.writer.rollback()
        self.open = False

    def _view_is_true(self) -> None:
        here, said = "TABLE drive_funnel", self.ground.definition
        both = f"({here} EXCEPT ALL {said}) UNION ALL ({said} EXCEPT ALL {here})"
        if rows := self.ground.reader.execute(both.encode()).fetchall():
            told = [f"selected {row['selected']}, registered {row['registered']}" for row in rows]
            raise Wrong(f"the view was just refreshed and is not what its definition says: {told}")

    def _selection_is_the_newest(self) -> None:
        """Whichever request completes: the newest that was applied is what readers see."""
        wanted = [] if self.selected is None else self.ground.selections[self.selected]
        found = self.ground.reader.execute("SELECT student_id FROM drive_coordinator_selections ORDER BY 1")
        self.same(wanted, [row["student_id"] for row in found], "the selection")

    # What must hold

    def compare(self) -> None:
        """Every job with the model, every new event with those before it."""
        found = self.ground.reader.execute("SELECT * FROM jobs ORDER BY id").fetchall()
        rows = {row["id"]: row for row in found}
        since = "SELECT * FROM job_events WHERE id > %s ORDER BY id"
        events = self.ground.reader.execute(since, (self.last_event,)).fetchall()
        for event in events:
            self.stories[event["job_id"]].append(event)
            self.last_event = event["id"]
        self.same(sorted(self.model.jobs), sorted(rows), "the jobs")
        for job_id, row in rows.items():
            ended = row["reason"] if row["state"] in ("failed", "cancelled") else None
            kept = [row[name] for name in ("state", "attempt", "failures", "crashed_by", "worker_id")]
            said = (*kept, row["cancel_requested_at"] is not None, ended)
            self.same(self.model.jobs[job_id].row, said, f"job {job_id} ({row['type']})")
        for job_id in {event["job_id"] for event in events} & rows.keys():
            for words in contradictions(rows[job_id], self.stories[job_id]):
                raise Wrong(words)

    def come_to_rest(self) -> None:
        """Everything is worked off; what the newest publish request came to nothing for is done again."""
        if self.open:
            self.end_change(True)
        self.resume()
        for life in self.lives:
            self.freeze(life)
        self.sweep()
        last = self.be_born()
        for _ in range(4):
            self._work_off(last)
            if not self._publish_again():
                break
        self.ask_for_refresh()
        self._work_off(last)
        self.compare()

    def _work_off(self, life: Incarnation) -> None:
        for job in self.model.having("delayed"):
            self.time_comes(job)
        self.sweep()
        for type in TYPES:
            while self.claim(life, type, alone=True):
                self.execute(self.held.pop(), "well")

    def _publish_again(self) -> bool:
        if not self.requests or self.requests[-1].applied:
            return False
        if job := self.model.jobs.get(self.requests[-1].job):
            self.retry(job)
        else:
            self.publish(self.requests[-1].selection)
        return True

    def check_at_rest(self) -> None:
        """The selection is the last requested one, and the three records agree."""
        self.same(
            self.requests[-1].selection if self.requests else None, self.selected, "the selection at rest"
        )
        self._selection_is_the_newest()
        path = self.ground.world.folder / "story.jsonl"
        path.unlink(missing_ok=True)
        with Journal(path) as journal:
            for job in self.model.jobs.values():
                told = {"request": f"request {job.id}", "job": job.id, "expect": [job.state]}
                journal.note("ask", **told)
                journal.note("acknowledged", via="", seconds=0.0, **told)
            faults = check(self.ground.world.database_url, journal).faults
        if faults:
            raise Wrong(f"at rest: {faults[0]} ({len(faults)} faults)")
