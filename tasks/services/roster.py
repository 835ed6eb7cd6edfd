"""Roster import: a college's list of students becomes new and changed students, or nothing at all.

An empty cell and a missing column leave what is stored: a roster sent to correct phone numbers must not wipe
marks. To forget a value the file has to say so, with `N/A`, `-` or the like; the report counts both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import BinaryIO, Literal

from sqlalchemy import Connection, insert

from sql.engine import driver_connection, transaction
from sql.queries import query, source
from sql.tables import colleges
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.roster.cleaning import college_cleaner, field_cleaners
from tasks.roster.columns import Columns, match_columns
from tasks.roster.problems import KEPT, Bad, Problem, Problems, shown
from tasks.roster.reading import RosterFile, open_roster
from tasks.roster.staging import Note, Staging
from tasks.services import access, audit
from tasks.settings import settings


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import did, or with `dry_run` would do.

    `rows` = new + changed + unchanged + rejected. `problems` holds the first 1,000, by line; `columns` says
    which header each field was read from, `new_colleges` the codes that were created.
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    problems: list[Problem]
    notes: list[Note]
    columns: Mapping[str, str]
    ignored_columns: list[str]
    new_colleges: list[str]
    encoding: str
    delimiter: str
    dry_run: bool


def import_roster(
    actor: Actor,
    stream: BinaryIO,
    *,
    college: str | None = None,
    mapping: Mapping[str, str] = MappingProxyType({}),
    on_error: Literal["skip", "abort"] = "skip",
    dry_run: bool = False,
) -> RosterReport:
    """Read a roster and bring the students in line with it, in one transaction.

    A student belongs to the college that the row names by its code, else to `college`, else to the only one
    there is; where there is none at all, the named ones are created. `mapping` (field -> header) names
    columns that are not recognised. `on_error`: "skip" imports the good rows, "abort" none if one is bad.

    Raises forbidden, file-unreadable, roster-rejected (with the problems in its details), invalid-input, not-found for
    an unknown `college`, and locked while another import runs.
    """
    access.require(actor, "student.import")
    roster = open_roster(stream)
    columns = match_columns(roster.header, mapping)
    with transaction() as tx:
        if not tx.scalar(query("roster", "try_lock")):
            raise PlaceopsError("locked", "another roster is being imported", "try again when it is done")
        tx.execute(query("roster", "give_room"))
        staging = _stage(tx, roster, columns, college)
        _reject_duplicates(tx, staging)
        if on_error == "abort" and staging.problems.rejected:
            raise _rejected(staging)
        new_colleges = _found_colleges(tx)
        new, changed = _apply(tx)
        report = RosterReport(
            rows=staging.rows + staging.problems.rejected,
            new=new,
            changed=changed,
            unchanged=staging.rows - new - changed,
            rejected=staging.problems.rejected,
            problems=staging.problems.kept,
            notes=staging.notes(),
            columns=columns.header,
            ignored_columns=columns.ignored,
            new_colleges=new_colleges,
            encoding=roster.encoding,
            delimiter=roster.delimiter,
            dry_run=dry_run,
        )
        if dry_run:
            tx.rollback()
        elif new or changed:
            counts = {
                "new": new,
                "changed": changed,
                "unchanged": report.unchanged,
                "rejected": report.rejected,
            }
            audit.record(tx, actor, "students.imported", "roster", college or "all", after=counts)
    return report


def _stage(tx: Connection, roster: RosterFile, columns: Columns, named: str | None) -> Staging:
    stored = tx.execute(query("roster", "known_colleges")).all()
    real = [row.code for row in stored if row.is_real]
    known = [row.code for row in stored]
    default = _default_college(known, real, named, in_file="college" in columns.index)
    cleaners = field_cleaners() | {
        "college": college_cleaner(known, default, _listed(real), founding=not real)
    }
    staging = Staging(columns, cleaners, default or "", Problems())
    tx.execute(query("roster", "create_lines"))
    with driver_connection(tx).cursor() as cursor, cursor.copy(source("roster", "copy_lines")) as copy:
        for block in roster.blocks(staging.problems):
            copy.write(staging.copy_text(block))
    if not staging.rows + staging.problems.rejected:
        raise PlaceopsError(
            "roster-rejected",
            "the file has a header and no students",
            "export the roster again with its students in it",
        )
    return staging


def _default_college(known: list[str], real: list[str], named: str | None, *, in_file: bool) -> str | None:
    """The college of rows that name none; None when every row has to."""
    if named is not None:
        return _named_college(known, real, named)
    if len(real) == 1:
        return str(real[0])
    if in_file:
        return None
    if not real:
        message, fix = (
            "there is no college yet",
            "name it as `college`, such as ENG: it will be created",
        )
    else:
        message, fix = (
            "the roster does not say which college it is of",
            f"name it as `college`: {_listed(real)}",
        )
    raise PlaceopsError("invalid-input", message, fix, field="/college")


def _named_college(known: list[str], real: list[str], named: str) -> str:
    try:
        return college_cleaner(known, None, "", founding=not real)(named)
    except Bad:
        fix = f"known colleges: {_listed(real)}" if real else "a code is a short word, such as ENG"
        raise PlaceopsError(
            "not-found", f"no college has the code {shown(named)!r}", fix, field="/college"
        ) from None


def _reject_duplicates(tx: Connection, staging: Staging) -> None:
    doubled = tx.execute(query("roster", "remove_duplicates"), {"kept": KEPT}).all()
    if not doubled:
        return
    total = doubled[0].total
    staging.rows -= total
    column = staging.columns.header["roll_no"]
    staging.problems.reject(
        total,
        [
            Problem(
                row.line, column, shown(row.roll_no), f"the roll number is already on line {row.first_line}"
            )
            for row in doubled
        ],
    )


def _found_colleges(tx: Connection) -> list[str]:
    codes = [str(code) for code in tx.scalars(query("roster", "new_colleges"))]
    if codes:
        zone = settings().time_zone
        tx.execute(insert(colleges), [{"code": code, "name": code, "time_zone": zone} for code in codes])
    return codes


def _apply(tx: Connection) -> tuple[int, int]:
    """Plan and carry out; a table that the plan leaves alone is not touched, so that no view grows stale."""
    tx.execute(query("roster", "plan"))
    planned = tx.execute(query("roster", "count_plan")).one()
    if planned.new:
        tx.execute(query("roster", "add_students"))
    if planned.changed:
        tx.execute(query("roster", "change_students"))
    return planned.new, planned.changed


def _rejected(staging: Staging) -> PlaceopsError:
    problems = staging.problems
    rows = staging.rows + problems.rejected
    first = problems.kept[0]
    where = f"line {first.line}" + (f", {first.column}" if first.column else "")
    return PlaceopsError(
        "roster-rejected",
        f"{problems.rejected} of {rows} rows are bad and nothing was imported ({where}: {first.reason})",
        "correct these rows, or import the others: `on_error` skip",
        details={
            "rows": rows,
            "rejected": problems.rejected,
            "problems": [asdict(each) for each in problems.kept],
        },
    )


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[:10]) + (", …" if len(codes) > 10 else "")
