"""Closing a round of a drive, and what may be corrected afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, select, update

from sql.engine import transaction, undo
from sql.queries import query
from sql.tables import attendance, drive_rounds, students
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services import access, audit
from tasks.services.attendance import (
    DECISIONS,
    Attendance,
    decision,
    open_round,
    require_known,
    require_running,
    require_status,
)
from tasks.services.reason import needed_reason
from tasks.services.rounds import (
    Round,
    call_up,
    load_round,
    load_rounds,
    locked_drive,
    require_round,
    round_of,
    round_state,
)
from tasks.services.students import find_student

CORRECTABLE = ("in_progress", "completed")


@dataclass(frozen=True, slots=True)
class Finalised:
    """A finalised round: how many pending ones became absent, and the round that those who came are called to.

    `repeated`: it was finalised before; nothing was changed.
    """

    round: Round
    became_absent: int
    next_round: Round | None
    repeated: bool
    dry_run: bool


def finalise_round(actor: Actor, ref: str, *, seq: int | None = None, dry_run: bool = False) -> Finalised:
    """Close a round (without its number, the only one): who is pending was absent, who came is called to the next.

    A second time changes nothing. Raises forbidden, not-found, invalid-input, drive-state, round-state
    (waiting).
    """
    with transaction() as tx:
        drive = locked_drive(tx, actor, ref, "attendance.finalise")
        rows = load_rounds(tx, drive.id)
        if seq is None and len(rows) > 1:
            # Asked twice, "the open one" would close the next round too, with everybody absent.
            raise PlaceopsError(
                "invalid-input",
                f"drive {drive.row['code']} has {len(rows)} rounds",
                "say which one as `round`",
                field="/round",
            )
        row = require_round(tx, drive, seq or (rows[0]["seq"] if rows else 1))
        if row["state"] == "finalised":
            return Finalised(round_of(row, whole=True), 0, None, True, dry_run)
        require_running(drive)
        row = open_round(tx, drive, row["seq"])
        values = {"round": row["id"], "by": actor.name}
        absent = sorted(tx.scalars(query("attendance", "decide_pending"), values))
        now = func.clock_timestamp()
        closed = {"finalised_at": now, "row_version": drive_rounds.c.row_version + 1}
        tx.execute(update(drive_rounds).where(drive_rounds.c.id == row["id"]).values(**closed))
        call_up(tx, drive.id)
        after = {"round": row["seq"], "status": "ABSENT", "students": absent}
        audit.record(tx, actor, "attendance.finalise", "drive", drive.id, after=after)
        done = load_round(tx, drive.id, row["seq"])
        following = next((each for each in load_rounds(tx, drive.id) if each["seq"] > row["seq"]), None)
        if dry_run:
            undo(tx)
    next_round = None if following is None else round_of(following, whole=True)
    return Finalised(done, len(absent), next_round, False, dry_run)


def correct_attendance(
    actor: Actor,
    ref: str,
    roll_no: str,
    status: str,
    *,
    reason: str,
    seq: int | None = None,
    college: str | None = None,
) -> Attendance:
    """Change one decision of a finalised round (without its number, the last one), until the drive is archived.

    The list of the round that is next in line follows. Raises forbidden, not-found (also for who was not called to
    the round), ambiguous, invalid-input, drive-state, round-state.
    """
    require_known(status, DECISIONS, "status")
    told = needed_reason(reason, "a correction")
    with transaction() as tx:
        drive = locked_drive(tx, actor, ref, "attendance.finalise")
        require_status(drive, CORRECTABLE, "attendance is corrected until it is archived")
        row = _finalised_round(tx, drive, seq)
        called = select(attendance.c.student_id).where(attendance.c.round_id == row["id"])
        student = find_student(tx, roll_no, college, students.c.id.in_(called))
        match = (attendance.c.round_id == row["id"]) & (attendance.c.student_id == student.id)
        before = tx.scalar(select(attendance.c.status).where(match))
        if before != status:
            tx.execute(decision(row["id"], [student.id], actor, status, told))
            call_up(tx, drive.id)
            old = {"round": row["seq"], "student": student.id, "status": before}
            audit.record(
                tx,
                actor,
                "attendance.correct",
                "drive",
                drive.id,
                before=old,
                after={"status": status},
                reason=told,
            )
        found = tx.execute(select(attendance).where(match)).mappings().one()
    own = {name: found[name] for name in ("status", "marked_by", "marked_at", "reason")}
    shown = {name: getattr(student, name) for name in ("roll_no", "name", "college", "programme", "branch")}
    return Attendance(drive_id=drive.id, round=row["seq"], student_id=student.id, **shown, **own)


def _finalised_round(tx: Connection, drive: access.DriveInSight, seq: int | None) -> RowMapping:
    rows = load_rounds(tx, drive.id)
    done = [row for row in rows if row["state"] == "finalised"]
    row = done[-1] if done and seq is None else require_round(tx, drive, seq or 1)
    if row["state"] != "finalised":
        code = drive.row["code"]
        fix = f"mark it: placeops attendance mark --drive {code} --round {row['seq']}"
        raise round_state(drive, row, "is not finalised yet", fix)
    return row
