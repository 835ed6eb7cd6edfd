"""Registrations: put a student down for a drive, take the student off again, list who is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select, true

from sql.engine import transaction
from sql.locks import drive_lock
from sql.queries import query
from sql.tables import colleges, drive_registrations, students
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.services import access, audit
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.reason import checked_reason
from tasks.services.standing import (
    channel_of,
    require_eligible,
    require_selected,
    require_withdrawable,
    standing_of,
)
from tasks.services.students import Student, college_id, find_student, own_student, typed

STATUSES = ("registered", "withdrawn")


@dataclass(frozen=True, slots=True)
class Registration:
    """One student's registration, with the times of the database's clock.

    `channel`: SELF or STAFF within the window, LATE after it (then with a reason).
    """

    id: int
    drive_id: int
    student_id: int
    roll_no: str
    name: str
    college: str
    programme: str | None
    branch: str | None
    batch_year: int | None
    status: str
    channel: str
    reason: str | None
    criteria_version: int
    registered_by: str
    registered_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration, and whether this request made it; a repeated request finds the same one."""

    registration: Registration
    created: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawn registration, and whether this request withdrew it; a repeated request finds it withdrawn."""

    registration: Registration
    changed: bool


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """A student's own registration with its drive. `may_withdraw`: by the student, at this instant."""

    id: int
    drive_id: int
    drive_code: str
    company: str
    title: str
    drive_status: str
    drive_date: date | None
    reg_closes_at: datetime | None
    status: str
    channel: str
    registered_at: datetime
    withdrawn_at: datetime | None
    may_withdraw: bool


_NAMES = [field.name for field in fields(Registration)]
_OWN = [name for name in _NAMES if name in drive_registrations.c]
_STUDENTS = [name for name in _NAMES if name not in _OWN]
_COLUMNS = [
    *(drive_registrations.c[name] for name in _OWN),
    *(colleges.c.code.label(name) if name == "college" else students.c[name] for name in _STUDENTS),
]


def register(
    actor: Actor,
    ref: str,
    roll_no: str | None = None,
    *,
    college: str | None = None,
    reason: str | None = None,
) -> Registered:
    """Register a student who is selected and eligible now, for a drive that is open by the database's clock.

    Students register themselves and need no roll number; others, after the close, give a reason, and the registration
    is LATE. Students selected by override need not be eligible. Who is registered already gets that registration,
    whatever has changed since; who withdrew, the same one again. Raises forbidden, not-found, ambiguous,
    invalid-input, registration-closed, selection-pending (try again), not-selected, not-eligible.
    """
    reason = checked_reason(reason)
    if reason and actor.role is Role.STUDENT:
        raise PlaceopsError(
            "invalid-input", "a student's own registration takes no `reason`", "leave it out", field="/reason"
        )
    with transaction() as tx:
        drive, student = _meant(tx, actor, ref, roll_no, college)
        drive_lock(tx, drive.id, shared=True)
        standing = standing_of(tx, ref, drive.id, student)
        if standing["registration"] == "registered":
            return Registered(_existing(tx, drive.id, student), False)
        channel = channel_of(actor, standing, reason)
        require_selected(standing, student)
        require_eligible(standing, student)
        values = {"student": student.id, "channel": channel, "reason": reason, "by": actor.name}
        added = tx.execute(query("registrations", "register"), dict(standing) | values)
        row = added.mappings().one_or_none()
        if row is None:
            return Registered(_existing(tx, drive.id, student), False)
        after = {"drive": standing["code"], "roll_no": student.roll_no, "channel": channel}
        audit.record(tx, actor, "registration.add", "registration", row["id"], after=after, reason=reason)
        return Registered(_registration(row, student), True)


def withdraw(
    actor: Actor,
    ref: str,
    roll_no: str | None = None,
    *,
    college: str | None = None,
    reason: str | None = None,
) -> Withdrawn:
    """Withdraw a student's registration; the row stays, and who registers again gets it back.

    Students withdraw themselves, while the drive is open by the database's clock. Others give a reason once it is
    closed or paused; nobody withdraws from a drive that has started. Raises forbidden, not-found, ambiguous,
    invalid-input, not-registered, registration-closed.
    """
    reason = checked_reason(reason)
    with transaction() as tx:
        drive, student = _meant(tx, actor, ref, roll_no, college)
        drive_lock(tx, drive.id, shared=True)
        standing = standing_of(tx, ref, drive.id, student)
        if standing["registration"] is None:
            raise PlaceopsError(
                "not-registered",
                f"{student.roll_no} is not registered for drive {standing['code']}",
                f"placeops drive why {standing['code']} {typed(student)}",
            )
        if standing["registration"] == "withdrawn":
            return Withdrawn(_existing(tx, drive.id, student), False)
        require_withdrawable(actor, standing, reason)
        values = {"drive": drive.id, "student": student.id, "now": standing["now"]}
        row = tx.execute(query("registrations", "withdraw"), values).mappings().one_or_none()
        if row is None:
            return Withdrawn(_existing(tx, drive.id, student), False)
        before, after = {"status": "registered"}, {"status": "withdrawn"}
        audit.record(
            tx,
            actor,
            "registration.withdraw",
            "registration",
            row["id"],
            before=before,
            after=after,
            reason=reason,
        )
        return Withdrawn(_registration(row, student), True)


def list_registrations(
    actor: Actor,
    ref: str,
    *,
    status: str | None = None,
    college: str | None = None,
    branch: str | None = None,
    search: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Registration]:
    """A drive's registrations, withdrawn ones too, as they came in: by status, college code and branch.

    `search` is a part of the roll number or of the name. Raises forbidden, not-found, invalid-input.
    """
    check_limit(limit)
    after = id_cursor(cursor)
    _check_status(status)
    joined = drive_registrations.join(students).join(colleges, colleges.c.id == students.c.college_id)
    wanted = select(*_COLUMNS).select_from(joined).order_by(drive_registrations.c.id).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(drive_registrations.c.id > after)
    if status is not None:
        wanted = wanted.where(drive_registrations.c.status == status)
    if branch is not None:
        wanted = wanted.where(students.c.branch == branch)
    if search is not None:
        place = func.strpos(func.lower(students.c.roll_no + " " + students.c.name), search.strip().lower())
        wanted = wanted.where(place > 0)
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "registration.read")
        wanted = wanted.where(drive_registrations.c.drive_id == drive.id)
        if college is not None:
            wanted = wanted.where(students.c.college_id == college_id(tx, college))
        if not drive.whole:
            wanted = wanted.where(access.students_in_sight(actor, "registration.read"))
        found = [Registration(**row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda registration: registration.id)


def list_own_registrations(
    actor: Actor, *, limit: int = 50, cursor: str | None = None
) -> Page[OwnRegistration]:
    """The actor's own registrations over all drives, newest first; none for who is no student.

    Raises forbidden, invalid-input.
    """
    access.require(actor, "registration.read")
    check_limit(limit)
    values = {"student": actor.student_id, "before": id_cursor(cursor), "limit": limit + 1}
    with transaction(read_only=True) as tx:
        rows = tx.execute(query("registrations", "own"), values).mappings()
        found = [OwnRegistration(**row) for row in rows]
    return page(found, limit, lambda registration: registration.id)


def _meant(
    tx: Connection, actor: Actor, ref: str, roll_no: str | None, college: str | None
) -> tuple[access.DriveInSight, Student]:
    """The drive and the student that a change is about; without a roll number the actor's own row."""
    drive = access.drive_in_sight(tx, actor, ref, "registration.write")
    if roll_no is None:
        return drive, own_student(tx, actor)
    inside = true() if drive.whole else access.students_in_sight(actor, "registration.write")
    return drive, find_student(tx, roll_no, college, inside)


def _check_status(status: str | None) -> None:
    if status is not None and status not in STATUSES:
        raise PlaceopsError(
            "invalid-input",
            f"no such status: {status!r}",
            f"one of {', '.join(STATUSES)}",
            field="/status",
        )


def _registration(row: Mapping[Any, Any], student: Student) -> Registration:
    return Registration(
        **{name: row[name] for name in _OWN}, **{name: getattr(student, name) for name in _STUDENTS}
    )


def _existing(tx: Connection, drive_id: int, student: Student) -> Registration:
    table = drive_registrations.c
    match = (table.drive_id == drive_id) & (table.student_id == student.id)
    return _registration(tx.execute(select(drive_registrations).where(match)).mappings().one(), student)
