"""Students for themselves, the office for them: who registers and withdraws when, and what remains of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from sql.engine import transaction
from sql.tables import audit_events, drive_registrations, placement_drives
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.registrations import (
    Withdrawn,
    list_own_registrations,
    list_registrations,
    register,
    withdraw,
)
from tests import factories
from tests.conftest import Place

STAFF = Actor("meena", request_id="r-1", role=Role.STAFF)
HOUR = timedelta(hours=1)


def open_drive() -> Actor:
    """Drive ACME-1 is open for the students R1 and R2; returns R1."""
    with transaction() as tx:
        college = factories.college(tx)
        ids = [
            factories.student(tx, college, "R1", branch="CSE"),
            factories.student(tx, college, "R2", branch="ECE"),
        ]
        factories.posted(tx, factories.drive(tx), ids)
    return Actor("asha", role=Role.STUDENT, student_id=ids[0])


def change(**values: Any) -> None:
    with transaction() as tx:
        tx.execute(update(placement_drives).values(**values))


def close_window() -> None:
    now = func.clock_timestamp()
    change(reg_opens_at=now - 2 * HOUR, reg_closes_at=now - HOUR)


def events() -> list[tuple[str, Any, Any, str | None]]:
    with transaction() as tx:
        found = tx.execute(select(audit_events).order_by(audit_events.c.id))
        return [(row.action, row.before, row.after, row.reason) for row in found]


def code_of(act: Any, *given: Any, **named: Any) -> str:
    with pytest.raises(PlaceopsError) as error:
        act(*given, **named)
    return error.value.code


def test_a_student_registers_alone_without_a_roll_number(place: Place) -> None:
    student = open_drive()
    with transaction() as tx:
        before = tx.scalar(select(func.clock_timestamp()))
    made = register(student, "ACME-1")
    found = made.registration
    assert (made.created, found.channel, found.roll_no, found.registered_by) == (True, "SELF", "R1", "asha")
    with transaction() as tx:
        after = tx.scalar(select(func.clock_timestamp()))
    assert before and after and before < found.registered_at < after
    again = register(student, "ACME-1", "R1")
    assert (again.created, again.registration) == (False, found)


def test_a_student_registers_nobody_else_and_never_late(place: Place) -> None:
    student = open_drive()
    assert code_of(register, student, "ACME-1", "R2") == "not-found"
    with pytest.raises(PlaceopsError) as error:
        register(student, "ACME-1", reason="please")
    assert error.value.field == "/reason"
    close_window()
    with pytest.raises(PlaceopsError) as error:
        register(student, "ACME-1")
    assert (error.value.code, error.value.fix) == ("registration-closed", "ask the placement office")
    assert code_of(register, student, "ACME-1", "R2") == "not-found"


def test_the_office_says_whom_it_means(place: Place) -> None:
    open_drive()
    for act in (register, withdraw):
        with pytest.raises(PlaceopsError) as error:
            act(STAFF, "ACME-1")
        assert (error.value.code, error.value.field) == ("invalid-input", "/student")


def test_a_paused_drive_says_why_it_takes_nobody(place: Place) -> None:
    student = open_drive()
    change(status="paused", paused_reason="the company checks its criteria")
    with pytest.raises(PlaceopsError, match="is paused: the company checks its criteria"):
        register(student, "ACME-1")


def test_withdrawing_keeps_the_row_and_is_audited(place: Place) -> None:
    student = open_drive()
    first = register(student, "ACME-1").registration
    gone = withdraw(student, "ACME-1")
    assert gone.changed is True
    assert gone.registration.withdrawn_at is not None
    assert gone.registration.withdrawn_at > first.registered_at
    assert replace(gone.registration, withdrawn_at=None) == replace(first, status="withdrawn")
    assert withdraw(student, "ACME-1") == Withdrawn(gone.registration, False)
    assert [action for action, *_ in events()] == ["registration.add", "registration.withdraw"]
    assert events()[1][1:] == ({"status": "registered"}, {"status": "withdrawn"}, None)


def test_who_withdrew_may_register_again_on_the_same_row(place: Place) -> None:
    student = open_drive()
    first = register(student, "ACME-1").registration
    withdraw(student, "ACME-1")
    again = register(student, "ACME-1")
    assert (again.created, again.registration.id) == (True, first.id)
    assert (again.registration.status, again.registration.withdrawn_at) == ("registered", None)


def test_students_withdraw_within_the_window_only(place: Place) -> None:
    student = open_drive()
    register(student, "ACME-1")
    close_window()
    assert code_of(withdraw, student, "ACME-1") == "registration-closed"
    assert code_of(withdraw, student, "ACME-1", reason="let me out") == "registration-closed"
    change(reg_closes_at=func.clock_timestamp() + HOUR)
    change(status="paused", paused_reason="a check")
    assert code_of(withdraw, student, "ACME-1", reason="let me out") == "registration-closed"


@pytest.mark.parametrize("paused", [False, True])
def test_the_office_withdraws_late_with_a_reason(place: Place, paused: bool) -> None:
    student = open_drive()
    register(student, "ACME-1")
    close_window()
    if paused:
        change(status="paused", paused_reason="a check")
    with pytest.raises(PlaceopsError) as error:
        withdraw(STAFF, "ACME-1", "R1", reason="  ")
    assert error.value.code == "registration-closed"
    assert withdraw(STAFF, "ACME-1", "R1", reason=" accepted another offer ").changed is True
    assert events()[-1][3] == "accepted another offer"


@pytest.mark.parametrize("status", ["in_progress", "completed"])
def test_nobody_withdraws_once_the_drive_has_started(place: Place, status: str) -> None:
    student = open_drive()
    register(student, "ACME-1")
    change(status=status)
    assert code_of(withdraw, STAFF, "ACME-1", "R1", reason="ill") == "registration-closed"
    assert code_of(withdraw, student, "ACME-1") == "registration-closed"


def test_who_never_registered_cannot_withdraw(place: Place) -> None:
    student = open_drive()
    assert code_of(withdraw, student, "ACME-1") == "not-registered"
    assert code_of(withdraw, student, "ACME-1", "R2") == "not-found"


def test_two_at_once_withdraw_once(place: Place) -> None:
    student = open_drive()
    register(student, "ACME-1")
    start = threading.Barrier(8)

    def click(_: int) -> Withdrawn:
        start.wait()
        return withdraw(student, "ACME-1")

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(click, range(8)))
    assert sum(one.changed for one in done) == 1
    assert len({one.registration for one in done}) == 1
    assert [action for action, *_ in events()].count("registration.withdraw") == 1


def test_a_coordinator_registers_and_withdraws_within_the_scope(place: Place) -> None:
    open_drive()
    actor = Actor("ravi", role=Role.COORDINATOR, scope=Scope(branches=("CSE",)))
    assert register(actor, "ACME-1", "R1").registration.channel == "STAFF"
    assert code_of(register, actor, "ACME-1", "R2") == "not-found"
    register(STAFF, "ACME-1", "R2")
    assert code_of(withdraw, actor, "ACME-1", "R2") == "not-found"
    assert [found.roll_no for found in list_registrations(actor, "ACME-1").items] == ["R1"]
    assert withdraw(actor, "ACME-1", "R1").changed is True


def test_the_list_is_filtered(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 6)
        ids += factories.crowd(tx, factories.college(tx, "ARTS"), 2)
        factories.posted(tx, factories.drive(tx), ids)
    for number in range(1, 7):
        register(STAFF, "ACME-1", f"R{number:06}", college="ENG")
    register(STAFF, "ACME-1", "ARTS:R000001")
    withdraw(STAFF, "ACME-1", "R000002", college="ENG")

    def rolls(**given: Any) -> list[str]:
        return [
            f"{one.college}:{one.roll_no[-1]}" for one in list_registrations(STAFF, "ACME-1", **given).items
        ]

    assert rolls(status="withdrawn") == ["ENG:2"]
    assert rolls(status="registered", college="ENG", branch="CSE") == ["ENG:3", "ENG:6"]
    assert rolls(college="arts") == ["ARTS:1"]
    assert rolls(search=" student 5") == rolls(search="r000005") == ["ENG:5"]
    assert rolls(search="%") == rolls(search="_") == []
    assert code_of(list_registrations, STAFF, "ACME-1", status="gone") == "invalid-input"
    assert code_of(list_registrations, STAFF, "ACME-1", college="NONE") == "not-found"


def test_a_student_sees_own_rows_only(place: Place) -> None:
    student = open_drive()
    register(STAFF, "ACME-1", "R2")
    assert list_registrations(student, "ACME-1").items == []
    register(student, "ACME-1")
    assert [found.roll_no for found in list_registrations(student, "ACME-1").items] == ["R1"]
    assert [found.drive_code for found in list_own_registrations(student).items] == ["ACME-1"]
    assert list_own_registrations(STAFF).items == []


def test_the_own_registrations_over_all_drives_say_what_may_be_withdrawn(place: Place) -> None:
    student = open_drive()
    with transaction() as tx:
        for number in (2, 3):
            factories.posted(tx, factories.drive(tx, f"ACME-{number}"), [student.student_id or 0])
    for number in (1, 2, 3):
        register(student, f"ACME-{number}")
    withdraw(student, "ACME-2")
    with transaction() as tx:
        tx.execute(
            update(placement_drives)
            .where(placement_drives.c.code == "ACME-3")
            .values(reg_closes_at=func.clock_timestamp())
        )
    first = list_own_registrations(student, limit=2)
    rest = list_own_registrations(student, limit=2, cursor=first.next_cursor)
    found = [(one.drive_code, one.status, one.may_withdraw) for one in [*first.items, *rest.items]]
    assert found == [
        ("ACME-3", "registered", False),
        ("ACME-2", "withdrawn", False),
        ("ACME-1", "registered", True),
    ]
    with transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(drive_registrations)) == 3
