"""Changing what a drive says: members that are given replace what stood there, what is absent stays.

Criteria are never changed in place: a change is their next version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.exc import IntegrityError

from sql.engine import constraint_of, transaction
from sql.tables import drive_criteria
from tasks.actor import Actor
from tasks.jobs.publishing import lock_publish
from tasks.lifecycle import require_changeable
from tasks.services import access, audit
from tasks.services.criteria import Criteria, invalid, load_criteria, unknown_names
from tasks.services.drive_create import (
    Created,
    NewDrive,
    check_drive,
    compute_and_publish,
    create_drive,
    insert_criteria,
    taken,
)
from tasks.services.drive_moves import jsonable, take_drive, write_drive
from tasks.services.drives import Drive, load_drive
from tasks.services.jobs import Job, read_job
from tasks.services.versions import require_version


class CriteriaChanges(TypedDict, total=False):
    """Rules to change; None takes a rule back to what it is in a drive that says nothing of it."""

    cgpa_min: Decimal | None
    tenth_min: Decimal | None
    twelfth_or_diploma_min: Decimal | None
    active_backlogs_max: int | None
    total_backlogs_max: int | None
    branches: tuple[str, ...] | None
    programmes: tuple[str, ...] | None
    batch_years: tuple[int, ...] | None
    colleges: tuple[str, ...] | None
    genders: tuple[str, ...] | None
    gender_purpose: str | None
    not_debarred: bool | None
    not_placed: bool | None
    placed_ctc_multiple: Decimal | None
    on_missing: str | None


class DriveChanges(TypedDict, total=False):
    """Fields to change; None is unknown. `criteria` None takes every rule back."""

    company: str
    title: str
    code: str
    ctc_min: int | None
    ctc_max: int | None
    reg_opens_at: datetime | None
    reg_closes_at: datetime | None
    drive_date: date | None
    note: str | None
    criteria: CriteriaChanges | None


@dataclass(frozen=True, slots=True)
class Updated:
    """The drive as it is now, its criteria, the job that computes who is eligible (only for a draft that publishes by
    itself, when who may register has changed), and what looks like a slip."""

    drive: Drive
    criteria: Criteria
    job: Job | None
    warnings: list[str]


MOST_NOTE = 1000
_COPIED = ("company", "title", "ctc_min", "ctc_max")
_NEW = {field.name for field in fields(NewDrive)}


def update_drive(
    actor: Actor, ref: str, changes: DriveChanges, *, versions: Collection[int] | None = None
) -> Updated:
    """Change a drive, as far as its status allows (`lifecycle.CHANGEABLE`); nothing new changes nothing.

    `versions`: only while the drive's `row_version` is among these. Raises forbidden (also when the criteria would
    admit students outside of the scope), not-found, precondition-failed, drive-state, invalid-input, duplicate,
    queue-draining.
    """
    with transaction() as tx:
        # A publish judges its list by the criteria before it has the drive to itself.
        lock_publish(tx, access.drive_in_sight(tx, actor, ref, "drive.write").id)
        row = take_drive(tx, actor, ref)
        code = row["code"]
        require_version(f"drive {code}", row["row_version"], versions, f"placeops drive show {code}")
        criteria = load_criteria(tx, row["id"], row["criteria_version"])
        wanted = merged(criteria, changes["criteria"]) if "criteria" in changes else criteria
        values = {name: value for name, value in _columns(changes).items() if row[name] != value}
        touched = [*values, *(["criteria"] if wanted != criteria else [])]
        job_id = None
        if touched:
            require_changeable(row["code"], row["status"], touched)
            job_id = _write(tx, actor, row, values, criteria, wanted)
        updated = load_drive(tx, row["id"])
        warnings = [] if row["is_test"] or wanted == criteria else unknown_names(tx, wanted)
    return Updated(updated, wanted, None if job_id is None else read_job(job_id), warnings)


def copy_drive(actor: Actor, ref: str, changes: DriveChanges, *, auto_calc: bool = False) -> Created:
    """Create a draft with another drive's company, title, pay and rules, but for the changes.

    Code, dates, window and note are not copied. Raises as `create_drive`, and not-found.
    """
    access.require(actor, "drive.write")
    with transaction(read_only=True) as tx:
        row = access.drive_in_sight(tx, actor, ref, "drive.read").row
        criteria = load_criteria(tx, row["id"], row["criteria_version"])
    given = {name: row[name] for name in _COPIED} | _columns(changes)
    new = NewDrive(**{name: value for name, value in given.items() if name in _NEW}, auto_calc=auto_calc)
    return create_drive(
        actor, new, merged(criteria, changes["criteria"]) if "criteria" in changes else criteria
    )


def merged(criteria: Criteria, changes: CriteriaChanges | None) -> Criteria:
    """The criteria with the changes over them."""
    untold = asdict(Criteria())
    if changes is None:
        return Criteria()
    given: Mapping[str, Any] = changes
    return replace(
        criteria, **{name: untold[name] if value is None else value for name, value in given.items()}
    )


def _columns(changes: DriveChanges) -> dict[str, Any]:
    """The fields that are columns, as they are stored."""
    given: Mapping[str, Any] = changes
    columns = {name: value for name, value in given.items() if name != "criteria"}
    for name in ("company", "title", "note"):
        if isinstance(columns.get(name), str):
            columns[name] = columns[name].strip()
    if columns.get("note") == "":
        columns["note"] = None
    return columns


def _write(
    tx: Connection,
    actor: Actor,
    row: RowMapping,
    values: dict[str, Any],
    criteria: Criteria,
    wanted: Criteria,
) -> int | None:
    """Write what changes, a new version of the criteria too, with its audit event; the job that computes, if any."""
    _check_note(values.get("note"))
    check_drive(NewDrive(**{name: values.get(name, row[name]) for name in _NEW}))
    before, after = _story(row, values, criteria, wanted)
    version = row["criteria_version"]
    if wanted != criteria:
        version = 1 + tx.scalar(
            select(func.max(drive_criteria.c.version)).where(drive_criteria.c.drive_id == row["id"])
        )
        insert_criteria(tx, actor, row["id"], version, wanted)
        # The stored verdicts are those of the version before.
        values = values | {"criteria_version": version, "eligibility_computed_at": None}
    try:
        with tx.begin_nested():
            write_drive(tx, row, values)
    except IntegrityError as error:
        if constraint_of(error) != "placement_drives_code_key":
            raise
        raise taken(values["code"]) from error
    access.require_within(tx, actor, row["id"])
    audit.record(tx, actor, "drive.update", "drive", row["id"], before=before, after=after)
    publishes = row["status"] == "draft" and row["auto_calc"]
    anew = wanted != criteria or not values.keys().isdisjoint(("ctc_min", "ctc_max", "reg_closes_at"))
    return compute_and_publish(tx, actor, row["id"], version) if publishes and anew else None


def _check_note(note: str | None) -> None:
    if note and ("\0" in note or len(note) > MOST_NOTE):
        raise invalid("note", f"`note` has at most {MOST_NOTE} characters", "say it in a few sentences")


def _story(
    row: RowMapping, values: Mapping[str, Any], criteria: Criteria, wanted: Criteria
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes, before and after."""
    before = {name: jsonable(row[name]) for name in values}
    after = {name: jsonable(value) for name, value in values.items()}
    old, new = asdict(criteria), asdict(wanted)
    rules = [name for name in old if old[name] != new[name]]
    if rules:
        before["criteria"] = {name: _rule(old[name]) for name in rules}
        after["criteria"] = {name: _rule(new[name]) for name in rules}
    return before, after


def _rule(value: object) -> object:
    return list(value) if isinstance(value, tuple) else jsonable(value)
