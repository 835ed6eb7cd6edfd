"""The queue itself: no-op jobs a second and idle pick-up, beside plain Dramatiq on the same Redis, in the same run.

    DATABASE_URL=postgresql://… REDIS_URL=redis://… python -m benchmarks.queue [--jobs 6000] [--samples 300]

Two processes with five slots each on both sides, and both are there all the time. A placeOps no-op is a durable row:
claimed, completed and recorded in two commits; Dramatiq's is a message without content.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast
from uuid import uuid4

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import insert, text

from benchmarks.publish import scratch_database
from sql.engine import transaction
from sql.tables import job_types as job_types_table
from tasks.jobs import delivery, doorbell, ledger, supervisor
from tasks.jobs.registry import JobType, job_types

PROCESSES, SLOTS, ROUNDS = 2, 5, 5
NOTHING = JobType("nothing", lambda tx, job, prepared: {}, unique_key=lambda payload: None)
PEER = "bench-peer"


def know_nothing() -> None:
    """Register the no-op in this process alone: the registry hands out its own dictionary."""
    cast(dict[str, JobType], job_types())[NOTHING.name] = NOTHING


def peer_broker() -> RedisBroker:
    """Dramatiq as it comes, in a namespace that the run removes; one actor does nothing, one notes how late it is."""
    broker = RedisBroker(
        url=os.environ["REDIS_URL"], namespace=f"{os.environ['PLACEOPS_REDIS_NAMESPACE']}-peer"
    )
    dramatiq.set_broker(broker)

    def late(sent: float) -> None:
        broker.client.rpush(f"{broker.namespace}:late", time.time() - sent)

    dramatiq.actor(actor_name="nothing", queue_name=PEER, broker=broker)(lambda: None)
    dramatiq.actor(actor_name="late", queue_name=PEER, broker=broker)(late)
    return broker


@contextmanager
def running(*words: str) -> Iterator[None]:
    """A process of this module, told to stop when the block ends."""
    command = [sys.executable, "-m", "benchmarks.queue", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ready(broker: RedisBroker) -> None:
    """Wait until both sides work."""
    broker.get_actor("nothing").send()
    while asked("SELECT count(*) FROM workers") < PROCESSES or left(broker):
        time.sleep(0.1)
    time.sleep(2)


def asked(statement: str) -> float:
    """One number."""
    with transaction(read_only=True) as tx:
        return float(tx.execute(text(statement)).scalar_one())


def left(broker: RedisBroker) -> int:
    """The peer's messages that are not acknowledged yet."""
    return int(cast(int, broker.client.hlen(f"{broker.namespace}:{PEER}.msgs")))


def drained(unfinished: Callable[[], float]) -> None:
    """Wait, and disturb as little as that allows."""
    while unfinished():
        time.sleep(0.05)


def rate(jobs: int) -> float:
    """No-op jobs a second: from the first start to the last end, by the database's clock."""
    with transaction() as tx:
        bulk = (
            "INSERT INTO jobs (type, created_by) SELECT 'nothing', 'benchmark' FROM generate_series(1, :jobs)"
        )
        tx.execute(text(bulk), {"jobs": jobs})
    doorbell.ring(NOTHING.name, doorbell.ENOUGH_RINGS)
    drained(lambda: asked("SELECT count(*) FROM jobs WHERE state IN ('waiting', 'active')"))
    newest = f"(SELECT * FROM jobs ORDER BY id DESC LIMIT {jobs})"
    return jobs / asked(f"SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM {newest} newest")


def peer_rate(broker: RedisBroker, jobs: int) -> float:
    """The same for the peer: from the moment at which its messages are there until all are acknowledged."""
    nothing = broker.get_actor("nothing")
    name = f"{broker.namespace}:{PEER}"
    with broker.client.pipeline() as pipe:
        for _ in range(jobs):
            key = str(uuid4())
            pipe.hset(f"{name}.msgs", key, nothing.message().copy(options={"redis_message_id": key}).encode())
            pipe.rpush(name, key)
        began = time.perf_counter()
        pipe.execute()
    drained(lambda: left(broker))
    return jobs / (time.perf_counter() - began)


def pick_up(broker: RedisBroker, samples: int) -> tuple[list[float], list[float]]:
    """Milliseconds from request to start, ours and the peer's, in turn, with nothing else to do."""
    late = broker.get_actor("late")
    first = asked("SELECT max(id) FROM jobs")
    for _ in range(samples):
        with transaction() as tx:
            ledger.enqueue(tx, NOTHING.name, {}, created_by="benchmark")
        time.sleep(random.uniform(0.1, 0.2))
        late.send(time.time())
        time.sleep(random.uniform(0.1, 0.2))
    drained(lambda: left(broker))
    with transaction(read_only=True) as tx:
        waits = "SELECT extract(epoch FROM started_at - created_at) * 1000 FROM jobs WHERE id > :first"
        ours = [float(wait) for wait in tx.scalars(text(waits), {"first": first})]
    theirs = cast(list[bytes], broker.client.lrange(f"{broker.namespace}:late", 0, -1))
    return ours, [float(wait) * 1000 for wait in theirs]


def told(name: str, waits: Sequence[float]) -> str:
    """p50 and p99."""
    cuts = statistics.quantiles(waits, n=100)
    return f"{name} p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"


def measure(jobs: int, samples: int) -> None:
    """Print the figures."""
    with transaction() as tx:
        tx.execute(insert(job_types_table).values(name=NOTHING.name, concurrency=SLOTS))
        tx.execute(text("UPDATE schedules SET enabled = false"))
    know_nothing()
    delivery.never_inline()
    broker = peer_broker()
    try:
        with running("supervise"), running("peer"):
            ready(broker)
            pairs = [(rate(jobs), peer_rate(broker, jobs)) for _ in range(ROUNDS + 1)][1:]
            ours, theirs = (statistics.median(rates) for rates in zip(*pairs, strict=True))
            print(f"{PROCESSES} processes x {SLOTS}: {ours:,.0f} no-op jobs/s; plain Dramatiq {theirs:,.0f}")
            waits, late = pick_up(broker, samples)
            print(f"idle pick-up of {samples}: {told('placeOps', waits)}; {told('plain Dramatiq', late)}")
    finally:
        keys = list(broker.client.scan_iter(f"{os.environ['PLACEOPS_REDIS_NAMESPACE']}*"))
        broker.client.delete(*keys or ["none"])


def main() -> None:
    """`supervise`, `work …` and `peer` are the processes of a run."""
    words = sys.argv[1:]
    if words[:1] == ["peer"]:
        peer()
    elif words[:1] == ["work"]:
        from tasks.jobs.__main__ import main as work

        know_nothing()
        work(words[1:])
    elif words[:1] == ["supervise"]:
        supervise()
    else:
        options = argparse.ArgumentParser()
        options.add_argument("--jobs", type=int, default=6000)
        options.add_argument("--samples", type=int, default=300)
        found = options.parse_args()
        with scratch_database():
            measure(found.jobs, found.samples)


def supervise() -> None:
    """placeOps' own supervisor, whose workers know the no-op."""
    know_nothing()
    supervisor.worker_command = lambda types, seconds: [  # type: ignore[assignment]
        *(sys.executable, "-m", "benchmarks.queue", "work", str(seconds)),
        *types,
    ]
    supervisor.run(processes=PROCESSES, types=[NOTHING.name], shutdown_seconds=5)


def peer() -> None:
    """Dramatiq's own command line with as many processes and threads."""
    command = [
        "dramatiq",
        "benchmarks.queue:peer_broker",
        "--processes",
        str(PROCESSES),
        "--threads",
        str(SLOTS),
    ]
    os.execv(sys.executable, [sys.executable, "-m", *command])


if __name__ == "__main__":
    main()
