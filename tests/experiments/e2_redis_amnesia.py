"""E2, Redis amnesia: it forgets, dies, hangs, is full and drops connections, while clients ask and jobs raise.

Pass: nothing lost or doubled; no request fails because of Redis, and 99 of 100 are answered within 250 ms in the
outage; a waiting job is picked up within 3 s; ten seconds after the last outage all is as fast as before it. Nobody
restarts anything.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx
from redis.exceptions import RedisError

from sql.engine import transaction
from tasks.actor import Actor
from tasks.jobs import delivery
from tests import factories
from tests.experiments import fleet
from tests.experiments.checker import Findings, check
from tests.experiments.report import Limit, quantile
from tests.experiments.world import World, load
from tests.jobs.support import OwnRedis, ask, until

OWN_REDIS, OWN_POSTGRES = True, False
PROCESSES = 2
TIMED_SECONDS = 28.0
A_SECOND = 100
SETTLE_SECONDS = 10
REQUEST_SECONDS = 0.25
PICKUP_SECONDS = 3.0
API = " through the API"


def run(world: World, bug: str | None, only: str | None) -> tuple[Findings, Mapping[str, str], list[str]]:
    """All the outages one after the other, or one of them."""
    delivery._inline = True  # a client like any other: without Redis it does its own work
    complaints: list[str] = []
    port = free_port()
    with (
        fleet.workers(world, PROCESSES, bug),
        fleet.process(world, "scheduler", bug=bug),
        fleet.process(world, "api", str(port), bug=bug),
    ):
        with publishing(world, port), load(world, A_SECOND, lambda: one(world)):
            time.sleep(world.seconds(5))
            world.phase("during")
            for name, outage in OUTAGES.items():
                if only in (None, name):
                    outage(world)
            world.phase("settling")
            time.sleep(SETTLE_SECONDS)
            world.phase("after")
            time.sleep(world.seconds(5))
        world.at_rest()
        complaints += _alive()
    found = check(world.database_url, world.journal, world.export_folder)
    complaints += found.faults + [f"a request failed: {line}" for line in _failures(world)]
    limits = [
        Limit("request during", found.requests["during"], 0.99, REQUEST_SECONDS),
        Limit("request through the API during", found.requests["during" + API], 0.99, REQUEST_SECONDS),
        Limit("pick-up during", found.pickup["during"], 1.0, PICKUP_SECONDS),
        Limit("pick-up after", found.pickup["after"], 0.5, 3 * _before(found, 0.5) + 0.02),
        Limit("pick-up after", found.pickup["after"], 0.99, 3 * _before(found, 0.99) + 0.05),
    ]
    complaints += [words for limit in limits if (words := limit.complaint)]
    inline = ask("SELECT count(*) FROM workers WHERE kind = 'inline'")
    return found, {"jobs done by their own callers": str(inline)}, complaints


def _before(found: Findings, share: float) -> float:
    """Pick-up before the first outage; a factor of three and some milliseconds are noise on a busy machine."""
    return quantile(found.pickup["before"], share) if found.pickup["before"] else 0.0


def _failures(world: World) -> list[str]:
    return [line["error"] for line in world.journal.lines("unknown", "refused")]


def _alive() -> list[str]:
    beating = "stopped_at IS NULL AND lost_at IS NULL AND beat_at > clock_timestamp() - interval '10 s'"
    found = ask(f"SELECT array_agg(kind ORDER BY kind) FROM workers WHERE kind <> 'inline' AND {beating}")
    wanted = ["scheduler", *["worker"] * PROCESSES]
    return [] if found == wanted else [f"at the end these processes live: {found}"]


def one(world: World) -> None:
    """A client's request; every tenth job raises once before it succeeds."""
    world.trial(fails=int(world.random.random() < 0.1), doze=world.random.uniform(0, 0.01))


@contextmanager
def publishing(world: World, port: int) -> Iterator[None]:
    """A client of the API that publishes one selection after another, five a second, on ten drives in turn."""
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 40)
        drives = [factories.drive(tx, f"D{number}") for number in range(10)]
    counter = iter(range(1_000_000))

    with fleet.client_of(port) as client:
        until(lambda: ready(client), 20)

        def publish(actor: Actor) -> int:
            turn = next(counter)
            answer = client.post(
                f"/drives/{drives[turn % 10]}/publish",
                json={"selected_students": students[: 1 + turn % len(students)]},
                headers={"X-Request-ID": actor.request_id or ""},
            )
            answer.raise_for_status()
            return int(answer.json()["job"]["id"])

        with load(world, 5, lambda: world.request(publish, via=API), clients=1):
            yield


def ready(client: httpx.Client) -> bool:
    """Whether the API answers and has all it needs."""
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _redis(world: World) -> OwnRedis:
    assert world.redis is not None
    return world.redis


def forgetful(world: World) -> None:
    """FLUSHALL again and again."""
    end = time.monotonic() + world.seconds(3)
    while time.monotonic() < end:
        _redis(world).client.flushall()
        time.sleep(0.05)


def killed(world: World) -> None:
    """kill -9, its data gone; later it is back, empty."""
    _redis(world).end()
    time.sleep(world.seconds(6))
    _redis(world).start()
    time.sleep(3)


def hung(world: World) -> None:
    """It accepts connections and answers nothing."""
    _redis(world).freeze()
    time.sleep(8 if world.minutes is None else 30)
    _redis(world).thaw()
    time.sleep(3)


def full(world: World) -> None:
    """It refuses to take anything."""
    _redis(world).client.config_set("maxmemory", "1")
    time.sleep(world.seconds(5))
    _redis(world).client.config_set("maxmemory", "0")
    time.sleep(2)


def dropped(world: World) -> None:
    """Every connection is cut, five times a second."""
    end = time.monotonic() + world.seconds(4)
    while time.monotonic() < end:
        with _redis(world).client as client, suppress(RedisError):
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.2)


OUTAGES: Mapping[str, Callable[[World], None]] = {
    "forgetful": forgetful,
    "killed": killed,
    "hung": hung,
    "full": full,
    "dropped": dropped,
}
