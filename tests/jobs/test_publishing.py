"""Publishing: requests are numbered, the newest is applied as a whole, and what was not applied stays visible."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.jobs import ledger, runner
from tasks.jobs.auto_publish import JOB_TYPE
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.publishing import lock_publish
from tasks.services.drives import show_drive
from tasks.services.health import doctor, status
from tasks.services.jobs import cancel_jobs, retry_jobs
from tasks.services.publishing import Published, publish_drive
from tasks.services.selections import Listed
from tests import factories
from tests.jobs.support import TESTER, ask, claimed, do, due_now, in_threads, job, until, work_off

log = logging.getLogger(__name__)


@pytest.fixture
def students(me: Incarnation) -> list[int]:
    with transaction() as tx:
        return factories.crowd(tx, factories.college(tx), 60)


@pytest.fixture
def drive(students: list[int]) -> int:
    with transaction() as tx:
        return factories.drive(tx)


def publish(drive: int, ids: Sequence[int]) -> Published:
    return publish_drive(TESTER, str(drive), [Listed(line, student_id=one) for line, one in enumerate(ids)])


def test_what_follows_in_the_same_commit_is_planned_as_ever(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    """With the claim of the next job: without nested loops it would walk all jobs there are."""
    publish(drive, students[:3])
    found = claimed(me, "auto-publish")
    with transaction() as tx:
        before = tx.scalar(text("SHOW enable_nestloop"))
        assert JOB_TYPE.apply(tx, found, None)["added"] == 3
        assert tx.scalar(text("SHOW enable_nestloop")) == before == "on"


def job_of(published: Published) -> int:
    assert published.job is not None
    return published.job.id


def chosen(drive: int) -> list[int]:
    """The selection that readers see."""
    with transaction() as tx:
        found = tx.scalars(
            text("SELECT student_id FROM drive_coordinator_selections WHERE drive_id = :id ORDER BY 1"),
            {"id": drive},
        )
        return list(found)


def state(drive: int) -> str:
    return show_drive(TESTER, str(drive)).drive.selection.state


def test_until_the_job_has_run_the_selection_is_pending(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    assert state(drive) == "none"
    published = publish(drive, students)
    assert (published.drive.status, published.drive.selection.state) == ("posted", "pending")
    assert published.drive.selection.job_id == job_of(published)
    work_off(me, "auto-publish")
    assert (state(drive), chosen(drive)) == ("applied", students)
    assert job(job_of(published)).result == {
        "drive": drive, "number": 1, "added": 60, "removed": 0, "selected": 60
    }  # fmt: skip


def test_requests_are_numbered_and_the_newest_wins(me: Incarnation, drive: int, students: list[int]) -> None:
    first = publish(drive, students[:10])
    second = publish(drive, students[5:30])
    assert [published.drive.selection.number for published in (first, second)] == [1, 2]
    assert work_off(me, "auto-publish") == [job_of(first), job_of(second)]
    older = job(job_of(first))
    assert older.state == "completed"
    assert older.result is not None
    assert older.result["superseded"] == "request 2 is newer"
    assert chosen(drive) == students[5:30]


def test_the_same_selection_is_answered_with_the_same_job(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    first = publish(drive, students[:10])
    waiting = publish(drive, list(reversed(students[:10])))
    assert (job_of(waiting), waiting.repeated) == (job_of(first), True)
    work_off(me, "auto-publish")
    applied = publish(drive, students[:10])
    assert (job_of(applied), applied.repeated) == (job_of(first), True)
    other = publish(drive, students[:11])
    assert (job_of(other) != job_of(first), other.repeated) == (True, False)


def test_a_selection_whose_job_was_cancelled_is_requested_anew(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    first = publish(drive, students[:10])
    cancel_jobs(TESTER, [job_of(first)])
    again = publish(drive, students[:10])
    assert (again.repeated, again.drive.selection.number) == (False, 2)
    work_off(me, "auto-publish")
    assert chosen(drive) == students[:10]


def test_an_older_request_that_is_retried_changes_nothing(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    first = job_of(publish(drive, students[:10]))
    cancel_jobs(TESTER, [first])
    publish(drive, students[20:])
    work_off(me, "auto-publish")
    retry_jobs(TESTER, [first])
    assert work_off(me, "auto-publish") == [first]
    assert (job(first).state, chosen(drive)) == ("completed", students[20:])


def test_an_older_request_that_runs_late_changes_nothing(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    """Both are active at once; the older one comes last."""
    publish(drive, students[:10])
    publish(drive, students[20:])
    older, newer = claimed(me, "auto-publish"), claimed(me, "auto-publish")
    runner.execute(newer, me.id)
    runner.execute(older, me.id)
    assert chosen(drive) == students[20:]


def test_eight_at_once_are_eight_numbers_and_one_selection(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    lists = [students[n : n + 20 + n] for n in range(8)]
    answers = in_threads(*[partial(publish, drive, ids) for ids in lists])
    assert ask("SELECT array_agg(number ORDER BY number) FROM publish_requests") == list(range(1, 9))
    assert len({job_of(published) for published in answers}) == 8
    in_threads(*[partial(work_off, me, "auto-publish")] * 3)
    newest = ask("SELECT student_ids FROM publish_requests ORDER BY number DESC LIMIT 1")
    assert chosen(drive) == newest
    assert ask("SELECT count(*) FROM publish_requests WHERE applied_at IS NOT NULL") == 1


def test_one_selection_asked_for_by_eight_at_once_is_one_request(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    answers = in_threads(*[partial(publish, drive, students)] * 8)
    assert len({job_of(published) for published in answers}) == 1
    assert [published.repeated for published in answers].count(False) == 1


def test_readers_see_the_old_selection_or_the_new_one(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    publish(drive, students[:30])
    work_off(me, "auto-publish")
    seen: list[list[int]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(chosen(drive))

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: seen)
    for turn in range(6):
        publish(drive, students[30:] if turn % 2 == 0 else students[:30])
        work_off(me, "auto-publish")
    stop.set()
    reader.join()
    assert all(one in (students[:30], students[30:]) for one in seen)
    assert {tuple(one) for one in seen} == {tuple(students[:30]), tuple(students[30:])}


def test_a_diff_leaves_the_rows_of_those_who_stay(me: Incarnation, drive: int, students: list[int]) -> None:
    publish(drive, students[:30])
    work_off(me, "auto-publish")
    rows = "SELECT array_agg(xmin::text || ctid::text ORDER BY student_id) FROM drive_coordinator_selections s WHERE {}"
    stay = rows.format(f"student_id <= {students[29]} AND student_id >= {students[20]}")
    before = ask(stay)
    published = publish(drive, students[20:40])
    assert (published.plan.added, published.plan.removed) == (10, 20)
    work_off(me, "auto-publish")
    assert ask(stay) == before
    assert chosen(drive) == students[20:40]


def test_a_cancelled_publish_stays_visible(me: Incarnation, drive: int, students: list[int]) -> None:
    published = publish(drive, students)
    cancel_jobs(TESTER, [job_of(published)])
    assert (state(drive), show_drive(TESTER, str(drive)).drive.status) == ("cancelled", "posted")
    assert [one.job_state for one in status(TESTER).unapplied] == ["cancelled"]
    fixes = [
        check.fix for check in doctor(TESTER) if check.status == "fail" and "was not applied" in check.detail
    ]
    assert fixes == [f"placeops job retry {job_of(published)}"]
    retry_jobs(TESTER, [job_of(published)])
    work_off(me, "auto-publish")
    assert (state(drive), status(TESTER).unapplied) == ("applied", [])


def test_a_publish_of_a_drive_that_was_cancelled_meanwhile_fails(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    found = job_of(publish(drive, students))
    do("UPDATE placement_drives SET status = 'cancelled', cancelled_reason = 'the company withdrew'")
    work_off(me, "auto-publish")
    assert (job(found).state, job(found).reason, chosen(drive)) == ("failed", "drive-state", [])
    assert state(drive) == "failed"


def test_a_paused_drive_gets_the_selection_that_was_asked_for_before(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    publish(drive, students)
    do("UPDATE placement_drives SET status = 'paused', paused_reason = 'a question'")
    work_off(me, "auto-publish")
    assert chosen(drive) == students


def test_a_publish_that_waits_too_long_for_its_turn_is_handed_back(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    found = job_of(publish(drive, students))
    with transaction() as holder:
        lock_publish(holder, drive)
        taken = claimed(me, "auto-publish")
        taken.payload = dict(taken.payload)
        thread = threading.Thread(target=runner.execute, args=(taken, me.id))
        thread.start()
        until(lambda: ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"))
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory' "
            "AND datname = current_database()")  # fmt: skip
        thread.join()
    assert (job(found).state, job(found).failures) == ("delayed", 0)
    due_now(found)
    work_off(me, "auto-publish")
    assert chosen(drive) == students


def test_an_eligibility_run_publishes_what_it_found_once(
    me: Incarnation, drive: int, students: list[int]
) -> None:
    payload = {"drive": drive, "criteria_version": 1, "publish": True}
    with transaction() as tx:
        ledger.enqueue(tx, "eligibility-filter", payload, created_by="tester")
    work_off(me, "eligibility-filter")
    assert work_off(me, "auto-publish") != []
    assert chosen(drive) == students
    with transaction() as tx:
        again = ledger.enqueue(tx, "eligibility-filter", payload, created_by="tester")
    work_off(me, "eligibility-filter")
    result = job(again).result
    assert result is not None
    assert "superseded" in result
    assert work_off(me, "auto-publish") == []


def test_230_000_students_go_through(me: Incarnation) -> None:
    with transaction() as tx:
        crowd = factories.crowd(tx, factories.college(tx), 230_000)
        drive = factories.drive(tx)
    do("ANALYZE students")
    began = time.monotonic()
    published = publish(drive, crowd)
    asked = time.monotonic()
    work_off(me, "auto-publish")
    log.info("requested in %.2f s, applied in %.2f s", asked - began, time.monotonic() - asked)
    assert job(job_of(published)).state == "completed"
    assert ask("SELECT count(*) FROM drive_coordinator_selections WHERE drive_id = :id", id=drive) == 230_000
