"""Drives: create, look up, list."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from sql.engine import transaction
from sql.queries import query
from sql.tables import DRIVE_STATUSES, drive_criteria, placement_drives
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.lifecycle import MOVES
from tasks.services import access, audit
from tasks.services.criteria import (
    Criteria,
    check_criteria,
    college_ids,
    invalid,
    load_criteria,
    unknown_names,
)
from tasks.services.jobs import Job, read_job
from tasks.services.paging import Page, check_limit, id_cursor, page

CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")
BIGGEST_ID = 2**31 - 1
MOST_RUPEES = 10**12


@dataclass(frozen=True, slots=True)
class NewDrive:
    """What it takes to create a drive; money in whole rupees a year. Without a code one is made from the company."""

    company: str
    title: str
    code: str | None = None
    ctc_min: int | None = None
    ctc_max: int | None = None
    reg_opens_at: datetime | None = None
    reg_closes_at: datetime | None = None
    drive_date: date | None = None
    auto_calc: bool = False
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class SelectionState:
    """Who may register: `none` asked for yet, `pending` in a job, `applied`, or `failed`/`cancelled` with that job.

    `selected` counts the applied selection, which readers see until the next one is applied as a whole.
    """

    state: str
    selected: int
    number: int | None
    job_id: int | None


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive. `registration` follows the database's clock: not_open, open, closed, or the status that stops it."""

    id: int
    code: str
    company: str
    title: str
    status: str
    registration: str
    ctc_min: int | None
    ctc_max: int | None
    reg_opens_at: datetime | None
    reg_closes_at: datetime | None
    drive_date: date | None
    auto_calc: bool
    auto_published: bool
    criteria_version: int
    eligibility_computed_at: datetime | None
    published_at: datetime | None
    published_by: str | None
    paused_reason: str | None
    cancelled_reason: str | None
    note: str | None
    selection: SelectionState
    registered: int
    allowed_moves: list[str]
    row_version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DriveDetails:
    """A drive with its current criteria."""

    drive: Drive
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class Created:
    """A new drive, the job that computes its eligibility when `auto_calc` was asked for, and what looks like a slip."""

    drive: Drive
    job: Job | None
    warnings: list[str]


_COPIED = [field.name for field in fields(Drive) if field.name in placement_drives.c]


def _selection(row: RowMapping) -> SelectionState:
    if row["request_number"] is None:
        state = "applied" if row["ever_applied"] else "none"
    elif row["applied_at"] is not None:
        state = "applied"
    else:
        job_state = row["request_job_state"] or "cancelled"
        state = job_state if job_state in ("failed", "cancelled") else "pending"
    return SelectionState(state, row["selected"], row["request_number"], row["request_job"])


def _registration(row: RowMapping) -> str:
    if row["status"] != "posted":
        return str(row["status"])
    if row["now"] < row["reg_opens_at"]:
        return "not_open"
    return "open" if row["now"] < row["reg_closes_at"] else "closed"


def _drive(row: RowMapping) -> Drive:
    copied = {name: row[name] for name in _COPIED}
    return Drive(
        **copied,
        registration=_registration(row),
        selection=_selection(row),
        registered=row["registered"],
        allowed_moves=list(MOVES.get(row["status"], ())),
    )


def load_drive(tx: Connection, drive_id: int) -> Drive:
    """A drive as it stands in this transaction."""
    values = {"id": drive_id, "status": None, "before": None, "limit": 1, "seen": None}
    return _drive(tx.execute(query("drives", "drives"), values).mappings().one())


def list_drives(
    actor: Actor, *, status: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Drive]:
    """Drives, newest first. Raises invalid-input for an unknown status."""
    check_limit(limit)
    if status is not None and status not in DRIVE_STATUSES:
        raise PlaceopsError(
            "invalid-input",
            f"no such status: {status!r}",
            f"one of {', '.join(DRIVE_STATUSES)}",
            field="/status",
        )
    values: dict[str, object] = {
        "id": None,
        "status": status,
        "before": id_cursor(cursor),
        "limit": limit + 1,
    }
    with transaction(read_only=True) as tx:
        values["seen"] = access.drives_in_sight(tx, actor, "drive.read")
        found = [_drive(row) for row in tx.execute(query("drives", "drives"), values).mappings()]
    return page(found, limit, lambda drive: drive.id)


def show_drive(actor: Actor, ref: str) -> DriveDetails:
    """One drive with its criteria. Raises not-found."""
    with transaction(read_only=True) as tx:
        drive = load_drive(tx, access.drive_in_sight(tx, actor, ref, "drive.read").id)
        return DriveDetails(drive, load_criteria(tx, drive.id, drive.criteria_version))


def create_drive(actor: Actor, new: NewDrive, criteria: Criteria) -> Created:
    """Create a draft. With `auto_calc` its eligibility is computed by a job, whose completion publishes it.

    Raises forbidden (for a coordinator also when the criteria admit students outside of the scope), invalid-input
    (naming the field), duplicate when the code is taken, queue-draining with `auto_calc`.
    """
    access.require(actor, "drive.write")
    _check(new)
    rules = check_criteria(criteria)
    job_id = None
    with transaction() as tx:
        if new.auto_calc:
            _check_closes_later(tx, new)
        drive_id = _insert(tx, actor, new)
        tx.execute(
            insert(drive_criteria).values(
                drive_id=drive_id,
                version=1,
                created_by=actor.name,
                college_in=college_ids(tx, criteria),
                **rules,
            )
        )
        access.drive_in_sight(tx, actor, str(drive_id), "drive.write")
        if new.auto_calc:
            payload = {"drive": drive_id, "criteria_version": 1, "publish": True}
            job_id = ledger.enqueue(
                tx,
                "eligibility-filter",
                payload,
                created_by=actor.name,
                request_id=actor.request_id,
                drive_id=drive_id,
            )
        after = {"company": new.company, "title": new.title, "auto_calc": new.auto_calc}
        audit.record(tx, actor, "drive.create", "drive", drive_id, after=after)
        warnings = [] if new.is_test else unknown_names(tx, criteria)
    with transaction(read_only=True) as tx:
        drive = load_drive(tx, drive_id)
    return Created(drive, None if job_id is None else read_job(job_id), warnings)


def _insert(tx: Connection, actor: Actor, new: NewDrive) -> int:
    values = asdict(new) | {
        "created_by": actor.name,
        "company": new.company.strip(),
        "title": new.title.strip(),
    }
    for number in range(1, 1000):
        code = new.code or f"{_slug(new.company)}-{number}"
        statement = pg_insert(placement_drives).values(values | {"code": code}).on_conflict_do_nothing()
        found = tx.scalar(statement.returning(placement_drives.c.id))
        if found is not None:
            return int(found)
        if new.code:
            break
    raise PlaceopsError(
        "duplicate", f"a drive with the code {code} exists already", "choose another `code`", field="/code"
    )


def _slug(company: str) -> str:
    plain = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").upper()[:24].strip("-")
    return word if word[:1].isalpha() else f"DRIVE-{word}".strip("-")


def _check(new: NewDrive) -> None:
    for name in ("company", "title"):
        value = getattr(new, name)
        if not value.strip() or "\0" in value or len(value) > 300:
            raise invalid(name, f"`{name}` must be 1 to 300 characters", f"give the {name} in a few words")
    if new.code is not None and not CODE.fullmatch(new.code):
        raise invalid(
            "code",
            f"{new.code!r} cannot be a `code`",
            "take a letter, then up to 39 letters, digits, dots, dashes or underscores",
        )
    for name in ("ctc_min", "ctc_max"):
        value = getattr(new, name)
        if value is not None and not 0 <= value <= MOST_RUPEES:
            raise invalid(
                name,
                f"`{name}` must be 0 to {MOST_RUPEES} rupees a year, not {value}",
                "give whole rupees a year, such as 650000",
            )
    if new.ctc_min is not None and new.ctc_max is not None and new.ctc_min > new.ctc_max:
        raise invalid(
            "ctc_min",
            f"`ctc_min` {new.ctc_min} is above `ctc_max` {new.ctc_max}",
            "swap them, or leave one out",
        )
    for name in ("reg_opens_at", "reg_closes_at"):
        value = getattr(new, name)
        if value is not None and (value.tzinfo is None or not 1970 < value.year < 2200):
            raise invalid(
                name,
                f"`{name}` needs a time zone and a year between 1971 and 2199",
                "write it like 2026-12-01T17:00:00+05:30",
            )
    if new.reg_opens_at and new.reg_closes_at and new.reg_opens_at >= new.reg_closes_at:
        raise invalid(
            "reg_closes_at",
            "registration would close before it opens",
            "give a `reg_closes_at` that lies after `reg_opens_at`",
        )


def _check_closes_later(tx: Connection, new: NewDrive) -> None:
    now = tx.execute(select(func.clock_timestamp())).scalar_one()
    if new.reg_closes_at is None or new.reg_closes_at <= now:
        raise invalid(
            "reg_closes_at",
            "a drive that publishes by itself needs a close of registration in the future",
            "give it as `reg_closes_at`",
        )
