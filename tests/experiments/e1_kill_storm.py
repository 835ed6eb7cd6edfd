"""E1, kill storm: workers die at every named point of a job's life and at random, freeze and come back as zombies.

Pass: nothing lost, doubled or committed by a zombie; a killed worker's jobs run again within 2 s (p50) and 5 s (p99);
a job that kills its workers is parked after three, its neighbours are done.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from itertools import zip_longest

from sql.engine import LEASE_SECONDS
from tasks.jobs import ledger
from tasks.jobs.points import POINTS
from tests.experiments import fleet
from tests.experiments.checker import check
from tests.experiments.report import Limit
from tests.experiments.work import requests
from tests.experiments.world import World, load
from tests.jobs.support import alive, ask, is_running, job, settle, until

PROCESSES = 4
TIMED_SECONDS = 23.0
OWN_REDIS = OWN_POSTGRES = False


def run(world: World, bug: str | None, only: str | None) -> tuple[object, Mapping[str, str], list[str]]:
    """The whole experiment, or one part of it."""
    parts = {"points": points, "storm": storm, "zombies": zombies, "poison": poison}
    complaints: list[str] = []
    settle()
    with fleet.workers(world, PROCESSES, bug):
        for name, part in parts.items():
            if only in (None, name):
                began = time.monotonic()
                complaints += part(world)
                print(f"e1 {name}: {time.monotonic() - began:.1f} s", flush=True)
        world.at_rest()
        complaints += _pool(PROCESSES)
    found = check(world.database_url, world.journal, world.export_folder)
    complaints += found.faults
    limits = (
        Limit("recovery", found.recovery, 0.5, 2),
        Limit("recovery", found.recovery, 0.99, 5),
    )
    if only in (None, "points", "storm"):
        complaints += [words for limit in limits if (words := limit.complaint)]
    kills = sum(1 for _ in world.journal.lines("killed"))
    return found, {"processes killed": str(kills)}, complaints


def _pool(processes: int) -> list[str]:
    try:
        until(lambda: len(alive()) == processes, 20)
    except AssertionError:
        return [f"{processes} processes were started, {len(alive())} are left"]
    return []


def points(world: World) -> list[str]:
    """SIGKILL at each point of each type's life, two at a time: a third death would rightly park an innocent job."""
    for point in POINTS:
        asked = list(requests(world, point).items())
        for pair in zip_longest(asked[::2], asked[1::2]):
            wanted = dict(filter(None, pair))
            for kind in wanted:
                world.fault(kind, point, "kill")
            # One may die of the other's fault just before its own.
            for _ in range(3):
                for kind, ask_for in wanted.items():
                    if any(name.startswith(f"{kind}.") for name in world.faults_left):
                        ask_for()
                world.at_rest()
                if world.faults_met():
                    break
            else:
                return [f"nobody reached {', '.join(world.faults_left)}"]
    return []


def storm(world: World) -> list[str]:
    """Random kills while clients ask for work."""

    def one() -> None:
        # A job that is often in flight when its process dies is no suspect by itself: three lives are few in a storm.
        world.trial(doze=world.random.uniform(0, 0.3))

    world.phase("during")
    with load(world, 20, one):
        fleet.storm(world, world.seconds(20))
    world.phase("after")
    world.at_rest()
    with load(world, 20, one):
        time.sleep(world.seconds(3))
    return []


def zombies(world: World) -> list[str]:
    """Workers freeze for longer than their lease, others take over, then the frozen go on."""
    ask_for = requests(world, "frozen")
    frozen_at = {"claimed": "trial", "prepared": "export-registrations-csv", "applied": "auto-publish"}
    for point, kind in frozen_at.items():
        world.fault(kind, point, "freeze")
        ask_for[kind]()
        if not world.faults_met():
            return [f"nobody reached {', '.join(world.faults_left)}"]
    frozen = [line["pid"] for line in world.journal.lines("frozen")]
    try:
        world.at_rest()
        taken = {one: job(one).state for one in (line["job"] for line in world.journal.lines("frozen"))}
        if world.minutes is not None:
            time.sleep(2 * LEASE_SECONDS)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    time.sleep(3)
    left = [
        f"job {one} of a frozen worker is {state}" for one, state in taken.items() if state != "completed"
    ]
    return left + _traces(world)


def _traces(world: World) -> list[str]:
    """The zombie's file is named by nobody, and goes with the clean-up once it is old."""
    folder = world.export_folder
    for path in folder.glob("[0-9]*"):
        os.utime(path, (time.time() - 2 * 24 * 3600,) * 2)
    before = len(list(folder.glob("[0-9]*")))
    world.trial("remove-expired-exports")
    world.at_rest()
    named = {str(one) for one in _named()}
    left = {path.name for path in folder.glob("[0-9]*")} - named
    if before <= len(named):
        return ["the zombie left no file at all: was it frozen where it should be?"]
    return [f"{name} is left in the export folder, and nobody names it" for name in left]


def _named() -> list[str]:
    names = ask("SELECT array_agg(file_name) FROM exports WHERE file_name IS NOT NULL AND removed_at IS NULL")
    return list(names or [])


def poison(world: World) -> list[str]:
    """A job that kills whoever runs it is parked with the evidence; those beside it are done."""
    bad = world.trial(expect=("failed",), doze=0.2, exit=True)
    for _ in range(20):
        world.trial(doze=0.3)
    world.at_rest()
    assert bad is not None
    found = job(bad)
    if (found.reason, found.crashes) != ("poison", ledger.MAX_CRASHES):
        return [f"poison ended as {found.state}: {found.reason}, {found.crashes} crashes"]
    dead = ask("SELECT crashed_by FROM jobs WHERE id = :id", id=bad)
    if not all(str(worker) in (found.error or "") for worker in dead):
        return [f"the parked job does not name the workers that it killed: {found.error}"]
    pids = [ask("SELECT pid FROM workers WHERE id = :id", id=worker) for worker in dead]
    return [f"worker process {pid} is said to be dead and lives" for pid in pids if is_running(pid)]
