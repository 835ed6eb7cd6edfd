"""A student before a drive at this instant, and why a registration or a withdrawal is refused."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping

from sql.queries import query
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.lifecycle import said
from tasks.rules import names_of, reasons
from tasks.services.students import Student, typed

OFFICE = "ask the placement office"


def standing_of(tx: Connection, ref: str, drive_id: int, student: Student) -> RowMapping:
    """The drive and the student's standing before it, as they are now that the drive's lock is held.

    Raises not-found when the drive is gone, or never chooses from the student's college.
    """
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


def channel_of(actor: Actor, standing: RowMapping, reason: str | None) -> str:
    """How a registration comes in now: SELF or STAFF within the window, LATE after it. Raises registration-closed."""
    if is_open(standing):
        return "SELF" if actor.role is Role.STUDENT else "STAFF"
    is_over = standing["status"] == "posted" and standing["now"] >= standing["reg_closes_at"]
    if is_over and reason and actor.role is not Role.STUDENT:
        return "LATE"
    fix = OFFICE if actor.role is Role.STUDENT else "give a `reason` to register the student late"
    raise _closed(standing, fix)


def require_withdrawable(actor: Actor, standing: RowMapping, reason: str | None) -> None:
    """Raises registration-closed: students withdraw within the window, others with a reason until the drive starts."""
    if is_open(standing):
        return
    is_late = standing["status"] == "paused" or (
        standing["status"] == "posted" and standing["now"] >= standing["reg_closes_at"]
    )
    if is_late and reason and actor.role is not Role.STUDENT:
        return
    fix = OFFICE if actor.role is Role.STUDENT else "give a `reason` to withdraw the student late"
    raise _closed(standing, fix if is_late else None)


def is_open(standing: RowMapping) -> bool:
    """Whether the drive takes registrations by the database's clock."""
    within = standing["status"] == "posted" and standing["reg_opens_at"] <= standing["now"]
    return bool(within and standing["now"] < standing["reg_closes_at"])


def _closed(drive: RowMapping, fix_when_late: str | None) -> PlaceopsError:
    code, status = drive["code"], drive["status"]
    fix = f"placeops drive show {code}"
    if status == "draft":
        why, fix = "is a draft", f"placeops drive publish {code}"
    elif status == "paused":
        why = f"is paused: {drive['paused_reason']}"
    elif status == "cancelled":
        why = f"is cancelled: {drive['cancelled_reason']}"
    elif status != "posted":
        why = f"is {said(status)}"
    elif drive["now"] < drive["reg_opens_at"]:
        why = f"opens its registration at {drive['reg_opens_at'].isoformat(timespec='seconds')}"
    else:
        why = f"closed its registration at {drive['reg_closes_at'].isoformat(timespec='seconds')}"
        fix = fix_when_late or fix
    return PlaceopsError("registration-closed", f"drive {code} {why}", fix, details={"status": status})


def require_selected(standing: RowMapping, student: Student) -> None:
    """Raises selection-pending, not-selected."""
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


def require_eligible(standing: RowMapping, student: Student) -> None:
    """Raises not-eligible by the live verdict, which an override lets pass."""
    if standing["selected"] == "OVERRIDE" or standing["verdict"] == "eligible":
        return
    failed, unknown = standing["failed_rules"], standing["unknown_rules"]
    raise PlaceopsError(
        "not-eligible",
        f"{student.roll_no} does not meet the criteria of drive {standing['code']}: {reasons(failed, unknown)}",
        f"placeops drive why {standing['code']} {typed(student)}",
        details={"verdict": standing["verdict"], "failed": names_of(failed), "unknown": names_of(unknown)},
    )
