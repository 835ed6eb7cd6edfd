"""A stretch of simulated time for E4: its schedules, what their policies ask for, what the program made of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import text

from sql.engine import transaction
from tasks.jobs import ledger, schedule
from tasks.jobs.incarnation import Incarnation
from tests.experiments import almanac
from tests.experiments.checker import Findings
from tests.experiments.world import World
from tests.jobs.support import do, in_threads, work_off
from tests.jobs.trials import SINGLE

DAY = timedelta(days=1)
LATE = timedelta(seconds=90)
Expected = tuple[str, int]


@dataclass(frozen=True)
class Plan:
    """A schedule; with a key its ticks share the job that waits."""

    name: str
    cron: str
    zone: str = "UTC"
    catch_up: str = "one"
    key: str | None = None


@dataclass
class Era:
    """A stretch of simulated time with its schedules, what is expected of them, and what was seen."""

    world: World
    plans: Sequence[Plan]
    begin: datetime
    end: datetime
    worker: Incarnation
    since: dict[str, datetime] = field(default_factory=dict)
    expected: dict[tuple[str, datetime], Expected] = field(default_factory=dict)
    drains: dict[tuple[str, datetime], int] = field(default_factory=dict)
    drained: int = 0
    rounds: int = 0

    def __post_init__(self) -> None:
        crons = {plan.name: (plan.cron, plan.zone) for plan in self.plans}
        self.ticks = almanac.ticks_of(crons, self.begin - DAY, self.end)
        self.since = {plan.name: self.begin for plan in self.plans}
        for plan in self.plans:
            do(
                "INSERT INTO schedules (name, job_type, payload, cron, time_zone, catch_up, created_at, changed_at) "
                "VALUES (:name, :type, CAST(:payload AS jsonb), :cron, :zone, :catch_up, :at, :at)",
                name=plan.name, cron=plan.cron, zone=plan.zone, catch_up=plan.catch_up, at=self.begin,
                type=SINGLE if plan.key else "trial-noop", payload=f'{{"key": "{plan.key}"}}' if plan.key else "{}",
            )  # fmt: skip

    def expect(self, now: datetime) -> int:
        """What the policies ask for when somebody looks now."""
        before = len(self.expected)
        for plan in self.plans:
            ticks, since = self.ticks[plan.name], self.since[plan.name]
            due = ticks[bisect_right(ticks, since) : bisect_right(ticks, now)]
            wanted = due if plan.catch_up == "all" else due[-1:]
            for tick in wanted:
                late = now - tick > LATE
                outcome = ("skipped" if plan.catch_up == "none" else "late") if late else "fired"
                self.expected[plan.name, tick] = outcome, len(due) - len(wanted)
            if due:
                self.since[plan.name] = due[-1]
        return len(self.expected) - before

    def look(self, *clocks: datetime) -> None:
        """Schedulers look at once; if one stood in another's way, the next look a second later does the rest."""
        now = max(clocks)
        wanted = self.expect(now)
        fires = [
            fire for one in in_threads(*[partial(schedule.fire_due, at) for at in clocks]) for fire in one
        ]
        if len(fires) < wanted:
            fires += schedule.fire_due(now + timedelta(seconds=1))
        for fire in fires:
            self.drains[fire.schedule, fire.fire_at] = self.drained
        self.rounds += 1

    def drain(self) -> None:
        """A worker does what waits for it; whatever is due later needs another job."""
        with transaction() as tx:
            ledger.beat_worker(tx, self.worker.id, redis_down=False)
        work_off(self.worker, SINGLE)
        self.drained += 1

    def judge(self, found: Findings) -> None:
        """Compare the fires with what was expected, and the jobs with the fires; then clear the ground."""
        rows = fires()
        for (name, tick), count in Counter(map(_tick, rows)).items():
            if count > 1:
                found.doubled.append(f"schedule {name}: the tick of {tick} has {count} fires")
        seen = {_tick(row): (row["outcome"], row["missed"]) for row in rows}
        for name, tick in sorted(self.expected.keys() - seen):
            found.lost.append(f"schedule {name}: nobody fired the tick of {tick} {self.expected[name, tick]}")
        for name, tick in sorted(seen.keys() - self.expected):
            found.doubled.append(f"schedule {name}: {tick} was fired {seen[name, tick]}, and nobody wants it")
        for name, tick in sorted(seen.keys() & self.expected):
            if seen[name, tick] != self.expected[name, tick]:
                words = f"is {seen[name, tick]}, expected {self.expected[name, tick]}"
                found.broken.append(f"schedule {name}: the tick of {tick} {words}")
        found.asked += len(self.expected)
        found.acknowledged += len(rows)
        self._jobs(found, rows)
        do("DELETE FROM schedules WHERE enabled")
        do("DELETE FROM jobs")

    def _jobs(self, found: Findings, rows: Sequence[Mapping[str, object]]) -> None:
        answers: dict[object, list[tuple[str, datetime]]] = defaultdict(list)
        for row in rows:
            name, tick = _tick(row)
            if (row["job_id"] is None) != (row["outcome"] == "skipped"):
                found.broken.append(
                    f"schedule {name}: the tick of {tick}, {row['outcome']}, has job {row['job_id']}"
                )
            if row["job_id"] is not None:
                answers[row["job_id"]].append((name, tick))
        keys = {plan.name: plan.key for plan in self.plans}
        shared: Counter[tuple[str | None, int]] = Counter()
        for job, ticks in answers.items():
            waits = {(keys[name], self.drains.get((name, tick), -1)) for name, tick in ticks}
            shared.update(waits)
            if len(ticks) > 1 and (len(waits) > 1 or None in {key for key, _ in waits}):
                found.broken.append(f"job {job} answers for all of {ticks}")
        for (key, drained), count in shared.items():
            if key is not None and count > 1:
                found.doubled.append(f"{count} jobs for {key} wait at the same time (after {drained} drains)")
        with transaction() as tx:
            jobs = set(tx.scalars(text("SELECT id FROM jobs")))
        found.doubled += [f"job {job} answers for no tick" for job in sorted(jobs - answers.keys())]


def _tick(row: Mapping[str, object]) -> tuple[str, datetime]:
    tick = row["fire_at"]
    assert isinstance(tick, datetime)
    return str(row["schedule"]), tick


def fires() -> Sequence[Mapping[str, object]]:
    wanted = (
        "SELECT schedule, fire_at, outcome, missed, job_id FROM schedule_fires ORDER BY schedule, fire_at"
    )
    with transaction() as tx:
        return [dict(row) for row in tx.execute(text(wanted)).mappings()]
