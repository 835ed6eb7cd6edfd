"""Students: look one up, list them. They come in through roster imports (`roster.py`) only."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, bindparam, func, literal, select

from sql.engine import transaction
from sql.tables import colleges, students
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services import access
from tasks.services.paging import Page, check_limit, id_cursor, page


@dataclass(frozen=True, slots=True)
class Student:
    """One student; `college` is the college's code, CGPA is out of 10, None means unknown."""

    id: int
    college_id: int
    college: str
    roll_no: str
    name: str
    email: str | None
    phone: str | None
    gender: str | None
    programme: str | None
    branch: str | None
    batch_year: int | None
    admission_type: str
    cgpa: Decimal | None
    tenth_pct: Decimal | None
    twelfth_pct: Decimal | None
    diploma_pct: Decimal | None
    active_backlogs: int | None
    total_backlogs: int | None
    placed: bool
    debarred: bool
    created_at: datetime
    updated_at: datetime

    @property
    def ref(self) -> str:
        """What names this student and nobody else: `COLLEGE:ROLL_NO`."""
        return f"{self.college}:{self.roll_no}"


_NAMES = [field.name for field in fields(Student)]
_COLUMNS = [colleges.c.code if name == "college" else students.c[name] for name in _NAMES]
# Built once: in a rush every registration looks its student up.
_BY_ID = select(*_COLUMNS).select_from(students.join(colleges)).where(students.c.id == bindparam("id"))


def list_students(
    actor: Actor,
    *,
    q: str | None = None,
    college: str | None = None,
    branch: str | None = None,
    batch_year: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Student]:
    """Students in the order they came in; those of test colleges are left out.

    `q` is how the roll number or a word of the name begins, capitals or not. Raises forbidden, not-found for an unknown
    college, invalid-input for a bad limit or cursor.
    """
    inside = access.students_in_sight(actor, "student.read")
    check_limit(limit)
    after = id_cursor(cursor)
    wanted = _every_student().where(inside).order_by(students.c.id).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(students.c.id > after)
    with transaction(read_only=True) as tx:
        wanted = wanted.where(*matching(tx, q=q, college=college, branch=branch, batch_year=batch_year))
        return page([_student(row) for row in tx.execute(wanted)], limit, lambda student: student.id)


def matching(
    tx: Connection,
    *,
    q: str | None = None,
    college: str | None = None,
    branch: str | None = None,
    batch_year: int | None = None,
) -> list[ColumnElement[bool]]:
    """What is true of the students that a list's filters leave. Raises not-found for an unknown college."""
    found = [~colleges.c.is_test]
    if q is not None:
        start = func.lower(" ".join(_plain(q).split()))
        name = " " + func.lower(students.c.name)
        found.append(
            func.starts_with(func.lower(students.c.roll_no), start) | (func.strpos(name, " " + start) > 0)
        )
    if college is not None:
        found.append(students.c.college_id == college_id(tx, college))
    if branch is not None:
        found.append(students.c.branch == _plain(branch))
    if batch_year is not None:
        found.append(students.c.batch_year == literal(batch_year, BigInteger))
    return found


def show_student(actor: Actor, roll_no: str, college: str | None = None) -> Student:
    """The student with this roll number; errors as in `find_student`."""
    with transaction(read_only=True) as tx:
        return find_student(tx, roll_no, college, access.students_in_sight(actor, "student.read"))


def find_student(tx: Connection, roll_no: str, college: str | None, inside: ColumnElement[bool]) -> Student:
    """The student with this roll number among those `inside`: in this college, else in the only one that has it.

    `COLLEGE:ROLL_NO` names both at once. Students of test colleges are found only when the college is named.
    Raises not-found, and ambiguous (with the colleges' codes in its details) when several colleges know the roll
    number.
    """
    real = ~colleges.c.is_test
    found = _with_roll_no(
        tx, roll_no, inside & (real if college is None else students.c.college_id == college_id(tx, college))
    )
    if not found and ":" in roll_no:
        code, rest = roll_no.split(":", 1)
        same_code = func.lower(colleges.c.code) == func.lower(_plain(code).strip())
        found = _with_roll_no(tx, rest, inside & same_code)
        found = [student for student in found if student.college == code.strip()] or found
    if not found:
        where = f" in college {college}" if college else ""
        raise PlaceopsError(
            "not-found",
            f"no student has roll number {roll_no!r}{where}",
            "check the spelling, capitals too; who there is: placeops student list",
        )
    if len(found) > 1:
        codes = [student.college for student in found]
        raise PlaceopsError(
            "ambiguous",
            f"roll number {roll_no!r} exists in several colleges: {', '.join(codes)}",
            f"name the college: {codes[0]}:{roll_no}, or `college` {codes[0]}",
            field="/college",
            details={"colleges": codes},
        )
    return found[0]


def own_student(tx: Connection, actor: Actor) -> Student:
    """The actor's own row. Raises invalid-input for who is no student, not-found when the row is gone."""
    if actor.student_id is None:
        raise PlaceopsError(
            "invalid-input", "the student is missing", "give a roll number as `student`", field="/student"
        )
    row = tx.execute(_BY_ID, {"id": actor.student_id}).one_or_none()
    if row is None:
        raise PlaceopsError("not-found", "there is no such student any more", "ask the placement office")
    return _student(row)


def _with_roll_no(tx: Connection, roll_no: str, where: ColumnElement[bool]) -> list[Student]:
    same = students.c.roll_no == _plain(roll_no).strip()
    wanted = _every_student().where(same, where).order_by(colleges.c.code).limit(20)
    return [_student(row) for row in tx.execute(wanted)]


def typed(student: Student) -> str:
    """The student as the word of a command line that fits nobody else: `COLLEGE:ROLL_NO`."""
    return shlex.quote(student.ref)


def college_id(tx: Connection, code: str) -> int:
    """The id of the college with this code, in any spelling of its letters unless one fits exactly.

    Raises not-found with the known codes.
    """
    plain = _plain(code).strip()
    exact_first = (colleges.c.code == plain).desc()
    match = (
        select(colleges.c.id).where(func.lower(colleges.c.code) == func.lower(plain)).order_by(exact_first)
    )
    found: int | None = tx.scalars(match.limit(1)).first()
    if found is not None:
        return found
    known = tx.scalars(
        select(colleges.c.code).where(~colleges.c.is_test).order_by(colleges.c.code).limit(11)
    ).all()
    listed = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    fix = f"known colleges: {listed}" if known else "import a roster first: placeops student import FILE"
    raise PlaceopsError("not-found", f"no college has the code {code!r}", fix, field="/college")


def _every_student() -> Select[Any]:
    return select(*_COLUMNS).select_from(students.join(colleges))


def _student(row: Row[Any]) -> Student:
    return Student(**dict(zip(_NAMES, row, strict=True)))


def _plain(text: str) -> str:
    # PostgreSQL text cannot hold NUL: such a value equals nothing that is stored.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
