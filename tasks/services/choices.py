"""What the students in sight are made of: the colleges, branches, programmes and batches that a form may offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, func, select, tuple_

from sql.engine import transaction
from sql.tables import colleges, students
from tasks.actor import Actor
from tasks.permissions import Grant
from tasks.services import access


@dataclass(frozen=True, slots=True)
class CollegeChoice:
    """A college, and how many of its students are in sight."""

    code: str
    name: str
    time_zone: str
    students: int


@dataclass(frozen=True, slots=True)
class WordChoice:
    """A branch or a programme as the roster writes it, and how many students have it."""

    name: str
    students: int


@dataclass(frozen=True, slots=True)
class BatchChoice:
    """A year of passing out, and how many students it has."""

    year: int
    students: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that occurs, by name; batches by year. Who has no branch (or programme, or batch) is in none."""

    colleges: list[CollegeChoice]
    branches: list[WordChoice]
    programmes: list[WordChoice]
    batch_years: list[BatchChoice]


def student_choices(actor: Actor) -> Choices:
    """What occurs among the students whom the actor may read; test colleges are left out.

    Who may read all of them is offered colleges without students too. Raises forbidden.
    """
    everything = access.require(actor, "student.read") is Grant.ALL
    inside = access.students_in_sight(actor, "student.read")
    columns: list[Column[Any]] = [
        students.c[name] for name in ("college_id", "branch", "programme", "batch_year")
    ]
    shown: list[Any] = [*columns, func.grouping(*columns).label("kind"), func.count().label("students")]
    counted = (
        select(*shown)
        .select_from(students.join(colleges))
        .where(~colleges.c.is_test, inside)
        .group_by(func.grouping_sets(*(tuple_(column) for column in columns)))
    )
    named = select(*(colleges.c[name] for name in ("id", "code", "name", "time_zone"))).where(
        ~colleges.c.is_test
    )
    with transaction(read_only=True) as tx:
        rows: Sequence[Row[Any]] = tx.execute(counted).all()
        known = tx.execute(named.order_by(colleges.c.code)).all()
    found = {name: _of(rows, place, name) for place, name in enumerate(column.name for column in columns)}
    of_college = found["college_id"]
    return Choices(
        colleges=[
            CollegeChoice(one.code, one.name, one.time_zone, of_college.get(one.id, 0))
            for one in known
            if everything or one.id in of_college
        ],
        branches=[WordChoice(*one) for one in sorted(found["branch"].items())],
        programmes=[WordChoice(*one) for one in sorted(found["programme"].items())],
        batch_years=[BatchChoice(*one) for one in sorted(found["batch_year"].items())],
    )


def _of(rows: Sequence[Row[Any]], place: int, name: str) -> dict[Any, int]:
    """The values of one column with their counts: GROUPING has the bits of all the others."""
    kind = 0b1111 & ~(0b1000 >> place)
    return {
        getattr(row, name): row.students
        for row in rows
        if row.kind == kind and getattr(row, name) is not None
    }
