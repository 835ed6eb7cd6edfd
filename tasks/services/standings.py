"""Students before drives, many at a time: one student's drives, and the students that a drive may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, select

from sql.engine import transaction
from sql.planning import planned_for_its_values
from sql.queries import query
from sql.tables import DRIVE_STATUSES, colleges
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.rules import names_of, reasons
from tasks.services import access
from tasks.services.criteria import invalid
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.standing import (
    channel_of,
    is_open,
    require_eligible,
    require_selected,
    require_withdrawable,
)
from tasks.services.students import Student, college_id, find_student, own_student

BIGGEST_ID = 2**31 - 1
VERDICTS = ("eligible", "review", "not")


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A student's registration for one drive."""

    id: int
    status: str
    channel: str
    registered_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudentDrive:
    """One student before one drive at `as_of`, by the database's clock.

    `window` is not_open, open, closed, or the drive's status that stops registration. `failed_rules` and
    `unknown_rules` are why the verdict is what it is, `reason` says the same in words (None: nothing stands against
    it). `may_register` and `may_withdraw` are for the caller, now; `refused` is the error that a registration would
    end with (None also for who is registered), `refusal` its sentence.
    """

    drive_id: int
    code: str
    company: str
    title: str
    status: str
    window: str
    ctc_min: int | None
    ctc_max: int | None
    reg_opens_at: datetime | None
    reg_closes_at: datetime | None
    drive_date: date | None
    verdict: str
    failed_rules: list[str]
    unknown_rules: list[str]
    reason: str | None
    selected: str | None
    selection_pending: bool
    registration: OwnPlace | None
    may_register: bool
    may_withdraw: bool
    refused: str | None
    refusal: str | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A student whom a drive may choose, with today's verdict; `selected` and `registration` as in `Explanation`."""

    student_id: int
    roll_no: str
    name: str
    college: str
    programme: str | None
    branch: str | None
    batch_year: int | None
    cgpa: Decimal | None
    verdict: str
    failed_rules: list[str]
    unknown_rules: list[str]
    reason: str | None
    selected: str | None
    registration: str | None

    @property
    def ref(self) -> str:
        """What names this student and nobody else: `COLLEGE:ROLL_NO`."""
        return f"{self.college}:{self.roll_no}"


_COPIED = (
    *(
        "code",
        "company",
        "title",
        "status",
        "ctc_min",
        "ctc_max",
        "reg_opens_at",
        "reg_closes_at",
        "drive_date",
    ),
    *("verdict", "selected", "selection_pending"),
)


def drives_of_student(
    actor: Actor,
    roll_no: str | None = None,
    *,
    college: str | None = None,
    status: str | None = None,
    open: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[StudentDrive]:
    """One student before each drive that the caller may look at, newest first; drafts are left out for students.

    Students need no roll number. `open`: only drives that take registrations now. Raises forbidden, not-found,
    ambiguous, invalid-input.
    """
    check_limit(limit)
    if status is not None and status not in DRIVE_STATUSES:
        raise invalid("status", f"no such status: {status!r}", f"one of {', '.join(DRIVE_STATUSES)}")
    inside = access.students_in_sight(actor, "eligibility.why")
    before = id_cursor(cursor)
    with transaction(read_only=True) as tx:
        own = roll_no is None
        student = own_student(tx, actor) if own else find_student(tx, roll_no or "", college, inside)
        values = {
            "student": student.id,
            "is_test": tx.scalar(select(colleges.c.is_test).where(colleges.c.id == student.college_id)),
            "seen": access.drives_in_sight(tx, actor, "eligibility.why"),
            "status": status,
            "open": open,
            "before": None if before is None else min(before, BIGGEST_ID),
            "limit": limit + 1,
        }
        rows = tx.execute(query("standings", "of_student"), values).mappings()
        found = [_student_drive(actor, student, row) for row in rows]
    return page(found, limit, lambda one: one.drive_id)


def _student_drive(actor: Actor, student: Student, row: RowMapping) -> StudentDrive:
    registered = row["registration"] == "registered"
    refused = None if registered else _refusal(actor, student, row)
    return StudentDrive(
        drive_id=row["drive"],
        window=_window(row),
        failed_rules=names_of(row["failed_rules"]),
        unknown_rules=names_of(row["unknown_rules"]),
        reason=reasons(row["failed_rules"], row["unknown_rules"]) or None,
        registration=_own_place(row),
        may_register=not registered and refused is None,
        may_withdraw=registered and _may_withdraw(actor, row),
        refused=refused.code if refused else None,
        refusal=refused.message if refused else None,
        as_of=row["now"],
        **{name: row[name] for name in _COPIED},
    )


def _window(row: RowMapping) -> str:
    if row["status"] != "posted":
        return str(row["status"])
    return "open" if is_open(row) else "not_open" if row["now"] < row["reg_opens_at"] else "closed"


def _own_place(row: RowMapping) -> OwnPlace | None:
    if row["registration"] is None:
        return None
    return OwnPlace(
        row["registration_id"], row["registration"], row["channel"], row["registered_at"], row["withdrawn_at"]
    )


def _refusal(actor: Actor, student: Student, row: RowMapping) -> PlaceopsError | None:
    """What a registration at this instant would be refused with."""
    try:
        channel_of(actor, row, None)
        require_selected(row, student)
        require_eligible(row, student)
    except PlaceopsError as refused:
        return refused
    return None


def _may_withdraw(actor: Actor, row: RowMapping) -> bool:
    try:
        require_withdrawable(actor, row, None)
    except PlaceopsError:
        return False
    return True


def candidates(
    actor: Actor,
    ref: str,
    *,
    verdict: str | None = None,
    selected: bool | None = None,
    search: str | None = None,
    college: str | None = None,
    branch: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Candidate]:
    """The students that a drive chooses from, in the order they came in, each with today's verdict.

    `search` is a part of the roll number or of the name. Raises forbidden, not-found, invalid-input.
    """
    check_limit(limit)
    after = id_cursor(cursor)
    if verdict is not None and verdict not in VERDICTS:
        raise invalid("verdict", f"no such verdict: {verdict!r}", f"one of {', '.join(VERDICTS)}")
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "eligibility.why")
        wanted = {"drive": drive.id, "version": None}
        values = dict(tx.execute(query("eligibility", "drive_rules"), wanted).mappings().one())
        values |= _bounds(actor, drive.whole) | {
            "verdict": verdict,
            "selected": selected,
            "words": _plain(search),
            "college": None if college is None else college_id(tx, college),
            "branch": _plain(branch),
            "after": None if after is None else min(after, BIGGEST_ID),
            "limit": limit + 1,
        }
        with planned_for_its_values(tx):
            rows = tx.execute(query("standings", "of_drive"), values).mappings()
            found = [_candidate(row) for row in rows]
    return page(found, limit, lambda one: one.student_id)


def _plain(words: str | None) -> str | None:
    # PostgreSQL text cannot hold NUL: such a value equals nothing that is stored.
    return None if words is None else words.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _bounds(actor: Actor, whole: bool) -> dict[str, Any]:
    """Whom the caller sees of a drive; without colleges and branches in the scope nobody."""
    scoped = actor.role is Role.COORDINATOR and not whole
    own, branches = list(actor.scope.colleges), list(actor.scope.branches)
    return {
        "one": actor.student_id if actor.role is Role.STUDENT else None,
        "scope_colleges": (own if own or not branches else None) if scoped else None,
        "scope_branches": branches or None if scoped else None,
    }


def _candidate(row: RowMapping) -> Candidate:
    reason = reasons(row["failed_rules"], row["unknown_rules"]) or None
    rules = {name: names_of(row[name]) for name in ("failed_rules", "unknown_rules")}
    return Candidate(**dict(row) | rules | {"reason": reason})
