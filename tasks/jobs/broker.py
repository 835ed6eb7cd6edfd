"""Dramatiq's Redis broker as the doorbell's transport: one queue and one actor a job type, messages without content.

Consumers block in `BLMOVE list list LEFT LEFT`, a move onto itself that waits until there is something and changes
nothing; Dramatiq's own script then fetches. While Redis is unreachable they take rings that the sweep puts down
locally, so that the same worker threads go on from the table.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

import redis
from dramatiq import Message, MessageProxy, actor
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.common import dq_name

from tasks.jobs import doorbell
from tasks.jobs.doorbell import ENOUGH_RINGS, breaker
from tasks.settings import settings

BLOCK_SECONDS = 1
LOCAL = "placeops_local"


def _ring_message(job_type: str, **options: Any) -> Message[Any]:
    return Message(queue_name=job_type, actor_name=job_type, args=(), kwargs={}, options=options)


class RingBroker(RedisBroker):
    """Carries rings. Of Dramatiq's middleware nothing is used: retries, delays and limits are the ledger's."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client=client, middleware=[], namespace=settings().redis_namespace)  # type: ignore[no-untyped-call]
        self.limits: Mapping[str, int] = {}
        self.local: dict[str, queue.Queue[MessageProxy]] = {}

    def declare_queue(self, queue_name: str) -> None:
        """A queue without its twin for delayed messages, which nobody sends."""
        if queue_name not in self.queues:
            self.local[queue_name] = queue.Queue()
            super().declare_queue(queue_name)

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Dramatiq's signals, without the one that would start a consumer for the unused delay queue."""
        if signal == "declare_delay_queue":
            self.delay_queues.discard(dq_name(args[0]))
            return
        super().emit_after(signal, *args, **kwargs)

    def ring(self, job_type: str, wanted: int) -> None:
        """Top the type's list up to `wanted` rings, never beyond ENOUGH_RINGS. Raises redis' errors."""
        waiting = int(self.client.llen(f"{self.namespace}:{job_type}"))
        missing = wanted if wanted == 1 and waiting < ENOUGH_RINGS else min(wanted, ENOUGH_RINGS) - waiting
        for _ in range(missing):
            self.enqueue(_ring_message(job_type))

    def ring_locally(self, job_type: str, wanted: int) -> None:
        """Wake this process's own slots for a type, Redis or not."""
        waiting = self.local[job_type]
        for _ in range(min(wanted, self.limits[job_type]) - waiting.qsize()):
            waiting.put(MessageProxy(_ring_message(job_type, **{LOCAL: True})))

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> RingConsumer:
        """A consumer that holds at most as many rings as the type may run jobs in one process."""
        return RingConsumer(self, queue_name, self.limits[queue_name], timeout)


class RingConsumer(_RedisConsumer):
    """Waits for rings in Redis, or for local ones while Redis is away; never raises because of Redis."""

    broker: RingBroker
    message_cache: list[bytes]
    queued_message_ids: set[str]
    misses: int

    def __init__(self, broker: RingBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        self.blocking = doorbell.client(BLOCK_SECONDS + 0.5)
        self.freed = threading.Event()

    def __next__(self) -> MessageProxy | None:
        if not self.message_cache and self.outstanding_message_count >= self.prefetch:
            self.freed.clear()
            if self.outstanding_message_count >= self.prefetch:
                self.freed.wait(BLOCK_SECONDS)
                return None
        try:
            # Whether the outage is over is the sweep's to find out: who waits for Redis here takes no local ring.
            if self.blocking is None or breaker.down_since is not None:
                return self._local(BLOCK_SECONDS / 4)
            return self._local(0) or self._from_redis(self.blocking)
        except (redis.RedisError, OSError) as error:
            breaker.failed(error)
            return None

    def _local(self, seconds: float) -> MessageProxy | None:
        try:
            message = self.broker.local[self.queue_name].get(seconds > 0, seconds)
        except queue.Empty:
            return None
        self.queued_message_ids.add(message.message_id)
        return message

    def _from_redis(self, blocking: redis.Redis) -> MessageProxy | None:
        if not self.message_cache:
            name = f"{self.broker.namespace}:{self.queue_name}"
            # A wait that ends well says nothing about an outage which began meanwhile: the sweep asks again.
            if blocking.blmove(name, name, BLOCK_SECONDS, "LEFT", "LEFT") is None:
                return None
            # When another consumer is faster there is nothing to back off from: the next move waits again.
            self.misses = 0
        message: MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]
        return message

    def ack(self, message: MessageProxy) -> None:
        """Tell Redis that a ring is dealt with. A ring is worthless, so a failure is only remembered by the breaker."""
        self.queued_message_ids.discard(message.message_id)
        self.freed.set()
        if LOCAL in message.options or breaker.down_since is not None:
            return
        try:
            self.broker.do_ack(self.queue_name, message.options["redis_message_id"])
        except (redis.RedisError, OSError) as error:
            breaker.failed(error)

    nack = ack

    def requeue(self, messages: Any) -> None:
        """Rings that were fetched and not answered are dropped: the sweep rings again for whatever is due."""

    def close(self) -> None:
        """Close the blocking connection."""
        if self.blocking is not None:
            self.blocking.close()


def ring_actor(broker: RingBroker, job_type: str, limit: int, drain: Callable[[str], None]) -> None:
    """Declare the actor of a type: a ring makes it drain what is due."""
    broker.limits = {**broker.limits, job_type: limit}
    actor(actor_name=job_type, queue_name=job_type, broker=broker)(lambda: drain(job_type))
