"""The scheduler process keeps time through whatever happens around it, and ends when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import dramatiq
import pytest
from periodiq import PeriodiqMiddleware, cron

from tasks.jobs import schedule, scheduler
from tasks.processes import NO_RETURN
from tests.conftest import Place
from tests.jobs.support import ask, do, finished, logged, until, workers


@contextmanager
def running(place: Place, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler process, registered."""
    code = "from tasks.runtime import open_runtime; open_runtime('scheduler', log=True); "
    code += "from tasks.jobs.scheduler import run; run()"
    with (place.folder / "workers.log").open("ab") as log:
        found = subprocess.Popen(
            [sys.executable, "-c", code], env=place.environment | environment, stdout=log, stderr=log
        )
    try:
        until(lambda: ask("SELECT count(*) FROM workers WHERE kind = 'scheduler' AND stopped_at IS NULL"))
        until(lambda: "is ready" in logged(place))
        yield found
    finally:
        if found.poll() is None:
            found.kill()
        found.wait()


def plan_for_now() -> None:
    """A schedule that is due since a minute ago."""
    do(
        "INSERT INTO schedules (name, job_type, cron, time_zone, created_at, changed_at) VALUES "
        "('s', 'remove-expired-exports', '* * * * *', 'UTC', now() - interval '70 s', now() - interval '70 s')"
    )


def fired() -> bool:
    return bool(ask("SELECT count(*) FROM schedule_fires WHERE schedule = 's' AND job_id IS NOT NULL"))


def test_it_fires_without_redis_and_stops_when_told(here: Place) -> None:
    plan_for_now()
    with running(here, REDIS_URL=f"unix://{here.folder}/nobody.sock") as process:
        until(fired)
        time.sleep(0.5)  # for what must not happen
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "Falling back" not in logged(here)
    assert ask("SELECT count(*) FROM workers WHERE kind = 'scheduler' AND stopped_at IS NOT NULL") == 1
    assert ask("SELECT count(*) FROM jobs WHERE state = 'waiting'") == 1


def test_it_outlives_its_connections(here: Place) -> None:
    with running(here) as process:
        ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        lock = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
        until(lambda: ask(f"{lock} WHERE datname = current_database())"))
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_one_whose_row_is_gone_ends_to_be_replaced(here: Place) -> None:
    """As after a restore, which forgets the processes of the backup's moment."""
    with running(here) as process:
        do("DELETE FROM workers")
        assert process.wait(30) == NO_RETURN
    assert "exits to be replaced" in logged(here)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Signal handlers as they were, afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_a_stop_leaves_no_alarm_behind() -> None:
    """It would kill the process once Python has taken its handlers back: a stop on the full minute."""
    clock = scheduler.Clock([])
    signal.alarm(30)
    clock.stop()
    clock.run()
    assert signal.alarm(0) == 0


@pytest.mark.usefixtures("handlers")
def test_an_alarm_before_periodiq_is_ready_is_kept() -> None:
    clock = scheduler.Clock([])
    signal.raise_signal(signal.SIGALRM)
    assert clock._clock.alarm_q.get_nowait()


def test_workers_fire_what_a_dead_scheduler_does_not(here: Place) -> None:
    plan_for_now()
    with workers(here, "remove-expired-exports"):
        until(fired)
        finished([ask("SELECT job_id FROM schedule_fires WHERE schedule = 's' LIMIT 1")])


@pytest.mark.usefixtures("handlers")
def test_a_stop_in_the_middle_of_a_tick_lets_it_finish(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception out of a signal handler could be swallowed by whatever it interrupts."""
    fire = schedule._fire

    def signalled(name: str, now: datetime) -> list[schedule.Fire]:
        signal.raise_signal(signal.SIGTERM)
        return fire(name, now)

    plan_for_now()
    monkeypatch.setattr(schedule, "_fire", signalled)
    broker = scheduler.Here(middleware=[PeriodiqMiddleware()])
    tick = dramatiq.actor(actor_name="tick", broker=broker, periodic=cron("* * * * *"))(schedule.fire_due)
    clock = scheduler.Clock([tick])
    tick.send()
    clock.run()
    assert fired()
