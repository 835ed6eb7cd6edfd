"""Roster import: a college's list of students becomes new and changed students, or nothing at all.

An empty cell and a missing column leave what is stored: a roster sent to correct phone numbers must not wipe
marks. To forget a value the file has to say so, with `N/A`, `-` or the like; the report counts both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
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
    which header each field was read from, `new_colleges` the codes that were created. `plan` names what a dry run
    found, the file and what would come of it, so that an import can be held to it.
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
    plan: str | None


def import_roster(
    actor: Actor,
    stream: BinaryIO,
    *,
    college: str | None = None,
    mapping: Mapping[str, str] = MappingProxyType({}),
    on_error: Literal["skip", "abort"] = "skip",
    dry_run: bool = False,
    plan: str | None = None,
) -> RosterReport:
    """Read a roster and bring the students in line with it, in one transaction.

    A student belongs to the college that the row names by its code, else to `college`, else to the only one
    there is; where there is none at all, the named ones are created. `mapping` (field -> header) names
    columns that are not recognised. `on_error`: "skip" imports the good rows, "abort" none if one is bad. With the
    `plan` of a dry run nothing else than that is done.

    Raises forbidden, file-unreadable, roster-rejected (with the problems in its details), invalid-input, not-found for
    an unknown `college`, plan-changed when the file or what would come of it is not what was planned, and locked while
    another import runs.
    """
    access.require(actor, "student.import")
    roster = open_roster(stream)
    columns = match_columns(roster.header, mapping)
    digest = _digest(roster.stream) if dry_run or plan is not None else ""
    if plan is not None and plan.partition("-")[0] != digest:
        raise PlaceopsError("plan-changed", "this is not the file that was planned")
    with transaction() as tx:
        if not tx.scalar(query("roster", "try_lock")):
            raise PlaceopsError("locked", "another roster is being imported", "try again when it is done")
        tx.execute(query("roster", "give_room"))
        staging = _stage(tx, roster, columns, college)
        _reject_duplicates(tx, staging)
        if on_error == "abort" and staging.problems.rejected:
            raise _rejected(staging)
        new_colleges = _found_colleges(tx)
        new, changed = _plan(tx)
        counts = _counts(staging, new, changed)
        found = _named(tx, digest, counts) if digest else None
        if plan is not None and plan != found:
            raise PlaceopsError("plan-changed", "the students have changed since this was planned")
        if not dry_run:
            _apply(tx, new, changed)
        if dry_run:
            tx.rollback()
        elif new or changed:
            audit.record(tx, actor, "students.imported", "roster", college or "all", after=counts)
    return RosterReport(
        rows=staging.rows + staging.problems.rejected,
        **counts,
        problems=staging.problems.kept,
        notes=staging.notes(),
        columns=columns.header,
        ignored_columns=columns.ignored,
        new_colleges=new_colleges,
        encoding=roster.encoding,
        delimiter=roster.delimiter,
        dry_run=dry_run,
        plan=found,
    )


def mapping_of(words: Sequence[str]) -> dict[str, str]:
    """Which column each field is, from words like `cgpa=CPI (out of 10)`. Raises invalid-input."""
    pairs = [word.partition("=") for word in words]
    for (field, equals, _), word in zip(pairs, words, strict=True):
        if not (field.strip() and equals):
            raise PlaceopsError(
                "invalid-input",
                f"`map` {shown(word)!r} is not FIELD=HEADER",
                "write it like cgpa=CPI",
                field="/map",
            )
    return {field.strip(): header.strip() for field, _, header in pairs}


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


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(1 << 18):
        digest.update(block)
    return digest.hexdigest()


def _plan(tx: Connection) -> tuple[int, int]:
    """Find out who is new and who changes, and how many that are."""
    tx.execute(query("roster", "plan"))
    planned = tx.execute(query("roster", "count_plan")).one()
    return planned.new, planned.changed


def _counts(staging: Staging, new: int, changed: int) -> dict[str, int]:
    unchanged = staging.rows - new - changed
    return {"new": new, "changed": changed, "unchanged": unchanged, "rejected": staging.problems.rejected}


def _named(tx: Connection, digest: str, counts: Mapping[str, int]) -> str:
    """What names the plan: the file's digest, and one of all that would be written."""
    outcome = f"{dict(counts)} {tx.scalar(query('roster', 'fingerprint'))}"
    return f"{digest}-{hashlib.sha256(outcome.encode()).hexdigest()[:16]}"


def _apply(tx: Connection, new: int, changed: int) -> None:
    """Carry the plan out; a table that it leaves alone is not touched, so that no view grows stale."""
    if new:
        tx.execute(query("roster", "add_students"))
    if changed:
        tx.execute(query("roster", "change_students"))


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
