"""Load, held: many jobs of mixed types wait, and 100 a second come and go, for as long as asked.

Pass: nothing lost or doubled; 100 a second come and 100 a second are done, while the backlog stays; memory of the
workers, the API and Valkey is flat; sweep and queue stats take at most 50 ms (p99); old jobs are removed as fast as
they come of age; autovacuum keeps dead rows few.

Each type has its share of the backlog and of the load, and its oldest jobs are worked on: workers claim from a queue
in which thousands of the same type wait behind. They would do more than 100 a second; to hold the backlog, each slot
is slowed down to its share (see `backlog.paced`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from tasks.actor import Actor
from tests.experiments import backlog, fleet, samples
from tests.experiments.backlog import A_SECOND, Requests, Sizes
from tests.experiments.checker import Findings, check
from tests.experiments.e2_redis_amnesia import free_port, ready
from tests.experiments.report import Limit, spread
from tests.experiments.samples import Samples
from tests.experiments.world import World, load
from tests.jobs.support import alive, ask, until

OWN_REDIS, OWN_POSTGRES = True, False
TIMED_SECONDS = 20.0
PROCESSES = 2
LONG, SHORT = Sizes(waiting=50_000, lately=360_000), Sizes(waiting=5_000, lately=36_000)
SETTLE_SECONDS = 3
EVERY = {"prune-jobs": 10.0, "remove-expired-exports": 60.0, "refresh-materialized-views": 60.0}
"""How often the program's own housekeeping is asked for, in seconds: far more often than its schedules do."""
UNPRUNED_SECONDS = 15
COME, DONE, WAITING = 0.95, 0.9, 0.8
"""Shares of what is wanted: requests and completed jobs a second, and waiting jobs at any moment."""
LOOKS = {
    "sweep": ("sweep", 0.05),
    "stats": ("queue stats", 0.05),
    "queues": ("GET /queues", 0.1),
}
"""What is timed, by its name in the journal, and the most seconds that 99 of 100 may take."""
A_SECOND_IN_ALL = sum(A_SECOND.values())
API = " through the API"


@dataclass(frozen=True)
class Held:
    """What was measured between two moments (seconds since the epoch)."""

    began: float
    ended: float
    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it was held."""
        return self.ended - self.began

    def lines(self, world: World, kind: str) -> list[dict[str, float]]:
        """The journal's lines of a kind from that time."""
        return [line for line in world.journal.lines(kind) if self.began <= line["at"] <= self.ended]


def run(world: World, bug: str | None, only: str | None) -> tuple[Findings, Mapping[str, str], list[str]]:
    """Pile up, hold, let go."""
    sizes, seconds = SHORT if world.minutes is None else LONG, world.seconds(TIMED_SECONDS)
    world.patience = 60 if bug else 900
    began = time.monotonic()
    requests = backlog.ground(sizes.waiting, seconds + 60)
    world.phase("while they pile up")
    backlog.pile_up(world, requests, sizes.waiting)
    backlog.remember(sizes, seconds + 60)
    backlog.tidy()
    print(f"load: {sizes.waiting:,} jobs wait after {time.monotonic() - began:.0f} s", flush=True)
    backlog.set_pace(world.folder, PROCESSES)
    port = free_port()
    with ExitStack() as stack:
        clock = stack.enter_context(fleet.process(world, "scheduler", bug=bug))
        api = stack.enter_context(fleet.process(world, "api", str(port), bug=bug))
        client = stack.enter_context(fleet.client_of(port))
        until(lambda: ready(client), 20)
        stack.enter_context(fleet.workers(world, PROCESSES, bug))
        names = {f"worker {number}": pid for number, pid in enumerate(alive(), 1)}
        names |= {"the API": api.pid, "the scheduler": clock.pid}
        held = hold(world, requests, client, names, seconds)
        backlog.full_speed(world.folder)
        world.phase("while they drain")
        nothing_waits(world)
        world.at_rest()
        drained = f"{sizes.waiting:,} in {time.time() - held.ended:.0f} s at full speed"
    done = jobs_done(held)
    backlog.forget()
    found = check(world.database_url, world.journal, world.export_folder)
    complaints = found.faults + samples.not_flat(held.samples) + samples.not_tidy(held.samples)
    complaints += measured(world, held, done, sizes)
    return found, table(world, held, done) | {"drained": drained}, complaints


def hold(
    world: World, requests: Requests, client: httpx.Client, processes: Mapping[str, int], seconds: float
) -> Held:
    """Clients ask at the wanted pace, operators look, the program's housekeeping runs."""
    with asking(world, requests, client), fleet.process(world, "look", str(client.base_url.port)):
        time.sleep(SETTLE_SECONDS)
        world.phase("while it is held")
        began = time.time()
        with samples.sampling(world, processes) as found:
            time.sleep(seconds)
        return Held(began, time.time(), found)


def nothing_waits(world: World) -> None:
    """Wait for the backlog to be gone, looking seldom: the look at all that is unfinished takes a while by then."""
    deadline = time.monotonic() + world.patience
    while ask("SELECT EXISTS (SELECT FROM jobs WHERE state = 'waiting')") and time.monotonic() < deadline:
        time.sleep(1)


@contextmanager
def asking(world: World, requests: Requests, client: httpx.Client) -> Iterator[None]:
    """A hundred requests a second; publishes go through the API, all else through the services."""
    views = iter(["drive_funnel", "branch_placement"] * 1000)
    ways: dict[str, Callable[[World], None]] = dict(requests.by_type)
    ways["auto-publish"] = lambda world: publish(world, client, requests)
    chores = {
        "prune-jobs": lambda: world.trial("prune-jobs"),
        "remove-expired-exports": lambda: world.trial("remove-expired-exports"),
        "refresh-materialized-views": lambda: world.trial("refresh-materialized-views", view=next(views)),
    }
    with ExitStack() as stack:
        for name, rate in A_SECOND.items():
            clients = 1 if name == "auto-publish" else 2
            stack.enter_context(load(world, rate, partial(ways[name], world), clients))
        for name, chore in chores.items():
            stack.enter_context(load(world, 1 / EVERY[name], chore, clients=1))
        yield


def publish(world: World, client: httpx.Client, requests: Requests) -> None:
    """Publish a drive through the API."""
    drive = next(requests.drives)

    def ask_for(actor: Actor) -> int:
        answer = client.post(
            f"/drives/{drive}/publish",
            json={"selected_students": requests.students},
            headers={"X-Request-ID": actor.request_id or ""},
        )
        answer.raise_for_status()
        return int(answer.json()["job"]["id"])

    world.request(ask_for, via=API)


def jobs_done(held: Held) -> int:
    """How many jobs were completed while it was held."""
    return int(
        ask(
            "SELECT count(*) FROM jobs WHERE state = 'completed' AND created_by <> :history"
            " AND finished_at BETWEEN to_timestamp(:began) AND to_timestamp(:ended)",
            history=backlog.HISTORY,
            began=held.began,
            ended=held.ended,
        )
    )


def measured(world: World, held: Held, done: int, sizes: Sizes) -> list[str]:
    """What is not as the head of this file wants it."""
    complaints = []
    wanted = A_SECOND_IN_ALL * held.seconds
    if (come := len(held.lines(world, "acknowledged"))) < COME * wanted:
        complaints.append(f"only {come / held.seconds:.1f} jobs a second were asked for")
    if done < DONE * wanted:
        complaints.append(f"only {done / held.seconds:.1f} jobs a second were done")
    waiting = [line["waiting"] for line in held.lines(world, "stats")]
    if not waiting or min(waiting) < WAITING * sizes.waiting:
        complaints.append(f"the backlog was not held: {min(waiting, default=0):,.0f} jobs were left")
    if held.samples.prunable[-1] > A_SECOND_IN_ALL * UNPRUNED_SECONDS:
        complaints.append(f"{held.samples.prunable[-1]:,} old jobs are not removed")
    limits = [
        Limit(what, [line["seconds"] for line in held.lines(world, kind)], 0.99, seconds)
        for kind, (what, seconds) in LOOKS.items()
    ]
    return complaints + [words for limit in limits if (words := limit.complaint)]


def table(world: World, held: Held, done: int) -> dict[str, str]:
    """Rows for the report."""
    waiting = [line["waiting"] for line in held.lines(world, "stats")] or [0]
    come = len(held.lines(world, "acknowledged"))
    rows = {
        "held for": f"{held.seconds:.0f} s, {min(waiting):,.0f} to {max(waiting):,.0f} jobs waiting",
        "asked for / done a second": f"{come / held.seconds:.1f} / {done / held.seconds:.1f}",
    }
    for kind, (what, _) in LOOKS.items():
        rows[f"{what} p50 / p99 / max"] = spread([line["seconds"] for line in held.lines(world, kind)])
    return rows | samples.told(held.samples)
