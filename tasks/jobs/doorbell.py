"""Rings: empty messages that say "there is work of this type"; losing one costs latency, never work.

Any failed ring or fetch counts as "Redis is unreachable". The breaker remembers that, so that an outage costs one
short time-out and not one a request.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.settings import settings

if TYPE_CHECKING:
    from tasks.jobs.broker import RingBroker

log = logging.getLogger(__name__)

ENOUGH_RINGS = 32
"""A list this long already wakes every worker there is; 50,000 jobs are not 50,000 rings."""
SHORT_SECONDS = 0.15
OPEN_SECONDS = 2.0
SHAKY_SECONDS = 5.0
"""For so long after a failure a ring that Redis took may not reach anybody: connections can break again any moment."""


class Breaker:
    """Whether Redis answers, as this process last saw it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._retry_at = 0.0
        self._failed_at = -SHAKY_SECONDS
        self.down_since: datetime | None = None

    @property
    def shaky(self) -> bool:
        """Whether an attempt failed a moment ago, be Redis back since or not."""
        return time.monotonic() - self._failed_at < SHAKY_SECONDS

    def due(self) -> bool:
        """Whether it is time to ask again; the one who is told so does."""
        with self._lock:
            if self.down_since is None or time.monotonic() < self._retry_at:
                return False
            self._retry_at = time.monotonic() + OPEN_SECONDS
            return True

    def failed(self, error: BaseException | str) -> None:
        """An attempt failed: no further one for a moment. Says so in the log once an outage."""
        with self._lock:
            self._failed_at = time.monotonic()
            self._retry_at = self._failed_at + OPEN_SECONDS
            if self.down_since is None:
                self.down_since = datetime.now(UTC)
                log.warning("Redis unreachable, working from PostgreSQL: %s", error)

    def succeeded(self) -> None:
        """Redis answered."""
        with self._lock:
            if self.down_since is not None:
                log.warning(
                    "Redis is back after %.0f s", (datetime.now(UTC) - self.down_since).total_seconds()
                )
                self.down_since = None


breaker = Breaker()


def client(seconds: float) -> redis.Redis | None:
    """A client that gives up after `seconds` and never retries by itself; None when no Redis is configured."""
    url = settings().redis_url
    if url is None:
        return None
    return redis.Redis.from_url(
        url.get_secret_value(),
        socket_timeout=seconds,
        socket_connect_timeout=min(seconds, 1.0),
        retry=Retry(NoBackoff(), 0),
        client_name="placeops",
    )


@cache
def _broker() -> RingBroker | None:
    from tasks.jobs.broker import RingBroker

    short = client(SHORT_SECONDS)
    return None if short is None else RingBroker(short)


def ring(job_type: str, wanted: int = 1) -> bool:
    """Make sure that up to `wanted` rings for a type wait in Redis; False without a Redis that answers.

    In an outage nobody waits for it here: the caller is told at once, and another thread asks whether it is over.
    """
    if breaker.down_since is not None:
        if breaker.due():
            _probe()
        return False
    broker = _broker()
    if broker is None:
        return False
    try:
        broker.ring(job_type, wanted)
    except (redis.RedisError, OSError) as error:
        breaker.failed(error)
        return False
    breaker.succeeded()
    return True


_probes: list[threading.Thread] = []


def _probe() -> None:
    thread = threading.Thread(target=reachable, name="redis probe", daemon=True)
    thread.start()
    _probes[:] = [one for one in (*_probes, thread) if one.is_alive()]


def reachable() -> bool:
    """Ask Redis now, breaker or not; False when unreachable or not configured.

    A write asks more than a ping: a replica, or a server without room, answers pings and takes no rings.
    """
    short = client(SHORT_SECONDS)
    if short is None:
        return False
    try:
        short.set(f"{settings().redis_namespace}:probe", "", px=1000)
    except (redis.RedisError, OSError) as error:
        breaker.failed(error)
        return False
    finally:
        short.close()
    breaker.succeeded()
    return True


def reset() -> None:
    """Forget the connection and the outage (settings changed).

    What a probe on its way would say is about the former Redis, so it is waited for: it ends within its time-outs.
    """
    for thread in _probes:
        thread.join()
    _broker.cache_clear()
    breaker.__init__()  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class About:
    """What Redis says about itself; None where it says nothing, as hosted ones do."""

    version: tuple[int, ...] | None
    policy: str | None
    """Its `maxmemory-policy`: anything but noeviction may drop rings."""


def about() -> About:
    """Ask Redis what it is."""
    short = client(SHORT_SECONDS)
    if short is None:
        return About(None, None)
    try:
        version = short.info("server").get("redis_version")
        numbers = tuple(map(int, re.findall(r"[0-9]+", str(version)))) if version else None
    except (redis.RedisError, OSError):
        numbers = None
    try:
        policy = short.config_get("maxmemory-policy").get("maxmemory-policy")
    except (redis.RedisError, OSError):
        policy = None
    finally:
        short.close()
    return About(numbers, policy)
