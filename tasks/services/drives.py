"""Drives: look them up, list them, count who came how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from sql.engine import transaction
from sql.queries import query
from sql.tables import DRIVE_STATUSES, placement_drives
from tasks.actor import Actor, Role
from tasks.lifecycle import allowed_moves
from tasks.permissions import Grant
from tasks.services import access
from tasks.services.criteria import Criteria, invalid, load_criteria
from tasks.services.paging import Page, check_limit, id_cursor, page

BIGGEST_ID = 2**31 - 1
MOST_WORDS = 200
REGISTRATION_STATES = ("not_open", "open", "closed")


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
    """A drive. `registration` follows the database's clock: not_open, open, closed, or the status that stops it.

    `row_version` rises with every change. `managed`: whether all of it is the asker's to act on; coordinators also read
    drives that are open to students of others. `allowed_moves` are those that the asker may do now. A student sees no
    note and no names of the office.
    """

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
    managed: bool
    allowed_moves: list[str]
    row_version: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DriveDetails:
    """A drive with its current criteria."""

    drive: Drive
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class DriveStats:
    """How many students came how far in one drive, counted at `as_of`.

    `eligible` is what the last computation for the criteria of today found (None: there was none). `no_show`: absent
    from a round, and present in none.
    """

    drive_id: int
    drive: str
    criteria_version: int
    eligibility_computed_at: datetime | None
    eligible: int | None
    selected: int
    registered: int
    withdrawn: int
    attended: int
    no_show: int
    offered: int
    accepted: int
    as_of: datetime


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


def _drive(row: RowMapping) -> Drive:
    copied = {name: row[name] for name in _COPIED}
    return Drive(
        **copied,
        registration=row["registration"],
        selection=_selection(row),
        registered=row["registered"],
        managed=True,
        allowed_moves=allowed_moves(row["status"]),
    )


def _select(tx: Connection, **chosen: object) -> list[Drive]:
    everything = dict.fromkeys(("id", "status", "registration", "words", "before", "seen"))
    found = tx.execute(query("drives", "drives"), everything | {"limit": 1} | chosen)
    return [_drive(row) for row in found.mappings()]


def load_drive(tx: Connection, drive_id: int) -> Drive:
    """A drive as it stands in this transaction, for whoever may move it. Raises not-found when it was deleted."""
    found = _select(tx, id=drive_id)
    if not found:
        raise access.no_such_drive(str(drive_id))
    return found[0]


def _seen_by(actor: Actor, drive: Drive, managed: bool) -> Drive:
    moves = managed and access.granted(actor, "drive.write") is not Grant.NONE
    seen = replace(drive, managed=managed, allowed_moves=drive.allowed_moves if moves else [])
    if actor.role is Role.STUDENT:
        return replace(seen, note=None, created_by=None, published_by=None)
    return seen


def list_drives(
    actor: Actor,
    *,
    status: str | None = None,
    registration: str | None = None,
    search: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Drive]:
    """Drives, newest first: in a status, with registration not_open, open or closed now, with a text in their code,
    company or title (capitals aside).

    Raises invalid-input for an unknown status or state, and for a text that is too long.
    """
    check_limit(limit)
    _check_known("status", status, DRIVE_STATUSES)
    _check_known("registration", registration, REGISTRATION_STATES)
    words = (search or "").strip() or None
    if words and ("\0" in words or len(words) > MOST_WORDS):
        raise invalid("q", f"a search takes at most {MOST_WORDS} characters", "look for a part of the name")
    chosen = {"status": status, "registration": registration, "words": words, "before": id_cursor(cursor)}
    with transaction(read_only=True) as tx:
        whole = access.drives_in_reach(tx, actor, "drive.read")
        seen = None if whole is None else list(whole)
        found = _select(tx, **chosen, seen=seen, limit=limit + 1)
    shown = [_seen_by(actor, drive, whole is None or whole[drive.id]) for drive in found]
    return page(shown, limit, lambda drive: drive.id)


def _check_known(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise invalid(name, f"no such {name}: {value!r}", f"one of {', '.join(known)}")


def show_drive(actor: Actor, ref: str) -> DriveDetails:
    """One drive with its criteria. Raises not-found."""
    with transaction(read_only=True) as tx:
        found = access.drive_in_sight(tx, actor, ref, "drive.read")
        drive = load_drive(tx, found.id)
        criteria = load_criteria(tx, drive.id, drive.criteria_version)
    return DriveDetails(_seen_by(actor, drive, found.whole), criteria)


def drive_stats(actor: Actor, ref: str) -> DriveStats:
    """One drive's funnel, counted now. Raises forbidden, not-found."""
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "view.read").id
        row = tx.execute(query("drives", "stats"), {"drive": drive}).mappings().one_or_none()
    if row is None:
        raise access.no_such_drive(ref)
    return DriveStats(**row)
