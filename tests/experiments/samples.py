"""What the load experiment measures once a second: memory, tables, and how long the queue takes to look at."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg

from tasks.actor import SYSTEM
from tasks.jobs.sweep import Sweep
from tasks.services.queues import queue_stats
from tests.experiments.journal import Journal
from tests.experiments.world import World

T = TypeVar("T")

MIB = 2**20
GROWTH = 0.1
GROWTH_BYTES = 8 * MIB
"""Memory is flat when it grows by no more than the larger of the two."""
TABLES = ("jobs", "job_events", "workers", "finished_minutes")
DEAD = 0.25
"""Autovacuum begins at a fifth of dead rows; what it takes until it is through is the rest."""

_ABOUT_TABLES = """
    SELECT relname, n_live_tup, n_dead_tup, autovacuum_count, pg_total_relation_size(relid)
    FROM pg_stat_user_tables WHERE relname = ANY(%s)
"""
_PRUNABLE = """
    SELECT count(*) FROM jobs
    WHERE finished_at < now() - interval '30 days' AND state IN ('completed', 'cancelled')
"""


@dataclass(frozen=True)
class Table:
    """How a table stood at one moment. Sizes are in bytes, with indexes."""

    live: int
    dead: int
    autovacuums: int
    size: int

    @property
    def tidy(self) -> bool:
        """Whether dead rows are as few as autovacuum with its default settings keeps them."""
        return self.dead <= DEAD * self.live + 1000


@dataclass
class Samples:
    """By name, oldest first."""

    memory: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, list[Table]] = field(default_factory=lambda: defaultdict(list))
    prunable: list[int] = field(default_factory=list)


@contextmanager
def sampling(world: World, processes: Mapping[str, int]) -> Iterator[Samples]:
    """Take samples of these processes (by their ids), of Valkey and of the tables while the block runs."""
    found, stopping = Samples(), threading.Event()

    def sample() -> None:
        with psycopg.connect(world.database_url, autocommit=True) as conn:
            while not stopping.wait(1):
                _sample(world, processes, conn, found)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stopping.set()
        thread.join()


def _sample(
    world: World, processes: Mapping[str, int], conn: psycopg.Connection[Any], found: Samples
) -> None:
    assert world.redis is not None
    for name, pid in processes.items():
        found.memory[name].append(resident(pid))
    found.memory["Valkey"].append(resident(world.redis.server.pid))
    found.memory["Valkey, data"].append(int(world.redis.client.info("memory")["used_memory"]))
    for name, live, dead, autovacuums, size in conn.execute(_ABOUT_TABLES, [list(TABLES)]):
        found.tables[name].append(Table(live, dead, autovacuums, size))
    row = conn.execute(_PRUNABLE).fetchone()
    found.prunable.append(row[0] if row else 0)


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def growth(samples: Sequence[int]) -> tuple[float, float]:
    """The medians of the second fifth and of the last one: the first fifth is for warming up."""
    fifth = max(1, len(samples) // 5)
    return statistics.median(samples[fifth : 2 * fifth]), statistics.median(samples[-fifth:])


def not_flat(found: Samples) -> list[str]:
    """Whose memory grew."""
    complaints = []
    for name, samples in found.memory.items():
        early, late = growth(samples)
        if late > early + max(GROWTH * early, GROWTH_BYTES):
            complaints.append(f"memory of {name} grew from {early / MIB:.0f} to {late / MIB:.0f} MiB")
    return complaints


def not_tidy(found: Samples) -> list[str]:
    """Which tables have more dead rows than autovacuum would leave."""
    worst = {name: max(samples, key=lambda one: one.dead) for name, samples in found.tables.items()}
    return [
        f"{name} had {table.dead:,} dead rows beside {table.live:,}"
        for name, table in worst.items()
        if not table.tidy
    ]


def told(found: Samples) -> dict[str, str]:
    """Rows for the report."""
    rows = {}
    for name, samples in found.memory.items():
        early, late = growth(samples)
        rows[f"memory of {name}"] = (
            f"{early / MIB:.1f} -> {late / MIB:.1f} MiB (most {max(samples) / MIB:.1f})"
        )
    for name, tables in found.tables.items():
        runs = sum(then.autovacuums - first.autovacuums for first, then in pairwise(tables))
        sizes = f"{tables[0].size / MIB:.0f} -> {tables[-1].size / MIB:.0f} MiB"
        rows[f"table {name}"] = (
            f"{sizes}, dead rows most {max(one.dead for one in tables):,} at end {tables[-1].dead:,} "
            f"of {tables[-1].live:,}, autovacuum {runs}x"
        )
    rows["old jobs not yet removed, most / end"] = f"{max(found.prunable):,} / {found.prunable[-1]:,}"
    return rows


def time_sweeps(journal: Journal) -> None:
    """In a worker: write down how long each round of the sweep takes."""
    first, last = Sweep._orphans, Sweep._rings
    began = 0.0

    def orphans(self: Sweep) -> None:
        nonlocal began
        began = time.monotonic()
        first(self)

    def rings(self: Sweep) -> None:
        last(self)
        journal.note("sweep", seconds=time.monotonic() - began)

    Sweep._orphans, Sweep._rings = orphans, rings  # type: ignore[method-assign]


def look(client: httpx.Client, journal: Journal) -> None:
    """A process of its own that asks for the queue's counts once a second, by the service and through the API."""
    with client:
        while True:
            seconds, stats = timed(lambda: queue_stats(SYSTEM))
            journal.note("stats", seconds=seconds, waiting=sum(one.waiting for one in stats.types))
            seconds, answer = timed(lambda: client.get("/queues"))
            answer.raise_for_status()
            journal.note("queues", seconds=seconds)
            time.sleep(1)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """How many seconds it took, and what came of it."""
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result
