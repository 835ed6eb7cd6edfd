"""Offers: what companies offer to students, after a drive or beside all drives, and what becomes of it.

Whoever accepted one counts as placed by it; the rules of `students_against` read that from the offers themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, insert, select, true, update

from sql.engine import constraint_of, transaction
from sql.tables import colleges, drive_registrations, offers, placement_drives, students
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.lifecycle import said
from tasks.services import access, audit
from tasks.services.offer_rules import (
    MOVES,
    STATUSES,
    NewOffer,
    checked_changes,
    checked_new,
    require_status_move,
)
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.reason import checked_reason
from tasks.services.repeats import once
from tasks.services.students import Student, find_student
from tasks.services.versions import require_version

WITH_OFFERS = ("posted", "paused", "in_progress", "completed")


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer; money in whole rupees a year, None is unknown. `allowed_moves`: statuses that it may go to.

    `row_version` rises with every change.
    """

    id: int
    student_id: int
    roll_no: str
    name: str
    college: str
    branch: str | None
    drive_id: int | None
    drive_code: str | None
    kind: str
    company: str
    ctc_fixed: int | None
    ctc_variable: int | None
    ctc_total: int | None
    status: str
    offered_on: date | None
    joins_on: date | None
    row_version: int
    created_at: datetime
    allowed_moves: list[str]


_COLUMNS = {name: offers.c[name] for name in Offer.__slots__ if name in offers.c}
_COLUMNS |= {name: students.c[name] for name in ("roll_no", "name", "branch")}
_COLUMNS |= {"college": colleges.c.code, "drive_code": placement_drives.c.code}


def list_offers(
    actor: Actor,
    *,
    drive: str | None = None,
    student: str | None = None,
    college: str | None = None,
    status: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Offer]:
    """Offers, newest first: of a drive, of a student (by roll number), in a status.

    Those of test colleges only by drive or student. Raises forbidden, not-found, ambiguous, invalid-input.
    """
    check_limit(limit)
    before = id_cursor(cursor)
    if status is not None and status not in STATUSES:
        raise PlaceopsError(
            "invalid-input",
            f"no such status: {status!r}",
            f"one of {', '.join(STATUSES)}",
            field="/status",
        )
    wanted = _every_offer().order_by(offers.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(offers.c.id < before)
    if status is not None:
        wanted = wanted.where(offers.c.status == status)
    inside = _in_sight(actor, "offer.read")
    with transaction(read_only=True) as tx:
        if drive is not None:
            found = access.drive_in_sight(tx, actor, drive, "offer.read")
            inside = true() if found.whole else inside
            wanted = wanted.where(offers.c.drive_id == found.id)
        if student is not None:
            visible = access.students_in_sight(actor, "offer.read")
            wanted = wanted.where(offers.c.student_id == find_student(tx, student, college, visible).id)
        elif drive is None:
            wanted = wanted.where(~colleges.c.is_test)
        rows = tx.execute(wanted.where(inside)).mappings()
        return page([_offer(row) for row in rows], limit, lambda offer: offer.id)


def show_offer(actor: Actor, offer_id: int) -> Offer:
    """One offer. Raises forbidden, not-found."""
    inside = _in_sight(actor, "offer.read")
    with transaction(read_only=True) as tx:
        return _load(tx, offer_id, inside)


def record_offer(actor: Actor, new: NewOffer) -> Offer:
    """Note an offer: of a drive to somebody registered for it, or (PPO, OFF_CAMPUS) of a company beside all drives.

    A drive's offer takes the drive's company unless it names one; a total that is unknown is the sum of both parts
    where these are known. Raises forbidden, not-found, ambiguous, invalid-input, drive-state, not-registered,
    duplicate (a drive makes a student one offer).
    """
    access.require(actor, "offer.write")
    values = checked_new(new)
    try:
        with transaction() as tx:
            seen = once(tx, actor)
            if seen.result:
                return _load(tx, seen.result["offer"], _in_sight(actor, "offer.write"))
            drive, student = _meant(tx, actor, new)
            values |= {"student_id": student.id, "drive_id": None if drive is None else drive.id}
            if drive is not None and values["company"] is None:
                values["company"] = drive.row["company"]
            offer_id = tx.execute(insert(offers).values(values).returning(offers.c.id)).scalar_one()
            after = {name: _told(value) for name, value in values.items() if value is not None}
            audit.record(tx, actor, "offer.record", "offer", offer_id, after=after)
            seen.remember({"offer": offer_id})
            return _load(tx, offer_id, true())
    except Exception as error:
        if constraint_of(error) != "offers_one_per_drive":
            raise
        raise PlaceopsError(
            "duplicate",
            f"drive {new.drive} has made {new.student} an offer already",
            f"placeops offer list --drive {new.drive} --student {new.student}",
        ) from error


def update_offer(
    actor: Actor,
    offer_id: int,
    changes: Mapping[str, object],
    *,
    reason: str | None = None,
    versions: Collection[int] | None = None,
) -> Offer:
    """Change an offer's status, pay (None: unknown) or dates; `versions`: only while it is at one of these.

    What was answered or revoked moves on with a reason only. Raises forbidden, not-found, precondition-failed,
    invalid-input, offer-state.
    """
    inside = _in_sight(actor, "offer.write")
    wanted = checked_changes(changes)
    reason = checked_reason(reason)
    with transaction() as tx:
        held = offers.c.id == _load(tx, offer_id, inside).id
        tx.execute(select(offers.c.id).where(held).with_for_update())
        old = asdict(_load(tx, offer_id, inside))
        require_version(f"offer {offer_id}", old["row_version"], versions, f"placeops offer show {offer_id}")
        new = {name: value for name, value in wanted.items() if old[name] != value}
        if "status" in new:
            require_status_move(offer_id, old["status"], str(new["status"]), reason)
        checked_changes(new, beside=old)
        if new:
            tx.execute(update(offers).where(held).values(**new, row_version=offers.c.row_version + 1))
            before = {name: _told(old[name]) for name in new}
            after = {name: _told(value) for name, value in new.items()}
            audit.record(
                tx, actor, "offer.update", "offer", offer_id, before=before, after=after, reason=reason
            )
        return _load(tx, offer_id, inside)


def _meant(tx: Connection, actor: Actor, new: NewOffer) -> tuple[access.DriveInSight | None, Student]:
    """The drive (if any) and the student that an offer is about."""
    inside = access.students_in_sight(actor, "offer.write")
    if new.drive is None:
        return None, find_student(tx, new.student, new.college, inside)
    drive = access.drive_in_sight(tx, actor, new.drive, "offer.write")
    student = find_student(tx, new.student, new.college, true() if drive.whole else inside)
    code, status = drive.row["code"], drive.row["status"]
    if status not in WITH_OFFERS:
        raise PlaceopsError(
            "drive-state",
            f"drive {code} is {said(status)}: it makes no offers",
            f"placeops drive show {code}",
            details={"status": status},
        )
    table = drive_registrations.c
    match = (table.drive_id == drive.id) & (table.student_id == student.id)
    if tx.scalar(select(table.status).where(match)) != "registered":
        raise PlaceopsError(
            "not-registered",
            f"{student.roll_no} is not registered for drive {code}",
            f"placeops registration list --drive {code}, or record it as OFF_CAMPUS",
        )
    return drive, student


def _in_sight(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Which offers the actor's permission covers: of students in sight, and of drives in a coordinator's scope."""
    inside = access.students_in_sight(actor, permission)
    return inside | offers.c.drive_id.in_(actor.scope.drives) if actor.scope.drives else inside


def _every_offer() -> Select[tuple[object, ...]]:
    joined = offers.join(students).join(colleges, colleges.c.id == students.c.college_id)
    joined = joined.outerjoin(placement_drives, placement_drives.c.id == offers.c.drive_id)
    return select(*(column.label(name) for name, column in _COLUMNS.items())).select_from(joined)


def _load(tx: Connection, offer_id: int, inside: ColumnElement[bool]) -> Offer:
    wanted = _every_offer().where(offers.c.id == offer_id, inside)
    row = None if offer_id > access.BIGGEST_ID else tx.execute(wanted).mappings().one_or_none()
    if row is None:
        raise PlaceopsError("not-found", f"no such offer: {offer_id}", "placeops offer list")
    return _offer(row)


def _offer(row: RowMapping) -> Offer:
    return Offer(**row, allowed_moves=list(MOVES[row["status"]]))


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
