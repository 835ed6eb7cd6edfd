"""Registrations: put a student down for a drive, list who is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, true

from sql.engine import transaction
from sql.locks import drive_lock
from sql.queries import query
from sql.tables import colleges, drive_registrations, students
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.rules import names_of, reasons
from tasks.services import access, audit
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.students import Student, find_student, typed

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class Registration:
    """One student's registration. `channel`: STAFF within the window, LATE after it (then with a reason)."""

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


_NAMES = [field.name for field in fields(Registration)]
_OWN = [name for name in _NAMES if name in drive_registrations.c]
_STUDENTS = [name for name in _NAMES if name not in _OWN]
_COLUMNS = [
    *(drive_registrations.c[name] for name in _OWN),
    *(colleges.c.code.label(name) if name == "college" else students.c[name] for name in _STUDENTS),
]


def register(
    actor: Actor, ref: str, roll_no: str, *, college: str | None = None, reason: str | None = None
) -> Registered:
    """Register a student who is selected and eligible now, for a drive that is open by the database's clock.

    After the close it takes a reason, and the registration is LATE. Students selected by override need not be
    eligible. Who is registered already gets that registration, whatever has changed since. Raises not-found,
    ambiguous, invalid-input, registration-closed, selection-pending (try again), not-selected, not-eligible.
    """
    reason = _checked_reason(reason)
    with transaction() as tx:
        drive = access.drive_in_sight(tx, actor, ref, "registration.write")
        drive_id = drive.id
        inside = true() if drive.whole else access.students_in_sight(actor, "registration.write")
        student = find_student(tx, roll_no, college, inside)
        drive_lock(tx, drive_id, shared=True)
        standing = _standing(tx, ref, drive_id, student)
        if standing["registration"] == "registered":
            return Registered(_existing(tx, drive_id, student), False)
        channel = _channel(standing, reason)
        _require_selected(standing, student)
        _require_eligible(standing, student)
        values = {"student": student.id, "channel": channel, "reason": reason, "by": actor.name}
        added = tx.execute(query("registrations", "register"), dict(standing) | values)
        row = added.mappings().one_or_none()
        if row is None:
            return Registered(_existing(tx, drive_id, student), False)
        after = {"drive": standing["code"], "roll_no": student.roll_no, "channel": channel}
        audit.record(tx, actor, "registration.add", "registration", row["id"], after=after, reason=reason)
        return Registered(_registration(row, student), True)


def list_registrations(
    actor: Actor, ref: str, *, limit: int = 50, cursor: str | None = None
) -> Page[Registration]:
    """A drive's registrations, withdrawn ones too, as they came in. Raises not-found, invalid-input."""
    check_limit(limit)
    after = id_cursor(cursor)
    joined = drive_registrations.join(students).join(colleges, colleges.c.id == students.c.college_id)
    wanted = select(*_COLUMNS).select_from(joined).order_by(drive_registrations.c.id).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(drive_registrations.c.id > after)
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "registration.read")
        wanted = wanted.where(drive_registrations.c.drive_id == drive.id)
        if not drive.whole:
            wanted = wanted.where(access.students_in_sight(actor, "registration.read"))
        found = [Registration(**row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda registration: registration.id)


def _checked_reason(reason: str | None) -> str | None:
    reason = (reason or "").strip()
    if "\0" in reason or len(reason) > MOST_REASON:
        raise PlaceopsError(
            "invalid-input",
            f"`reason` has at most {MOST_REASON} characters",
            "say it in a sentence or two",
            field="/reason",
        )
    return reason or None


def _standing(tx: Connection, ref: str, drive_id: int, student: Student) -> RowMapping:
    """The drive and the student's standing before it, as they are now that the drive's lock is held."""
    values = {"drive": drive_id, "student": student.id}
    found = tx.execute(query("eligibility", "standing"), values).mappings().one_or_none()
    if found is None:
        raise PlaceopsError("not-found", f"no such drive: {ref}", "placeops drive list")
    if found["verdict"] is None:
        raise PlaceopsError(
            "not-found",
            f"drive {ref} has no student {student.roll_no} to choose from",
            "a drive of a test college takes students of test colleges only, and the others only others",
        )
    return found


def _registration(row: Mapping[Any, Any], student: Student) -> Registration:
    return Registration(
        **{name: row[name] for name in _OWN}, **{name: getattr(student, name) for name in _STUDENTS}
    )


def _existing(tx: Connection, drive_id: int, student: Student) -> Registration:
    table = drive_registrations.c
    match = (table.drive_id == drive_id) & (table.student_id == student.id)
    return _registration(tx.execute(select(drive_registrations).where(match)).mappings().one(), student)


def _channel(drive: RowMapping, reason: str | None) -> str:
    if drive["status"] == "posted" and drive["now"] >= drive["reg_opens_at"]:
        if drive["now"] < drive["reg_closes_at"]:
            return "STAFF"
        if reason:
            return "LATE"
    raise _closed(drive)


def _closed(drive: RowMapping) -> PlaceopsError:
    code, status = drive["code"], drive["status"]
    fix = f"placeops drive show {code}"
    if status == "draft":
        why, fix = "is a draft", f"placeops drive publish {code}"
    elif status == "paused":
        why = f"is paused: {drive['paused_reason']}"
    elif status == "cancelled":
        why = f"is cancelled: {drive['cancelled_reason']}"
    elif status != "posted":
        why = f"is {status.replace('_', ' ')}"
    elif drive["now"] < drive["reg_opens_at"]:
        why = f"opens its registration at {drive['reg_opens_at'].isoformat(timespec='seconds')}"
    else:
        why = f"closed its registration at {drive['reg_closes_at'].isoformat(timespec='seconds')}"
        fix = "give a `reason` to register the student late"
    return PlaceopsError("registration-closed", f"drive {code} {why}", fix, details={"status": status})


def _require_selected(standing: RowMapping, student: Student) -> None:
    code = standing["code"]
    if standing["selection_pending"]:
        job, state = standing["publish_job"], standing["publish_job_state"]
        if state in ("waiting", "delayed", "active"):
            words, fix = "is still being applied", f"try again in a moment; placeops job show {job}"
        else:
            words = f"was not applied: its job is {state or 'gone'}"
            fix = f"placeops job retry {job}" if job else f"placeops drive publish {code} --students FILE"
        raise PlaceopsError("selection-pending", f"the selection of drive {code} {words}", fix)
    if standing["selected"] is None and not standing["auto_published"]:
        raise PlaceopsError(
            "not-selected",
            f"{student.roll_no} is not on the selection of drive {code}",
            f"placeops drive why {code} {typed(student)}",
        )


def _require_eligible(standing: RowMapping, student: Student) -> None:
    if standing["selected"] == "OVERRIDE" or standing["verdict"] == "eligible":
        return
    failed, unknown = standing["failed_rules"], standing["unknown_rules"]
    raise PlaceopsError(
        "not-eligible",
        f"{student.roll_no} does not meet the criteria of drive {standing['code']}: {reasons(failed, unknown)}",
        f"placeops drive why {standing['code']} {typed(student)}",
        details={"verdict": standing["verdict"], "failed": names_of(failed), "unknown": names_of(unknown)},
    )
