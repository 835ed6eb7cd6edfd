"""Without Redis whoever enqueued a job does it: once, under a life of its own, two at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import text

from sql import engine
from sql.engine import transaction
from tasks.jobs import delivery, doorbell, inline, ledger
from tasks.jobs.heartbeat import Heartbeat
from tasks.jobs.incarnation import Incarnation
from tasks.services.publishing import publish_drive
from tasks.services.queues import pause_types
from tasks.services.selections import Listed
from tasks.services.views import refresh_views
from tasks.settings import settings
from tests import factories
from tests.conftest import Place
from tests.jobs.support import TESTER, applied, ask, do, in_threads, job, moves, settle, trial, until, vanish

LINE = "Falling back to inline processing"


@pytest.fixture(autouse=True)
def no_redis(here: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing listens where REDIS_URL points."""
    monkeypatch.setattr(delivery, "_inline", True)
    monkeypatch.setenv("REDIS_URL", f"unix://{here.folder}/nobody.sock")
    settings.cache_clear()
    doorbell.reset()
    yield
    doorbell.reset()


def test_the_caller_does_the_job_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    found = trial()
    assert (job(found).state, applied(found)) == ("completed", 1)
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING][-1] == LINE
    assert ask("SELECT count(*) FROM workers WHERE kind = 'inline' AND stopped_at IS NOT NULL") == 1
    held = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory'"
    )
    assert ask(f"{held} AND d.datname = current_database()") == 0


def test_an_outage_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        trial()
    messages = [record.message for record in caplog.records]
    assert len([one for one in messages if one.startswith("Redis unreachable")]) == 1
    assert messages.count(LINE) == 3


def test_a_publish_answers_and_is_applied_once(caplog: pytest.LogCaptureFixture) -> None:
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 200)
        drive = factories.drive(tx)
    entries = [Listed(line, student_id=one) for line, one in enumerate(students)]
    published = publish_drive(TESTER, str(drive), entries)
    assert published.job is not None
    assert published.job.state == "completed"
    assert published.drive.selection.state == "applied"
    assert published.drive.selection.selected == 200
    assert LINE in caplog.messages
    assert moves(published.job.id).count(("active", "completed")) == 1


def test_a_repeated_publish_does_nothing_again() -> None:
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 5)
        drive = factories.drive(tx)
    entries = [Listed(line, student_id=one) for line, one in enumerate(students)]
    first, second = publish_drive(TESTER, str(drive), entries), publish_drive(TESTER, str(drive), entries)
    assert first.job is not None
    assert second.job is not None
    assert (second.job.id, second.repeated) == (first.job.id, True)
    assert ask("SELECT count(*) FROM publish_requests") == 1


def test_what_a_completion_enqueues_is_done_too() -> None:
    from tasks.jobs import ledger

    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 30)
        drive = factories.drive(tx)
        first = ledger.enqueue(
            tx,
            "eligibility-filter",
            {"drive": drive, "criteria_version": 1, "publish": True},
            created_by="tester",
        )
    assert job(first).state == "completed"
    successor = ask("SELECT id FROM jobs WHERE parent_id = :id", id=first)
    assert (job(successor).type, job(successor).state) == ("auto-publish", "completed")
    assert ask("SELECT count(*) FROM drive_coordinator_selections") == 30


def test_two_at_a_time_and_the_third_waits() -> None:
    started = threading.Barrier(3)

    def ask_for_one() -> int:
        started.wait()
        return trial(doze=1.5)

    found = in_threads(*[ask_for_one] * 3)
    states = sorted(job(one).state for one in found)
    assert states == ["completed", "completed", "waiting"]
    assert sorted(applied(one) for one in found) == [0, 1, 1]
    assert job(trial()).state == "completed", "a place that was taken is free again"


def test_a_paused_type_is_not_started() -> None:
    pause_types(TESTER, ["trial"])
    assert job(trial()).state == "waiting"


def test_a_job_under_suspicion_is_left_to_a_worker() -> None:
    pause_types(TESTER, ["trial"])
    found = trial()
    do("UPDATE jobs SET crashed_by = '{1,2}'")
    do("UPDATE job_types SET paused_at = NULL, paused_by = NULL")
    delivery.deliver("trial", found)
    assert job(found).state == "waiting"


def test_what_a_worker_has_already_is_left_alone() -> None:
    pause_types(TESTER, ["trial"])
    found = trial()
    do("UPDATE job_types SET paused_at = NULL, paused_by = NULL")
    with transaction() as tx:
        tx.execute(text("SELECT FROM jobs WHERE id = :id FOR UPDATE"), {"id": found})
        delivery.deliver("trial", found)
    assert (job(found).state, applied(found)) == ("waiting", 0)


def test_a_failing_job_is_delayed_like_any_other() -> None:
    found = trial(**{"raise": "no"})
    assert (job(found).state, job(found).failures, job(found).error) == ("delayed", 1, "ValueError: no")


def test_the_callers_own_time_out_is_not_the_jobs() -> None:
    engine.reconfigure(statement_timeout="200ms")
    found = trial(sleep=0.6)
    assert (job(found).state, applied(found)) == ("completed", 1)


def test_its_sessions_carry_the_inline_workers_name(here: Place) -> None:
    found = trial(
        sql="INSERT INTO witness SELECT 0, 0, worker_id FROM jobs WHERE state = 'active'"
        " AND current_setting('application_name') = 'placeops worker ' || worker_id"
    )
    assert job(found).state == "completed"
    assert ask("SELECT count(*) FROM witness WHERE job_id = 0") == 1
    assert ask("SELECT current_setting('application_name')") == "placeops tests"


def test_a_long_inline_job_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []
    beat = Heartbeat.beat

    def counted(self: Heartbeat) -> None:
        beats.append(1)
        beat(self)

    monkeypatch.setattr(Heartbeat, "beat", counted)
    found = trial(sleep=1.5)
    assert (job(found).state, len(beats) >= 1) == ("completed", True)


def test_whatever_goes_wrong_the_request_has_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no more threads")

    monkeypatch.setattr(inline, "Incarnation", broken)
    assert job(trial()).state == "waiting"


def test_callers_at_once_leave_nothing_undone_or_done_twice(here: Place) -> None:
    found = [one for share in in_threads(*[partial(_several, 5)] * 4) for one in share]
    left = [one for one in found if job(one).state == "waiting"]
    for one in left:
        delivery.deliver("trial", one)
    until(lambda: all(job(one).state == "completed" for one in found))
    assert {applied(one) for one in found} == {1}


def _several(count: int) -> list[int]:
    return [trial() for _ in range(count)]


def test_an_earlier_caller_that_died_does_not_block_its_successor() -> None:
    """No worker sweeps here: the next inline caller gives the dead one's job back, and its own goes on."""
    settle()
    dead = Incarnation("inline", ["refresh-materialized-views"])
    with transaction() as tx:
        delivery.never_inline()
        first = ledger.enqueue(
            tx, "refresh-materialized-views", {"view": "drive_funnel"}, created_by="tester"
        )
    taken = ledger.claim("refresh-materialized-views", dead.id)
    assert taken is not None and taken.id == first
    vanish(dead)
    delivery._inline = True
    (after,) = refresh_views(TESTER, ["drive_funnel"])
    assert job(after.id).state == "completed"
    assert job(first).state in ("waiting", "cancelled")
