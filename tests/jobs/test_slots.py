"""Slots: who may start, who is alone, and whose statement is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from sql import engine
from sql.engine import cancel_statement, transaction
from tasks.jobs import slots as slots_module
from tasks.jobs.registry import ActiveJob
from tasks.jobs.slots import Slots
from tests.conftest import Place
from tests.jobs.support import in_threads, until


def active(number: int, attempt: int = 1, max_seconds: int = 60) -> ActiveJob:
    """A claimed job that no table knows."""
    return ActiveJob(number, "trial", attempt, {}, None, "tester", None, max_seconds)


@contextmanager
def busy(slots: Slots, job: ActiveJob) -> Iterator[threading.Event]:
    """Another thread runs a job until the block ends."""
    end, begun = threading.Event(), threading.Event()

    def run() -> None:
        with slots.beside_others(), slots.running(job):
            begun.set()
            end.wait()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    try:
        yield end
    finally:
        end.set()
        thread.join()


def test_a_type_has_its_places_and_no_more() -> None:
    slots = Slots({"trial": 2})
    with slots.place("trial") as first, slots.place("trial") as second, slots.place("trial") as third:
        assert (first, second, third) == (True, True, False)
    with slots.place("trial") as again:
        assert again


def test_alone_waits_for_those_under_way_and_holds_back_the_others() -> None:
    slots = Slots({})
    order: list[str] = []

    def suspect() -> None:
        with slots.alone() as granted:
            assert granted
            order.append("alone")

    def later() -> None:
        with slots.beside_others():
            order.append("beside")

    with busy(slots, active(1)) as end:
        threads = [threading.Thread(target=suspect)]
        threads[0].start()
        until(lambda: slots.held_back)
        threads.append(threading.Thread(target=later))
        threads[1].start()
        time.sleep(0.05)
        assert order == []
        end.set()
        for thread in threads:
            thread.join()
    assert order == ["alone", "beside"]


def test_alone_gives_way_when_the_others_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "ALONE_SECONDS", 0.05)
    slots = Slots({})
    with busy(slots, active(1)):
        with slots.alone() as granted:
            assert not granted
        with slots.beside_others():
            pass
    with slots.alone() as granted:
        assert not granted, "the others have their time before the next try"
    monkeypatch.setattr(slots, "_not_alone_before", 0.0)
    with slots.alone() as granted:
        assert granted


def test_two_attempts_of_one_job_in_one_process_are_two_entries() -> None:
    slots = Slots({})
    with busy(slots, active(7, 1)) as end, busy(slots, active(7, 2)):
        assert sorted(entry.job.attempt for entry in slots.now()) == [1, 2]
        end.set()
        until(lambda: len(slots.now()) == 1)
        assert [entry.job.attempt for entry in slots.now()] == [2]
    assert slots.now() == []


def test_idle_means_that_nothing_is_being_claimed_either() -> None:
    slots = Slots({})
    with slots.beside_others():
        assert not slots.wait_until_idle(0.01)
    assert slots.wait_until_idle(0.01)


def test_a_cancel_hits_what_runs_now(here: Place) -> None:
    slots = Slots({})
    caught: list[str] = []

    def work() -> None:
        with slots.running(active(1)):
            try:
                with transaction() as tx:
                    tx.execute(text("SELECT pg_sleep(20)"))
            except Exception as error:
                caught.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    entry = until(lambda: slots.now())[0]
    while thread.is_alive():
        slots.stop(entry)
        thread.join(0.1)
    assert "canceling statement" in caught[0]
    assert entry.job.cancelled.is_set()


def test_a_job_that_is_over_is_not_cancelled(here: Place) -> None:
    slots = Slots({})
    with slots.running(active(1)):
        old = slots.now()[0]
    late = threading.Timer(0.1, slots.stop, [old])
    late.start()
    with slots.running(active(2)), transaction() as tx:
        tx.execute(text("SELECT pg_sleep(0.5)"))
    late.join()


def test_a_session_is_not_given_on_while_its_cancel_is_under_way(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow cancel meant for one thread's transaction must not reach the next user of the same session."""
    import psycopg

    sent, release = threading.Event(), threading.Event()
    ended: list[bool] = []

    def slow(self: object, *, timeout: float = 2) -> None:
        sent.set()
        release.wait()
        ended.append(thread.is_alive())

    monkeypatch.setattr(psycopg.Connection, "cancel_safe", slow)
    ready, go = threading.Event(), threading.Event()

    def work() -> None:
        with transaction():
            ready.set()
            go.wait()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    canceller = threading.Thread(target=lambda: cancel_statement(thread.ident or 0))
    canceller.start()
    sent.wait()
    go.set()
    thread.join(0.3)
    release.set()
    canceller.join()
    thread.join()
    assert ended == [True], "the transaction ended, and its session was free, before the cancel was sent"


def test_many_tiny_jobs_beside_wild_cancels_are_never_hit_by_anothers(here: Place) -> None:
    """Threads run tiny jobs on few sessions; every odd job is cancelled all the time, no even one may notice."""
    engine.reconfigure(pool_size=3)
    slots = Slots({})
    stop = threading.Event()
    hit: list[int] = []

    def work(first: int) -> None:
        for number in range(first, first + 120):
            with slots.running(active(number)):
                try:
                    with transaction() as tx:
                        tx.execute(text("SELECT pg_sleep(0.002)"))
                        tx.execute(text("SELECT 1"))
                except Exception:
                    hit.append(number)

    def cancel() -> None:
        while not stop.is_set():
            for entry in slots.now():
                if entry.job.id % 2:
                    slots.stop(entry)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    in_threads(*[lambda first=first: work(first) for first in (1000, 2000, 3000, 4000)])
    stop.set()
    canceller.join()
    assert [number for number in hit if number % 2 == 0] == []
    assert hit, "no cancel ever hit: this proves nothing"
