"""Plain Dramatiq with periodiq, as they come, in the storms of experiments E1 and E2: the comparison's other half.

    DATABASE_URL=postgresql://… python -m benchmarks.faults [--patience 180] [--seed 1]
    python -m tests.experiments e1 e2

Each message asks for one line in a table, written by its actor in a transaction of its own. `dramatiq` and `periodiq`
run with their defaults and are started again at once when they end, as a service manager would. A request that Redis
refuses counts as refused, not as lost; what was accepted and left no line after `--patience` seconds is lost.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dramatiq
import psycopg
import redis
from dramatiq.brokers.redis import RedisBroker
from periodiq import PeriodiqMiddleware, cron

from benchmarks.publish import scratch_database
from tasks.embedded import Server, prepare, start_valkey

QUEUE = "peer"
WITNESS = "CREATE TABLE peer_witness (request int, pid int, at timestamptz DEFAULT clock_timestamp())"


def connect() -> psycopg.Connection[tuple[Any, ...]]:
    """A session of this run's scratch database."""
    return psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), autocommit=True)


def peer_broker() -> RedisBroker:
    """Dramatiq's defaults, and periodiq's middleware."""
    broker = RedisBroker(url=os.environ["PEER_REDIS_URL"])
    broker.add_middleware(PeriodiqMiddleware(skip_delay=30))
    dramatiq.set_broker(broker)
    mine = threading.local()

    def effect(request: int, seconds: float, fails: bool) -> None:
        if not hasattr(mine, "session"):
            mine.session = connect()
        if (
            fails
            and not mine.session.execute("SELECT FROM peer_failed WHERE request = %s", (request,)).rowcount
        ):
            mine.session.execute("INSERT INTO peer_failed VALUES (%s)", (request,))
            raise ValueError("this one fails at first")
        mine.session.execute(
            "INSERT INTO peer_witness (request, pid) VALUES (%s, %s)", (request, os.getpid())
        )
        time.sleep(seconds)

    def tick() -> None:
        with connect() as session:
            session.execute("INSERT INTO peer_ticks DEFAULT VALUES")

    dramatiq.actor(actor_name="effect", queue_name=QUEUE, broker=broker)(effect)
    dramatiq.actor(actor_name="tick", queue_name=QUEUE, broker=broker, periodic=cron("* * * * *"))(tick)
    return broker


if "PEER_REDIS_URL" in os.environ:
    peer_broker()


class Kept:
    """A command that is started again whenever it ends."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.restarts = -1
        self._start()

    def _start(self) -> None:
        self.restarts += 1
        self.process = subprocess.Popen(
            self._words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def keep(self) -> None:
        """Start it again if it has ended."""
        if self.process.poll() is not None:
            self._start()

    def children(self) -> list[int]:
        """Its worker processes."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in found.read_text().split()]
        return []

    def end(self) -> None:
        """Gone, with all its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def kept(*commands: Sequence[str]) -> Iterator[list[Kept]]:
    """Commands that are kept alive while the block runs."""
    stopping = threading.Event()
    found = [Kept(*command) for command in commands]

    def watch() -> None:
        while not stopping.wait(0.2):
            for one in found:
                one.keep()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        stopping.set()
        watcher.join()
        for one in found:
            one.end()


def storm(workers: Kept, _: PeerRedis, chance: random.Random) -> None:
    """As in E1: a random worker process is killed every two seconds or so."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.5, 3.5))
        if living := workers.children():
            with suppress(ProcessLookupError):
                os.kill(chance.choice(living), signal.SIGKILL)


class PeerRedis:
    """A Valkey to break."""

    def __init__(self, folder: Path) -> None:
        self.folders = prepare(folder)
        self.url = f"unix://{self.folders.valkey_socket}?db=0"
        self.server: Server = start_valkey(self.folders)
        self.client = redis.Redis.from_url(self.url)


def amnesia(_: Kept, peer: PeerRedis, __: random.Random) -> None:
    """As in E2: it forgets, dies and loses its data, hangs, is full, drops its connections."""
    for _round in range(30):
        peer.client.flushall()
        time.sleep(0.1)
    peer.server.kill()
    time.sleep(6)
    peer.server = start_valkey(peer.folders)
    time.sleep(3)
    os.kill(peer.server.pid, signal.SIGSTOP)
    time.sleep(8)
    os.kill(peer.server.pid, signal.SIGCONT)
    time.sleep(3)
    peer.client.config_set("maxmemory", "1")
    time.sleep(5)
    peer.client.config_set("maxmemory", "0")
    for _round in range(20):
        with suppress(redis.RedisError):
            peer.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.2)


def ask(
    a_second: float, failing: float, chance: random.Random, stopping: threading.Event
) -> Mapping[int, float]:
    """Send messages until told to stop; request numbers of those that were accepted, and when that was."""
    broker = dramatiq.get_broker()
    effect = broker.get_actor("effect")
    accepted: dict[int, float] = {}
    refused.clear()
    took.clear()
    request = 0
    while not stopping.wait(1 / a_second):
        request += 1
        began = time.monotonic()
        try:
            effect.send(request, chance.uniform(0, 0.3), chance.random() < failing)
        except Exception as error:
            refused[type(error).__name__] += 1
        else:
            accepted[request] = time.time()
        took.append(time.monotonic() - began)
    return accepted


refused: Counter[str] = Counter()
took: list[float] = []


Fault = Callable[[Kept, PeerRedis, random.Random], None]


def run(
    title: str,
    fault: Fault,
    a_second: float,
    failing: float,
    patience: float,
    seed: int,
) -> None:
    """One storm, and what is left of the work."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="peer-") as name:
        Path(name).chmod(0o711)
        peer = PeerRedis(Path(name))
        os.environ["PEER_REDIS_URL"] = peer.url
        peer_broker()
        with connect() as session:
            session.execute("DROP TABLE IF EXISTS peer_witness, peer_failed, peer_ticks")
            session.execute(WITNESS)
            session.execute("CREATE TABLE peer_failed (request int)")
            session.execute("CREATE TABLE peer_ticks (at timestamptz DEFAULT clock_timestamp())")
        module = "benchmarks.faults"
        commands = (
            [sys.executable, "-m", "dramatiq", module, "--processes", "2"],
            [str(Path(sys.executable).with_name("periodiq")), module],
        )
        try:
            with kept(*commands) as (workers, scheduler):
                time.sleep(5)
                accepted = _under(fault, workers, peer, a_second, failing, chance)
                # Dramatiq gives a dead worker's messages back after a minute or more, done or not.
                time.sleep(patience)
                _tell(title, accepted, workers, scheduler)
        finally:
            peer.server.kill()


def _under(
    fault: Fault,
    workers: Kept,
    peer: PeerRedis,
    a_second: float,
    failing: float,
    chance: random.Random,
) -> Mapping[int, float]:
    stopping = threading.Event()
    found: list[Mapping[int, float]] = []
    client = threading.Thread(target=lambda: found.append(ask(a_second, failing, chance, stopping)))
    client.start()
    try:
        time.sleep(3)
        fault(workers, peer, chance)
        time.sleep(3)
    finally:
        stopping.set()
        client.join()
    return found[0]


def _tell(title: str, accepted: Mapping[int, float], workers: Kept, scheduler: Kept) -> None:
    with connect() as session:
        first = dict(
            session.execute("SELECT request, extract(epoch FROM min(at)) FROM peer_witness GROUP BY request")
        )
        doubled = session.execute("SELECT count(*) - count(DISTINCT request) FROM peer_witness").fetchone()
    waits = sorted(float(first[request]) - at for request, at in accepted.items() if request in first)
    print(f"plain Dramatiq and periodiq, {title}")
    print(f"  accepted {len(accepted):,}; refused {sum(refused.values()):,} {dict(refused)}")
    print(f"  lost {len(accepted.keys() - first.keys()):,}; doubled {doubled[0] if doubled else 0}")
    late = [wait for wait in waits if wait > 1]
    middle, slowest = waits[len(waits) // 2], waits[-1]
    print(f"  from request to effect: p50 {middle:.3f} s, max {slowest:.1f} s; {len(late)} over a second")
    p99 = sorted(took)[int(len(took) * 0.99)]
    print(f"  request p99 {1000 * p99:,.0f} ms, max {1000 * max(took):,.0f} ms")
    print(
        f"  started again: dramatiq {workers.restarts} times, periodiq {scheduler.restarts} times", flush=True
    )


def main() -> None:
    """Both storms."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patience", type=float, default=180)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with scratch_database():
        run("kill storm (20 a second)", storm, 20, 0, words.patience, words.seed)
        run(
            "Redis amnesia (100 a second, every tenth raises once)",
            amnesia,
            100,
            0.1,
            words.patience,
            words.seed,
        )


if __name__ == "__main__":
    main()
