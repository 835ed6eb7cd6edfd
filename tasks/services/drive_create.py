"""Drives come into being: as drafts, from scratch or as copies of others."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from sql.engine import transaction
from sql.tables import drive_criteria, placement_drives
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.services import access, audit
from tasks.services.criteria import Criteria, check_criteria, college_ids, invalid, unknown_names
from tasks.services.drives import Drive, load_drive
from tasks.services.jobs import Job, read_job
from tasks.services.repeats import once

CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")
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
class Created:
    """A new drive, the job that computes its eligibility when `auto_calc` was asked for, and what looks like a slip."""

    drive: Drive
    job: Job | None
    warnings: list[str]


def create_drive(actor: Actor, new: NewDrive, criteria: Criteria) -> Created:
    """Create a draft. With `auto_calc` its eligibility is computed by a job, whose completion publishes it.

    Raises forbidden (for a coordinator also when the criteria admit students outside of the scope), invalid-input
    (naming the field), duplicate when the code is taken, queue-draining with `auto_calc`.
    """
    access.require(actor, "drive.write")
    check_drive(new)
    check_criteria(criteria)
    with transaction() as tx:
        repeat = once(tx, actor)
        if repeat.result is None:
            drive_id, job_id = _create(tx, actor, new, criteria)
            repeat.remember({"drive": drive_id, "job": job_id})
        else:
            drive_id, job_id = repeat.result["drive"], repeat.result["job"]
        warnings = [] if new.is_test else unknown_names(tx, criteria)
    with transaction(read_only=True) as tx:
        drive = load_drive(tx, drive_id)
    return Created(drive, None if job_id is None else read_job(job_id), warnings)


def _create(tx: Connection, actor: Actor, new: NewDrive, criteria: Criteria) -> tuple[int, int | None]:
    """Ids of the drive and of the job that computes its eligibility."""
    if new.auto_calc:
        _check_closes_later(tx, new)
    drive_id = _insert(tx, actor, new)
    insert_criteria(tx, actor, drive_id, 1, criteria)
    access.require_within(tx, actor, drive_id)
    job_id = compute_and_publish(tx, actor, drive_id, 1) if new.auto_calc else None
    after = {"company": new.company, "title": new.title, "auto_calc": new.auto_calc}
    audit.record(tx, actor, "drive.create", "drive", drive_id, after=after)
    return drive_id, job_id


def insert_criteria(tx: Connection, actor: Actor, drive_id: int, version: int, criteria: Criteria) -> None:
    """Add a version of a drive's criteria. Raises invalid-input naming the rule."""
    rules = check_criteria(criteria) | {"college_in": college_ids(tx, criteria)}
    values = {"drive_id": drive_id, "version": version, "created_by": actor.name}
    tx.execute(insert(drive_criteria).values(values | rules))


def compute_and_publish(tx: Connection, actor: Actor, drive_id: int, version: int) -> int:
    """Have the eligibility of a draft computed for a version of its criteria, and published; the job's id."""
    return ledger.enqueue(
        tx,
        "eligibility-filter",
        {"drive": drive_id, "criteria_version": version, "publish": True},
        created_by=actor.name,
        request_id=actor.request_id,
        drive_id=drive_id,
    )


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
    raise taken(code)


def taken(code: str) -> PlaceopsError:
    """The error for a code that another drive has."""
    return PlaceopsError(
        "duplicate", f"a drive with the code {code} exists already", "choose another `code`", field="/code"
    )


def _slug(company: str) -> str:
    plain = unicodedata.normalize("NFKD", company).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").upper()[:24].strip("-")
    return word if word[:1].isalpha() else f"DRIVE-{word}".strip("-")


def check_drive(new: NewDrive) -> None:
    """Raises invalid-input naming the first field that no drive can have."""
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
