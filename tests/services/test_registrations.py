"""Registering students: who, when, once; and what a rush does not do."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from sql import engine
from sql.engine import transaction
from sql.locks import drive_lock
from sql.tables import (
    audit_events,
    drive_eligibility,
    drive_registrations,
    job_types,
    placement_drives,
    publish_requests,
    students,
)
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.services.registrations import Registered, list_registrations, register
from tests import factories
from tests.conftest import Place

STAFF = Actor("meena", request_id="r-1", role=Role.ADMIN)
DRIVES = placement_drives.c


def open_drive(criteria: dict[str, Any] | None = None, **marks: Any) -> tuple[int, int]:
    """Drive ACME-1, posted and open, its selection applied: student R1. Returns the drive's and the student's id."""
    with transaction() as tx:
        student = factories.student(tx, factories.college(tx), "R1", **marks)
        drive = factories.drive(tx, criteria=criteria)
        factories.posted(tx, drive, [student])
    return drive, student


def change(**values: Any) -> None:
    with transaction() as tx:
        tx.execute(update(placement_drives).values(**values))


def close_window() -> None:
    now = func.clock_timestamp()
    change(reg_opens_at=now - timedelta(hours=2), reg_closes_at=now - timedelta(hours=1))


def refused(**options: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        register(STAFF, "ACME-1", "R1", **options)
    with transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(drive_registrations)) == 0
        assert tx.scalar(select(func.count()).select_from(audit_events)) == 0
    return error.value


def test_a_selected_and_eligible_student_is_registered(place: Place) -> None:
    drive, student = open_drive({"cgpa_min": 7}, cgpa=7, branch="CSE")
    made = register(STAFF, "ACME-1", "R1")
    found = made.registration
    assert made.created is True
    assert (found.drive_id, found.student_id, found.status, found.channel) == (
        drive,
        student,
        "registered",
        "STAFF",
    )
    assert (found.roll_no, found.name, found.college, found.branch) == ("R1", "Student R1", "ENG", "CSE")
    assert (found.registered_by, found.criteria_version, found.withdrawn_at) == ("meena", 1, None)
    with transaction() as tx:
        event = tx.execute(select(audit_events)).one()
    assert (event.actor, event.action, event.object_id) == ("meena", "registration.add", str(found.id))
    assert event.after == {"drive": "ACME-1", "roll_no": "R1", "channel": "STAFF"}


def test_a_repeated_request_finds_the_same_registration_whatever_has_changed(place: Place) -> None:
    open_drive({"cgpa_min": 7}, cgpa=8)
    first = register(STAFF, "ACME-1", "R1")
    assert register(STAFF, "ACME-1", "R1") == Registered(first.registration, False)
    close_window()
    with transaction() as tx:
        tx.execute(update(students).values(cgpa=5))
        tx.execute(text("DELETE FROM drive_coordinator_selections"))
    assert register(Actor("ravi", role=Role.ADMIN), "ACME-1", "R1") == Registered(first.registration, False)
    with transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(audit_events)) == 1


def test_after_the_close_it_takes_a_reason(place: Place) -> None:
    open_drive()
    close_window()
    error = refused()
    assert (error.code, error.details["status"]) == ("registration-closed", "posted")
    assert "closed its registration" in error.message
    assert refused(reason="  ").code == "registration-closed"
    late = register(STAFF, "ACME-1", "R1", reason=" ill on the last day ").registration
    assert (late.channel, late.reason) == ("LATE", "ill on the last day")


def test_a_reason_within_the_window_does_not_make_it_late(place: Place) -> None:
    open_drive()
    made = register(STAFF, "ACME-1", "R1", reason="asked by phone").registration
    assert (made.channel, made.reason) == ("STAFF", "asked by phone")


def test_nobody_registers_before_the_window_opens(place: Place) -> None:
    open_drive()
    change(reg_opens_at=func.clock_timestamp() + timedelta(hours=1))
    assert "opens its registration" in refused(reason="early bird").message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "draft"}, "is a draft"),
        ({"status": "paused", "paused_reason": "company asked to wait"}, "is paused: company asked to wait"),
        ({"status": "cancelled", "cancelled_reason": "no more openings"}, "is cancelled: no more openings"),
        ({"status": "in_progress"}, "is in progress"),
        ({"status": "completed"}, "is completed"),
    ],
)
def test_only_a_posted_drive_takes_registrations(place: Place, values: dict[str, str], words: str) -> None:
    open_drive()
    change(**values)
    error = refused(reason="please")
    assert (error.code, error.details) == ("registration-closed", {"status": values["status"]})
    assert words in error.message


def test_a_student_off_the_selection_is_refused(place: Place) -> None:
    open_drive()
    with transaction() as tx:
        tx.execute(text("DELETE FROM drive_coordinator_selections"))
    assert refused().code == "not-selected"
    change(auto_published=True)
    assert register(STAFF, "ACME-1", "R1").created is True


def test_until_the_first_selection_is_applied_it_is_pending(place: Place) -> None:
    open_drive()
    with transaction() as tx:
        tx.execute(update(publish_requests).values(applied_at=None, added=None, removed=None))
        job_id = ledger.enqueue(tx, "prune-jobs", {}, created_by="tests")
        tx.execute(update(publish_requests).values(job_id=job_id))
        tx.execute(update(job_types).values(paused_at=text("now()"), paused_by="tests"))
    error = refused()
    assert (error.code, "try again" in str(error.fix)) == ("selection-pending", True)
    with transaction() as tx:
        ledger.cancel(tx, [job_id], "tests")
    error = refused()
    assert (error.code, f"placeops job retry {job_id}" in str(error.fix)) == ("selection-pending", True)


def test_a_later_request_leaves_the_applied_selection_in_force(place: Place) -> None:
    drive, _ = open_drive()
    request = {
        "drive_id": drive,
        "number": 2,
        "student_ids": [],
        "source": "COORDINATOR",
        "requested_by": "tests",
    }
    with transaction() as tx:
        tx.execute(insert(publish_requests).values(request))
    assert register(STAFF, "ACME-1", "R1").created is True


def test_the_live_verdict_wins_over_the_stored_one(place: Place) -> None:
    drive, student = open_drive({"cgpa_min": 7}, cgpa=6)
    with transaction() as tx:
        tx.execute(
            insert(drive_eligibility).values(
                drive_id=drive, criteria_version=1, student_id=student, verdict="eligible"
            )
        )
    error = refused()
    assert (error.code, error.message) == (
        "not-eligible",
        "R1 does not meet the criteria of drive ACME-1: CGPA",
    )
    assert error.details == {"verdict": "not", "failed": ["cgpa_min"], "unknown": []}
    with transaction() as tx:
        tx.execute(text("DELETE FROM drive_eligibility"))
        tx.execute(update(students).values(cgpa=7))
    assert register(STAFF, "ACME-1", "R1").created is True


@pytest.mark.parametrize(
    ("on_missing", "registers"), [("EXCLUDE", False), ("REVIEW", False), ("INCLUDE", True)]
)
def test_what_is_missing_counts_by_the_drives_choice(place: Place, on_missing: str, registers: bool) -> None:
    open_drive({"cgpa_min": 7, "on_missing": on_missing})
    if registers:
        assert register(STAFF, "ACME-1", "R1").created is True
    else:
        error = refused()
        assert (error.code, "CGPA missing" in error.message) == ("not-eligible", True)
        assert error.details["unknown"] == ["cgpa_min"]


def test_an_override_registers_without_being_eligible(place: Place) -> None:
    open_drive({"cgpa_min": 7}, cgpa=5)
    with transaction() as tx:
        tx.execute(text("UPDATE drive_coordinator_selections SET source = 'OVERRIDE', reason = 'sponsor'"))
    assert register(STAFF, "ACME-1", "R1").created is True


def test_a_withdrawn_student_may_register_again(place: Place) -> None:
    open_drive()
    first = register(STAFF, "ACME-1", "R1").registration
    withdrawn = {"status": "withdrawn", "withdrawn_at": func.now()}
    with transaction() as tx:
        tx.execute(update(drive_registrations).values(withdrawn))
    again = register(Actor("ravi", role=Role.ADMIN), "ACME-1", "R1")
    assert again.created is True
    assert (again.registration.id, again.registration.status) == (first.id, "registered")
    assert (again.registration.withdrawn_at, again.registration.registered_by) == (None, "ravi")
    assert again.registration.registered_at > first.registered_at
    with transaction() as tx:
        tx.execute(update(drive_registrations).values(withdrawn))
    close_window()
    with pytest.raises(PlaceopsError, match="closed its registration"):
        register(STAFF, "ACME-1", "R1")


def test_unknown_drives_students_and_impossible_reasons_are_refused(place: Place) -> None:
    open_drive()
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "TEST", is_test=True), "T1")
    for ref, roll_no, college, code in (
        ("NONE", "R1", None, "not-found"),
        ("ACME-1", "R2", None, "not-found"),
        ("ACME-1", "T1", "TEST", "not-found"),
    ):
        with pytest.raises(PlaceopsError) as error:
            register(STAFF, ref, roll_no, college=college)
        assert error.value.code == code
    for reason in ("a\0b", "x" * 501):
        assert refused(reason=reason).field == "/reason"


def test_the_list_goes_page_by_page_in_the_order_of_arrival(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 5)
        factories.posted(tx, factories.drive(tx), ids)
        factories.posted(tx, factories.drive(tx, "OTHER"), ids)
    order = ["R000003", "R000001", "R000005", "R000002"]
    for roll_no in order:
        register(STAFF, "ACME-1", roll_no)
    register(STAFF, "OTHER", "R000004")
    first = list_registrations(STAFF, "ACME-1", limit=3)
    rest = list_registrations(STAFF, "ACME-1", limit=3, cursor=first.next_cursor)
    assert [r.roll_no for r in [*first.items, *rest.items]] == order
    assert (rest.next_cursor, first.items[0].programme, first.items[0].batch_year) == (None, "B.E.", 2027)
    with pytest.raises(PlaceopsError, match="no such drive"):
        list_registrations(STAFF, "NONE")


def crowd(place: Place, count: int) -> list[str]:
    """An open drive ACME-1 with `count` selected students and connections for a rush."""
    engine.configure(place.database_url, application="placeops tests", pool_size=20)
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), count)
        factories.posted(tx, factories.drive(tx), ids)
    return [f"R{number:06}" for number in range(1, count + 1)]


def test_sixteen_at_once_make_one_registration_each_student(place: Place) -> None:
    rolls = crowd(place, 12)
    start = threading.Barrier(16)

    def clicks(_: int) -> list[Registered]:
        start.wait()
        return [register(STAFF, "ACME-1", roll_no) for roll_no in rolls]

    with ThreadPoolExecutor(16) as pool:
        made = [one for clicked in pool.map(clicks, range(16)) for one in clicked]
    assert sum(one.created for one in made) == len(rolls)
    assert len({one.registration.id for one in made}) == len(rolls)
    with transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(drive_registrations)) == len(rolls)
        assert tx.scalar(select(func.count()).select_from(audit_events)) == len(rolls)


def test_a_close_in_the_middle_of_a_rush_is_kept_to_the_microsecond(place: Place) -> None:
    rolls = crowd(place, 320)
    halfway = threading.Event()

    def click(place_in_line: int) -> str:
        if place_in_line == 100:
            halfway.set()
        try:
            return "new" if register(STAFF, "ACME-1", rolls[place_in_line]).created else "again"
        except PlaceopsError as error:
            return error.code

    def close() -> datetime:
        halfway.wait()
        with transaction() as tx:
            drive = tx.scalar(select(DRIVES.id))
            assert drive is not None
            drive_lock(tx, drive, shared=False)
            tx.execute(update(placement_drives).values(reg_closes_at=func.clock_timestamp()))
            closed = tx.scalar(select(DRIVES.reg_closes_at))
            assert isinstance(closed, datetime)
            return closed

    with ThreadPoolExecutor(17) as pool:
        closing = pool.submit(close)
        outcomes = list(pool.map(click, range(len(rolls))))
    with transaction() as tx:
        times = tx.scalars(select(drive_registrations.c.registered_at)).all()
    assert outcomes.count("new") == len(times) > 0
    assert outcomes.count("registration-closed") == len(rolls) - len(times) > 0
    assert max(times) < closing.result()


def test_a_registration_that_waited_for_the_close_is_refused(place: Place) -> None:
    drive, _ = open_drive()
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            drive_lock(tx, drive, shared=False)
            waiting = pool.submit(register, STAFF, "ACME-1", "R1")
            _until_somebody_waits(drive)
            tx.execute(update(placement_drives).values(reg_closes_at=func.clock_timestamp()))
        with pytest.raises(PlaceopsError, match="closed its registration"):
            waiting.result()


def _until_somebody_waits(drive: int) -> None:
    waiters = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :drive AND NOT granted"
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with transaction() as tx:
            if tx.scalar(waiters, {"drive": drive}):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for the drive's lock")
