"""The roster as a file: what `roster.import_roster` reads back without a change."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from psycopg import sql
from sqlalchemy import Select, case, select, text

from sql.copying import composed, copied_rows
from sql.engine import driver_connection, transaction
from sql.tables import colleges, students
from tasks.actor import Actor
from tasks.roster.staging import STAGED
from tasks.services import access, audit
from tasks.services.students import matching

_BLOCK_ROWS = 500
_PATIENCE = text("SELECT set_config('statement_timeout', '15min', true)")


@dataclass(frozen=True, slots=True)
class RosterExport:
    """What was written: students, bytes, and the digest of the bytes."""

    rows: int
    bytes: int
    sha256: str


def export_roster(
    actor: Actor,
    file: BinaryIO,
    *,
    q: str | None = None,
    college: str | None = None,
    branch: str | None = None,
    batch_year: int | None = None,
) -> RosterExport:
    """Write the students in sight to `file` as CSV, from one snapshot, in constant memory.

    UTF-8 without a mark, exact values, a header of the fields' names, an empty cell for unknown, in the order of
    college code and roll number by code points. Filters as in `list_students`.

    Raises forbidden, not-found for the college.
    """
    inside = access.students_in_sight(actor, "student.read")
    named = {"q": q, "college": college, "branch": branch, "batch_year": batch_year}
    asked: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    with transaction(snapshot=True) as tx:
        tx.execute(_PATIENCE)
        wanted = _every_row().where(inside, *matching(tx, **asked))
        copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')").format(
            composed(tx, wanted)
        )
        digest, count, size = hashlib.sha256(), -1, 0  # the header is no row
        with closing(copied_rows(driver_connection(tx), copy)) as rows:
            while block := list(islice(rows, _BLOCK_ROWS)):
                data = b"".join(block)
                digest.update(data)
                size += file.write(data)
                count += len(block)
        done = RosterExport(count, size, digest.hexdigest())
        after = {"rows": count, "sha256": done.sha256, "filters": asked}
        audit.record(tx, actor, "students.exported", "roster", college or "all", after=after)
    return done


def _every_row() -> Select[Any]:
    columns = [
        colleges.c.code.label(name)
        if name == "college"
        else case((students.c[name], "yes"), else_="no").label(name)
        if name in ("placed", "debarred")
        else students.c[name]
        for name in STAGED
    ]
    in_order = colleges.c.code.collate("C"), students.c.roll_no.collate("C")
    return select(*columns).select_from(students.join(colleges)).order_by(*in_order)
