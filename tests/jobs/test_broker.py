"""The doorbell: rings wake consumers, are never more than enough, and cost nobody anything when Redis is away."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import redis

from tasks.jobs import broker as broker_module
from tasks.jobs import doorbell
from tasks.jobs.broker import RingBroker, RingConsumer, ring_actor
from tasks.jobs.doorbell import ENOUGH_RINGS, Breaker, breaker
from tasks.jobs.sweep import Sweep
from tests.conftest import Place
from tests.jobs.support import OwnRedis, trial


@pytest.fixture
def rings(with_redis: Place, redis_server: OwnRedis) -> Iterator[RingBroker]:
    """A broker on a Valkey of its own, for one type with two slots."""
    redis_server.start()
    client = doorbell.client(doorbell.SHORT_SECONDS)
    assert client is not None
    found = RingBroker(client)
    ring_actor(found, "trial", 2, lambda job_type: None)
    yield found
    client.close()


@pytest.fixture
def consumer(rings: RingBroker) -> Iterator[RingConsumer]:
    found = rings.consume("trial")
    yield found
    found.close()


def length(rings: RingBroker) -> int:
    return int(rings.client.llen(f"{rings.namespace}:trial"))


def test_rings_are_topped_up_and_never_more_than_enough(rings: RingBroker) -> None:
    rings.ring("trial", 5)
    assert length(rings) == 5
    rings.ring("trial", 5)
    assert length(rings) == 5
    rings.ring("trial", 1)
    assert length(rings) == 6
    rings.ring("trial", 50_000)
    assert length(rings) == ENOUGH_RINGS
    rings.ring("trial", 1)
    assert length(rings) == ENOUGH_RINGS


def test_a_ring_says_nothing(rings: RingBroker, consumer: RingConsumer) -> None:
    rings.ring("trial", 1)
    message = next(consumer)
    assert message is not None
    assert (message.actor_name, message.args, message.kwargs) == ("trial", (), {})


def test_waiting_changes_nothing_and_an_answer_leaves_nothing(
    rings: RingBroker, consumer: RingConsumer
) -> None:
    rings.ring("trial", 1)
    assert consumer.blocking is not None
    consumer.blocking.blmove(f"{rings.namespace}:trial", f"{rings.namespace}:trial", 1, "LEFT", "LEFT")
    assert length(rings) == 1
    message = next(consumer)
    assert message is not None
    consumer.ack(message)
    left = {key for key in rings.client.keys() if b"__heartbeats__" not in key}  # noqa: SIM118
    assert left == set()


def test_a_process_holds_no_more_rings_than_it_can_answer(
    rings: RingBroker, consumer: RingConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "BLOCK_SECONDS", 0.05)
    rings.ring("trial", 5)
    first, second = next(consumer), next(consumer)
    assert first is not None
    assert second is not None
    assert next(consumer) is None
    assert length(rings) == 3
    consumer.ack(first)
    assert next(consumer) is not None


def test_an_answer_without_redis_is_swallowed(
    rings: RingBroker, consumer: RingConsumer, redis_server: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    rings.ring("trial", 2)
    messages = [next(consumer), next(consumer)]
    redis_server.end()
    for message in messages:
        assert message is not None
        consumer.ack(message)
    assert breaker.down_since is not None
    assert [one.levelno for one in caplog.records if "unreachable" in one.message] == [logging.WARNING]
    assert consumer.outstanding_message_count == 0


def test_a_wait_without_redis_ends_and_local_rings_are_heard(
    rings: RingBroker, consumer: RingConsumer, redis_server: OwnRedis
) -> None:
    redis_server.end()
    assert next(consumer) is None
    rings.ring_locally("trial", 40)
    assert rings.local["trial"].qsize() == 2, "no more than slots"
    message = next(consumer)
    assert message is not None
    consumer.ack(message)


def test_in_an_outage_no_slot_waits_for_redis(
    rings: RingBroker, consumer: RingConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert consumer.blocking is not None
    breaker.failed("gone")
    monkeypatch.setattr(breaker, "_retry_at", 0.0)
    monkeypatch.setattr(
        consumer.blocking, "blmove", lambda *_: pytest.fail("local rings are not heard meanwhile")
    )
    assert next(consumer) is None
    assert breaker.down_since is not None


def test_a_hung_redis_costs_a_ring_one_short_wait(with_redis: Place, redis_server: OwnRedis) -> None:
    redis_server.start()
    assert doorbell.ring("trial")
    redis_server.freeze()
    assert not doorbell.ring("trial")
    assert not breaker.due(), "the next ring does not even try"
    assert not doorbell.ring("trial")
    redis_server.thaw()
    assert doorbell.reachable()
    assert doorbell.ring("trial")


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_redis_that_takes_no_rings_is_unreachable(
    with_redis: Place, redis_server: OwnRedis, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.start()
    client = redis_server.client
    if trouble == "full":
        client.config_set("maxmemory", "1")
    else:
        client.replicaof("127.0.0.1", "1")
    assert client.ping()
    assert not doorbell.ring("trial")
    assert not doorbell.reachable()
    assert not doorbell.reachable()
    assert len([one for one in caplog.messages if "Redis" in one]) == 1
    client.config_set("maxmemory", "0")
    client.replicaof("NO", "ONE")
    assert doorbell.reachable()
    assert caplog.messages[-1].startswith("Redis is back")


def test_the_breaker_lets_one_try_through_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Breaker()
    due = [found.due()]
    found.failed("gone")
    due.append(found.due())
    monkeypatch.setattr(found, "_retry_at", 0.0)
    due += [found.due(), found.due()]
    assert due == [False, False, True, False]
    assert found.down_since is not None
    found.succeeded()
    assert found.down_since is None


def test_while_redis_comes_and_goes_the_sweep_rings_in_its_own_process_too(
    rings: RingBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis takes such a ring, and the connection that would fetch it is cut: seen to starve a job for seconds."""
    trial()
    sweep = Sweep(rings)
    sweep._rings()
    assert (length(rings), rings.local["trial"].qsize()) == (2, 0)
    breaker.failed("cut")
    breaker.succeeded()
    sweep._rings()
    assert (length(rings), rings.local["trial"].qsize()) == (3, 1)
    rings.local["trial"].get()
    monkeypatch.setattr(breaker, "_failed_at", 0.0)
    sweep._rings()
    assert rings.local["trial"].empty()


def test_nothing_waits_for_delayed_messages(rings: RingBroker) -> None:
    assert (rings.queues, rings.delay_queues) == ({"trial"}, set())


def test_another_consumers_luck_is_no_reason_to_back_off(
    rings: RingBroker, consumer: RingConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ring is gone between the wait and the fetch, again and again."""
    monkeypatch.setattr(rings, "do_fetch", lambda *_: [], raising=False)
    rings.ring("trial", 1)
    for _ in range(12):
        assert next(consumer) is None
        assert consumer.misses <= 1


def test_redis_errors_are_what_the_breaker_knows(rings: RingBroker, redis_server: OwnRedis) -> None:
    redis_server.end()
    with pytest.raises(redis.RedisError):
        rings.ring("trial", 1)
    assert not doorbell.ring("trial")
