"""Redis dies, hangs, is full, forgets: workers go on from the table and come back by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Place
from tests.jobs.support import OwnRedis, applied, ask, do, finished, job, logged, trial, until, workers

Act = Callable[[OwnRedis], object]

OUTAGES: dict[str, tuple[Act, Act]] = {
    "killed": (OwnRedis.end, OwnRedis.start),
    "hung": (OwnRedis.freeze, OwnRedis.thaw),
    "full": (
        lambda server: server.client.config_set("maxmemory", "1"),
        lambda server: server.client.config_set("maxmemory", "0"),
    ),
}


def blind() -> bool:
    """Whether the workers say that they do not see Redis."""
    return bool(ask("SELECT count(*) FROM workers WHERE redis_down_since IS NOT NULL AND stopped_at IS NULL"))


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_holds_up_no_job(with_redis: Place, redis_server: OwnRedis, outage: str) -> None:
    begin, end = OUTAGES[outage]
    redis_server.start()
    with workers(with_redis, "trial"):
        finished([trial()])
        begin(redis_server)
        during = [trial() for _ in range(20)]
        finished(during, seconds=15)
        finished([trial()], seconds=10)
        end(redis_server)
        until(lambda: "Redis is back" in logged(with_redis))
        after = [trial() for _ in range(5)]
        finished(after, seconds=10)
    assert {applied(one) for one in [*during, *after]} == {1}
    assert logged(with_redis).count("Redis unreachable") == 1
    assert logged(with_redis).count("Redis is back") == 1


def test_a_worker_starts_without_redis_and_takes_to_it_later(
    with_redis: Place, redis_server: OwnRedis
) -> None:
    early = trial()
    with workers(with_redis, "trial"):
        finished([early], seconds=10)
        redis_server.start()
        until(lambda: "Redis is back" in logged(with_redis))
        finished([trial()])
    assert applied(early) == 1


def test_rings_that_are_lost_are_rung_again(with_redis: Place, redis_server: OwnRedis) -> None:
    redis_server.start()
    do("UPDATE job_types SET paused_at = now(), paused_by = 'tester'")
    with workers(with_redis, "trial", processes=2):
        found = [trial() for _ in range(40)]
        redis_server.client.flushall()
        do("UPDATE job_types SET paused_at = NULL, paused_by = NULL")
        redis_server.client.flushall()
        finished(found)
    assert {applied(one) for one in found} == {1}


def test_a_job_that_fails_while_redis_is_away_is_not_lost(with_redis: Place, redis_server: OwnRedis) -> None:
    redis_server.start()
    with workers(with_redis, "trial"):
        redis_server.end()
        found = trial(**{"raise": "while Redis is away"})
        until(lambda: job(found).failures == 1)
        until(blind)
        do("UPDATE jobs SET payload = '{}', run_at = clock_timestamp()")
        finished([found])
    assert (job(found).state, applied(found)) == ("completed", 1)


def test_no_redis_at_all_is_a_way_to_work(here: Place) -> None:
    with workers(here, "trial", REDIS_URL=""):
        found = [trial() for _ in range(10)]
        finished(found)
    assert {applied(one) for one in found} == {1}
