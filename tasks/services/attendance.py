"""Attendance: who came to a drive's rounds, marked in bulk (`finalising.py` closes a round and corrects it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Integer,
    Row,
    RowMapping,
    Update,
    cast,
    func,
    literal,
    select,
    update,
)

from sql.engine import transaction, undo
from sql.queries import query
from sql.tables import attendance, colleges, drive_rounds, students
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.lifecycle import said
from tasks.services import access, audit
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.reason import checked_reason
from tasks.services.rounds import Round, load_round, load_rounds, locked_drive, require_round, round_state
from tasks.services.selections import Listed
from tasks.services.students import college_id

DECISIONS = ("PRESENT", "LATE", "ABSENT", "EXCUSED")
STATUSES = ("PENDING", *DECISIONS)
MOST_STUDENTS = 50_000
MOST_PROBLEMS = 100
# A page goes on after a round and a student: one number, the round above the student's id.
_PLACE = cast(drive_rounds.c.seq, BigInteger) * literal(2**32, BigInteger) + attendance.c.student_id


@dataclass(frozen=True, slots=True)
class Attendance:
    """How one student stands in one round (by its number): PENDING until somebody decides."""

    drive_id: int
    round: int
    student_id: int
    roll_no: str
    name: str
    college: str
    programme: str | None
    branch: str | None
    status: str
    marked_by: str | None
    marked_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unmarked:
    """An entry that marked nobody: `not on the list` of the round, `ambiguous`, `duplicate`, or `decided` otherwise."""

    line: int
    value: str
    problem: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Marked:
    """What a list did: `marked` were pending, `changed` had the decision to be overwritten, `already` had this one.

    `problems` holds the first hundred, `problem_counts` all of them by kind.
    """

    round: Round
    status: str
    listed: int
    marked: int
    changed: int
    already: int
    problems: list[Unmarked]
    problem_counts: dict[str, int]
    dry_run: bool


def list_attendance(
    actor: Actor,
    ref: str,
    *,
    seq: int | None = None,
    status: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Attendance]:
    """A drive's attendance, round by round or in one, by status. Raises forbidden, not-found, invalid-input."""
    check_limit(limit)
    after = id_cursor(cursor)
    if status is not None:
        require_known(status, STATUSES, "status")
    columns = {"drive_id": drive_rounds.c.drive_id, "round": drive_rounds.c.seq, "college": colleges.c.code}
    columns |= {name: attendance.c[name] for name in Attendance.__slots__ if name in attendance.c}
    columns |= {name: students.c[name] for name in Attendance.__slots__ if name not in columns}
    joined = attendance.join(drive_rounds).join(students, students.c.id == attendance.c.student_id)
    wanted = select(*(column.label(name) for name, column in columns.items()))
    wanted = wanted.select_from(joined.join(colleges, colleges.c.id == students.c.college_id))
    wanted = wanted.order_by(_PLACE).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(after < _PLACE)
    if seq is not None:
        wanted = wanted.where(drive_rounds.c.seq == seq)
    if status is not None:
        wanted = wanted.where(attendance.c.status == status)
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "attendance.read")
        wanted = wanted.where(drive_rounds.c.drive_id == drive.id)
        if not drive.whole:
            wanted = wanted.where(access.students_in_sight(actor, "attendance.read"))
        found = [Attendance(**row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda each: (each.round << 32) + each.student_id)


def mark_attendance(
    actor: Actor,
    ref: str,
    listed: Sequence[Listed],
    status: str,
    *,
    seq: int | None = None,
    college: str | None = None,
    previous: str | None = None,
    reason: str | None = None,
    dry_run: bool = False,
) -> Marked:
    """Decide on the listed students of a round; without its number, of the one that is open.

    Who is decided otherwise stays so, unless `previous` names that decision. Entries that mark nobody are reported,
    the others count. A dry run goes the same way and changes nothing. Raises forbidden, not-found, invalid-input,
    drive-state, round-state (waiting, or finalised).
    """
    require_known(status, DECISIONS, "status")
    if previous is not None:
        require_known(previous, DECISIONS, "previous")
    reason = checked_reason(reason)
    if not 1 <= len(listed) <= MOST_STUDENTS:
        raise PlaceopsError(
            "invalid-input",
            f"the list has {len(listed):,} students; it must be 1 to {MOST_STUDENTS:,}",
            "give roll numbers, one a line, in several lists where they are more",
            field="/students",
        )
    with transaction() as tx:
        drive = locked_drive(tx, actor, ref, "attendance.mark")
        require_running(drive)
        row = open_round(tx, drive, seq)
        found = _judge(tx, row, listed, status, previous, college)
        for before, chosen in (("PENDING", found.pending), (previous, found.decided)):
            if chosen:
                tx.execute(decision(row["id"], chosen, actor, status, reason))
                old = {"round": row["seq"], "status": before}
                new = {"status": status, "students": chosen}
                audit.record(
                    tx, actor, "attendance.mark", "drive", drive.id, before=old, after=new, reason=reason
                )
        done = load_round(tx, drive.id, row["seq"])
        if dry_run:
            undo(tx)
    return _marked(done, status, listed, found, dry_run)


def _judge(
    tx: Connection,
    row: RowMapping,
    listed: Sequence[Listed],
    status: str,
    previous: str | None,
    college: str | None,
) -> Row[Any]:
    """What the list comes to in this round."""
    values = {
        "round": row["id"],
        "college": None if college is None else college_id(tx, college),
        "lines": [entry.line for entry in listed],
        "roll_nos": [None if entry.roll_no is None else entry.roll_no.strip() for entry in listed],
        "ids": [entry.student_id for entry in listed],
        "status": status,
        "previous": previous,
        "most": MOST_PROBLEMS,
    }
    return tx.execute(query("attendance", "judge"), values).one()


def _marked(done: Round, status: str, listed: Sequence[Listed], found: Row[Any], dry_run: bool) -> Marked:
    counts: dict[str, int] = found.counts
    return Marked(
        round=done,
        status=status,
        listed=len(listed),
        marked=counts.get("pending", 0),
        changed=counts.get("previous", 0),
        already=counts.get("already", 0),
        problems=[Unmarked(**problem) for problem in found.problems],
        problem_counts={
            kind: n for kind, n in counts.items() if kind not in ("pending", "previous", "already")
        },
        dry_run=dry_run,
    )


def decision(round_id: int, chosen: Sequence[int], actor: Actor, status: str, reason: str | None) -> Update:
    """The statement that gives these students of a round a decision."""
    match = (attendance.c.round_id == round_id) & (
        attendance.c.student_id == func.any(literal(chosen, ARRAY(Integer)))
    )
    now = func.clock_timestamp()
    values = {"status": status, "marked_by": actor.name, "marked_at": now, "reason": reason}
    return update(attendance).where(match).values(values)


def require_running(drive: access.DriveInSight) -> None:
    """Raises drive-state unless the drive is in progress."""
    require_status(drive, ("in_progress",), "attendance is marked while it is in progress")


def require_status(drive: access.DriveInSight, statuses: Sequence[str], words: str) -> None:
    """Raises drive-state unless the drive is in one of these; `words` say what goes with them."""
    code, status = drive.row["code"], drive.row["status"]
    if status in statuses:
        return
    fix = f"placeops drive start {code}" if status in ("posted", "paused") else f"placeops drive show {code}"
    raise PlaceopsError(
        "drive-state",
        f"drive {code} is {said(status)}: {words}",
        fix,
        details={"status": status},
    )


def open_round(tx: Connection, drive: access.DriveInSight, seq: int | None) -> RowMapping:
    """The round that is marked now, or this one if it is. Raises not-found, round-state."""
    code = drive.row["code"]
    row = chosen_round(tx, drive, seq)
    if row["state"] == "waiting":
        raise round_state(drive, row, "waits for the round before it, which is not finalised")
    if row["state"] == "finalised":
        fix = f"correct single decisions: placeops attendance correct --drive {code} --round {row['seq']}"
        raise round_state(drive, row, "is finalised", fix)
    return row


def chosen_round(tx: Connection, drive: access.DriveInSight, seq: int | None) -> RowMapping:
    """The round with this number; without it the first that is not finalised, else the last. Raises not-found."""
    if seq is None:
        rows = load_rounds(tx, drive.id)
        seq = next(
            (row["seq"] for row in rows if row["state"] != "finalised"), rows[-1]["seq"] if rows else 1
        )
    return require_round(tx, drive, seq)


def require_known(value: str, known: Sequence[str], name: str) -> None:
    """Raises invalid-input for a word of an input that is none of the known ones."""
    if value not in known:
        raise PlaceopsError(
            "invalid-input", f"no such {name}: {value!r}", f"one of {', '.join(known)}", field=f"/{name}"
        )
