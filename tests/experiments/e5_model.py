"""E5, model: random stories of the real ledger, step by step beside a model of its rules in plain Python.

Hypothesis chooses the steps. Pass: after every step each job is as the model says and its events follow from one
another; at the end everything is worked off, the last requested selection is the applied one, the view shows what its
definition does, and the checker finds nothing.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from typing import ClassVar

import psycopg
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import booleans, integers, sampled_from
from psycopg.rows import dict_row

from sql import engine
from tests.experiments.checker import Findings
from tests.experiments.model import Job
from tests.experiments.stage import ENDS, REFRESH, TYPES, Ground, cut, ground, obedient
from tests.experiments.steps import UNFINISHED, Steps
from tests.experiments.world import World
from tests.jobs.support import ask, do, settle
from tests.jobs.trials import known_types

OWN_REDIS = OWN_POSTGRES = False
TIMED_SECONDS = 45.0
STORIES_A_SECOND = 3
STEPS = 30
HOWS = sampled_from(("well", "well", "well", *ENDS, "lost before", "lost after"))
MEANWHILE = sampled_from((None, None, None, "cancel", "take over", "ask again"))
ENDED = "completed", "failed", "cancelled"
TREATED = {
    "cancel": UNFINISHED,
    "retry": ("failed", "cancelled"),
    "retry in vain": ("waiting", "delayed", "active", "completed"),
    "prune": ENDED,
    "time comes": ("delayed",),
    "pause": ("waiting",),
    "resume": (*UNFINISHED, *ENDED),
}
"""What may be done to jobs in which states."""
number = integers(0, 999)
"""Chooses among what there is."""


def run(world: World, bug: str | None, only: str | None) -> tuple[object, Mapping[str, str], list[str]]:
    """So many stories as the time allows; `only` is their subject: jobs, publish or views."""
    settle()
    logging.getLogger("tasks").setLevel(logging.CRITICAL)
    do(f"ALTER DATABASE {ask('SELECT current_database()')} SET synchronous_commit = off")
    engine.reconfigure(pre_ping=False)
    for name in TYPES:
        known_types()[name] = obedient(known_types()[name])
    began = time.monotonic()
    with (
        psycopg.connect(world.database_url, autocommit=True, row_factory=dict_row) as reader,
        psycopg.connect(world.database_url) as writer,
    ):
        Story.ground = ground(world, only, reader, writer)
        words = _told(world, bug)
    seen = Story.ground.seen
    seconds = time.monotonic() - began
    found = Findings(asked=seen["steps"], acknowledged=seen["steps"], broken=words)
    extra = {
        "stories, steps": f"{seen['stories']:,}, {seen['steps']:,} in {seconds:.1f} s",
        "steps by kind": ", ".join(
            f"{name} {n}" for name, n in seen.most_common() if name not in ("steps", "stories")
        ),
    }
    return found, extra, found.faults


def _told(world: World, bug: str | None) -> list[str]:
    """What went wrong, with its story; nothing if nothing did."""
    phases = [Phase.generate] if world.minutes is None else [Phase.generate, Phase.shrink]
    how = settings(
        max_examples=int(world.seconds(45) * STORIES_A_SECOND),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet if bug else Verbosity.normal,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(world.seed)(Story), settings=how)
    except Exception as error:
        for note in getattr(error, "__notes__", []):
            print(note)
        return [" ".join(f"{type(error).__name__}: {error}".split())[:400]]
    return []


class Story(RuleBasedStateMachine):
    """One story: two workers at first, no jobs, a drive without a selection.

    Few rules, each with several sides: Hypothesis leaves some rules out of each story.
    """

    ground: ClassVar[Ground]

    def __init__(self) -> None:
        super().__init__()
        self.ground.seen["stories"] += 1
        self.steps = Steps(self.ground)
        self.model = self.steps.model
        for _ in range(2):
            self.steps.be_born()

    def _count(self, kind: str) -> None:
        self.ground.seen["steps"] += 1
        self.steps.count(kind)

    def _about(self, subject: str) -> bool:
        return self.ground.focus in (None, subject)

    def _has_room(self) -> bool:
        return len(self.model.having(*UNFINISHED)) < 4

    def _job(self, choice: int, *states: str) -> Job | None:
        found = self.model.having(*states) if states else [*self.model.jobs.values()]
        return found[choice % len(found)] if found else None

    @rule(key=sampled_from((None, "k", "l")))
    @precondition(lambda self: self._about("jobs") and self._has_room())
    def ask(self, key: str | None) -> None:
        """A client asks for a trial."""
        self._count("ask")
        self.steps.ask_for_trial(key)

    @rule(selection=integers(0, 2))
    @precondition(lambda self: self._about("publish") and self._has_room())
    def publish(self, selection: int) -> None:
        """A client asks for a selection."""
        self._count("publish")
        self.steps.publish(selection)

    @rule(what=sampled_from(("refresh", "refresh now", "refresh now", "change", "commit", "roll back")))
    @precondition(lambda self: self._about("views"))
    def view(self, what: str) -> None:
        """Somebody wants the view, or changes what it is made of."""
        if what.startswith("refresh"):
            self.steps.ask_for_refresh()
            life = self.steps.fit(0)
            if what == "refresh now" and self.steps.claim(life, REFRESH, alone=True):
                self.steps.execute(self.steps.held.pop(), "well")
        elif not self.steps.open:
            what = "change"
            self.steps.begin_change()
        else:
            what = "roll back" if what == "roll back" else "commit"
            self.steps.end_change(what == "commit")
        self._count(what)

    @rule(worker=number, choice=number, how=HOWS, meanwhile=MEANWHILE, then_claim=booleans())
    @precondition(lambda self: self.model.having("waiting"))
    def turn(self, worker: int, choice: int, how: str, meanwhile: str | None, then_claim: bool) -> None:
        """A worker that is well takes what waits and does it."""
        if self._take(worker, choice):
            self.steps.execute(self.steps.held.pop(), how, meanwhile, then_claim)

    @rule(worker=number, choice=number)
    @precondition(lambda self: self.model.having("waiting"))
    def take(self, worker: int, choice: int) -> None:
        """A worker that is well takes what waits."""
        self._take(worker, choice)

    def _take(self, worker: int, choice: int) -> bool:
        self._count("take")
        job = self._job(choice, "waiting")
        assert job is not None
        return self.steps.claim(self.steps.fit(worker), job.type, alone=True)

    @rule(choice=number, how=HOWS, meanwhile=MEANWHILE, then_claim=booleans())
    @precondition(lambda self: self.steps.held)
    def work(self, choice: int, how: str, meanwhile: str | None, then_claim: bool) -> None:
        """An attempt goes on that was taken before, perhaps as a zombie."""
        self.ground.seen["steps"] += 1
        held = self.steps.held.pop(choice % len(self.steps.held))
        self.steps.execute(held, how, meanwhile, then_claim)

    @rule(
        worker=number,
        choice=number,
        how=sampled_from(("raise", "expected", "lose")),
        then=sampled_from(("retry", "prune", "leave")),
    )
    @precondition(lambda self: self.model.having("waiting"))
    def doom(self, worker: int, choice: int, how: str, then: str) -> None:
        """A job fails again and again, or costs one worker after the other, until an operator sees to it."""
        self._count(f"doom {how}")
        job = self._job(choice, "waiting")
        assert job is not None
        for _ in range(3):
            if job.state != "waiting" or not self.steps.claim(
                self.steps.fit(worker), job.type, job.id, alone=True
            ):
                break
            held = self.steps.held[-1]
            if how == "lose":
                self.steps.freeze(held.worker)
            else:
                self.steps.execute(self.steps.held.pop(), how)
            if job.state == "delayed":
                self.steps.time_comes(job)
            self.steps.sweep()
        if job.state == "failed" and then != "leave":
            self._count(f"{then} failed")
            (self.steps.retry if then == "retry" else self.steps.prune)(job)

    @rule(worker=number, choice=number, how=sampled_from(("by id", "alone", "next", "twice")))
    @precondition(lambda self: self.model.jobs)
    def claim(self, worker: int, choice: int, how: str) -> None:
        """Any worker tries to take any job, or the next one of any type; two threads of it do."""
        self._count(f"claim {how}")
        job = self._job(choice, *(("waiting",) if choice % 4 else ())) or self._job(choice)
        assert job is not None
        well = worker % 4
        life = self.steps.fit(worker) if well else self.steps.lives[worker % len(self.steps.lives)]
        if how == "twice":
            self.steps.claim_twice(life, job.type)
        else:
            self.steps.claim(life, job.type, job.id if how == "by id" else None, alone=how == "alone")

    @rule(choice=number, what=sampled_from(("vanish", "freeze", "lose", "lose", "lapse", "hand back")))
    @precondition(lambda self: self.model.having("active"))
    def suffer(self, choice: int, what: str) -> None:
        """Something happens to a worker that holds a job."""
        self._count(what)
        job = self._job(choice, "active")
        assert job is not None
        life = next(life for life in self.steps.lives if life.id == job.worker)
        if what == "lapse":
            self.steps.lapse(job)
        elif what == "vanish":
            self.steps.vanish(life)
        elif what == "hand back":
            self.steps.hand_back(life)
        else:
            self.steps.freeze(life)
        if what == "lose":
            self.steps.sweep()

    @rule(what=sampled_from(("sweep", "beat")), worker=number)
    @precondition(lambda self: any(job.attempt for job in self.model.having(*UNFINISHED)))
    def go_round(self, what: str, worker: int) -> None:
        """What worker processes do all the time."""
        self._count(what)
        if what == "sweep":
            self.steps.sweep()
        else:
            self.steps.beat(self.steps.lives[worker % len(self.steps.lives)])

    @rule(kind=number, choice=number)
    @precondition(lambda self: self.model.jobs)
    def treat(self, kind: int, choice: int) -> None:
        """An operator does something to a job or to its type, or time does."""
        may = [what for what, states in TREATED.items() if self.model.having(*states)]
        pointless = "pause" if self.model.paused else "resume"
        may = [what for what in may if what != pointless]
        what = may[kind % len(may)]
        job = self._job(choice, *TREATED[what])
        assert job is not None
        self._count(f"{what} {job.state}")
        if what == "pause":
            self.steps.pause(job.type)
        elif what == "resume":
            self.steps.resume()
        elif what == "cancel":
            self.steps.cancel(job)
        elif what == "prune":
            self.steps.prune(job)
        elif what == "time comes":
            self.steps.time_comes(job)
        else:
            self.steps.retry(job)

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        """Every job, and every event since the step before."""
        self.steps.compare()

    def teardown(self) -> None:
        """Work everything off and compare, unless the story ended in an error."""
        try:
            if sys.exception() is None:
                self.steps.come_to_rest()
                self.steps.check_at_rest()
        finally:
            self.ground.writer.rollback()
            for life in self.steps.lives:
                cut(life)
