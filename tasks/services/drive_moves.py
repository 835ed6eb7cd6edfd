"""The moves of a drive, but for publishing it: each is one transaction that has the drive to itself.

Time is read after the lock: whoever waited for it judges by the moment when its turn came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, delete, func, select, update

from sql.engine import transaction
from sql.locks import drive_lock, eligibility_lock
from sql.queries import query
from sql.tables import placement_drives
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs.publishing import lock_publish
from tasks.lifecycle import require_move
from tasks.services import access, audit
from tasks.services.criteria import invalid
from tasks.services.drives import Drive, load_drive

MOST_REASON = 500
FIRST_ROUND = {"kind": "drive", "name": "Drive day"}
"""The round of a drive that plans none."""


def extend_drive(actor: Actor, ref: str, until: datetime) -> Drive:
    """Move the close of registration to a later time, open or closed as it is; the same time again changes nothing.

    Raises forbidden, not-found, drive-state, invalid-input for a time that is not later, or not in the future.
    """
    if until.tzinfo is None or until.year >= 2200:
        raise invalid("until", "`until` needs a time zone and a year before 2200", _LIKE_A_TIME)
    with transaction() as tx:
        row = _taken(tx, actor, ref, "extend")
        closes = row["reg_closes_at"]
        if until != closes:
            if until <= row["now"] or until < closes:
                limit = max(row["now"], closes).isoformat(timespec="seconds")
                raise invalid("until", f"`until` must be later than {limit}", _LIKE_A_TIME)
            _change(tx, actor, row, "extend", {"reg_closes_at": until})
        return load_drive(tx, row["id"])


_LIKE_A_TIME = "give a later time, written like 2026-12-05T17:00:00+05:30"


def pause_drive(actor: Actor, ref: str, reason: str) -> Drive:
    """Refuse registrations with a reason, until the drive is resumed. Raises as `resume_drive`, and invalid-input."""
    reason = _needed(reason)
    with transaction() as tx:
        row = _taken(tx, actor, ref, "pause")
        _change(tx, actor, row, "pause", {"paused_reason": reason}, reason=reason)
        return load_drive(tx, row["id"])


def resume_drive(actor: Actor, ref: str) -> Drive:
    """Take registrations again, within the window as it is. Raises forbidden, not-found, drive-state."""
    with transaction() as tx:
        row = _taken(tx, actor, ref, "resume")
        _change(tx, actor, row, "resume", {"paused_reason": None})
        return load_drive(tx, row["id"])


def start_drive(actor: Actor, ref: str) -> Drive:
    """The drive begins: nobody registers any more, and the first round expects everybody who has.

    A drive without rounds gets one. Raises forbidden, not-found, drive-state (also when nobody is registered).
    """
    with transaction() as tx:
        row = _taken(tx, actor, ref, "start")
        if not _attached(tx, row).registered:
            raise _not_yet(
                row, "start", "nobody is registered", f"placeops registration list --drive {row['code']}"
            )
        _change(tx, actor, row, "start", {"paused_reason": None})
        tx.execute(query("drives", "begin_first_round"), {"drive": row["id"], **FIRST_ROUND})
        return load_drive(tx, row["id"])


def complete_drive(actor: Actor, ref: str) -> Drive:
    """The drive is over. Raises forbidden, not-found, drive-state (also while a round is not finalised)."""
    with transaction() as tx:
        row = _taken(tx, actor, ref, "complete")
        if rounds := _attached(tx, row).open_rounds:
            why = f"{rounds} of its rounds {'is' if rounds == 1 else 'are'} not finalised"
            raise _not_yet(row, "complete", why, f"placeops attendance finalise --drive {row['code']}")
        _change(tx, actor, row, "complete", {})
        return load_drive(tx, row["id"])


def cancel_drive(actor: Actor, ref: str, reason: str) -> Drive:
    """The drive does not take place: everybody who is registered is withdrawn, the selection stays as a record.

    Raises forbidden, not-found, drive-state, invalid-input without a reason.
    """
    reason = _needed(reason)
    with transaction() as tx:
        row = _taken(tx, actor, ref, "cancel")
        values = {"drive": row["id"], "now": row["now"]}
        withdrawn = list(tx.scalars(query("drives", "withdraw_everybody"), values))
        change = {"cancelled_reason": reason, "paused_reason": None}
        _change(tx, actor, row, "cancel", change, reason=reason, also={"withdrawn": len(withdrawn)})
        if withdrawn:
            before = {"status": "registered"}
            audit.record_each(tx, actor, "registration.withdraw", "registration", withdrawn, before=before)
        return load_drive(tx, row["id"])


def archive_drive(actor: Actor, ref: str) -> Drive:
    """Put a drive that is over away, never to be changed again. Raises forbidden, not-found, drive-state."""
    with transaction() as tx:
        row = _taken(tx, actor, ref, "archive")
        _change(tx, actor, row, "archive", {})
        return load_drive(tx, row["id"])


def delete_drive(actor: Actor, ref: str) -> Drive:
    """Remove a draft on which nothing depends, with its criteria and verdicts; the drive as it was last.

    Raises forbidden, not-found, drive-state (also for a draft with registrations, offers or exports).
    """
    with transaction() as tx:
        drive_id = access.drive_in_sight(tx, actor, ref, "drive.write").id
        # In the order of a running computation, which holds rows that go with the drive.
        eligibility_lock(tx, drive_id)
        lock_publish(tx, drive_id)
        row = _taken(tx, actor, ref, "delete")
        held = _attached(tx, row)
        kept = {"registrations": held.registrations, "offers": held.offers, "exports": held.exports}
        if any(kept.values()):
            why = "it has " + ", ".join(f"{number} {kind}" for kind, number in kept.items() if number)
            raise _not_yet(row, "delete", why, f"placeops drive cancel {row['code']} --reason TEXT")
        drive = load_drive(tx, drive_id)
        before = {name: row[name] for name in ("code", "company", "title")}
        tx.execute(delete(placement_drives).where(placement_drives.c.id == drive_id))
        audit.record(tx, actor, "drive.delete", "drive", drive_id, before=before)
        return drive


def take_drive(tx: Connection, actor: Actor, ref: str) -> RowMapping:
    """The drive's row and `now`, to this transaction alone. Raises forbidden, not-found."""
    drive_id = access.drive_in_sight(tx, actor, ref, "drive.write").id
    drive_lock(tx, drive_id, shared=False)
    now = func.clock_timestamp().label("now")
    wanted = select(placement_drives, now).where(placement_drives.c.id == drive_id)
    row = tx.execute(wanted).mappings().one_or_none()
    if row is None:
        raise access.no_such_drive(ref)
    return row


def _taken(tx: Connection, actor: Actor, ref: str, move: str) -> RowMapping:
    row = take_drive(tx, actor, ref)
    require_move(row["code"], row["status"], move)
    return row


def _change(
    tx: Connection,
    actor: Actor,
    row: RowMapping,
    move: str,
    values: Mapping[str, Any],
    *,
    reason: str | None = None,
    also: Mapping[str, Any] | None = None,
) -> None:
    """Write the move and its audit event; `also` is what else the event tells."""
    target = require_move(row["code"], row["status"], move).target
    changed = dict(values) | ({"status": target} if target else {})
    write_drive(tx, row, changed)
    before = {name: jsonable(row[name]) for name, value in changed.items() if row[name] != value}
    after = {name: jsonable(changed[name]) for name in before} | dict(also or {})
    audit.record(tx, actor, f"drive.{move}", "drive", row["id"], before=before, after=after, reason=reason)


def write_drive(tx: Connection, row: RowMapping, values: Mapping[str, Any]) -> None:
    """Write columns of a drive that this transaction has to itself."""
    stamps = {"row_version": placement_drives.c.row_version + 1, "updated_at": row["now"]}
    tx.execute(update(placement_drives).where(placement_drives.c.id == row["id"]).values(**values, **stamps))


def jsonable(value: object) -> object:
    """A column's value as an audit event holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)


def _attached(tx: Connection, row: RowMapping) -> Row[Any]:
    return tx.execute(query("drives", "attached"), {"drive": row["id"]}).one()


def _not_yet(row: RowMapping, move: str, why: str, fix: str) -> PlaceopsError:
    said = require_move(row["code"], row["status"], move).said
    return PlaceopsError(
        "drive-state",
        f"drive {row['code']} cannot be {said}: {why}",
        fix,
        details={"status": row["status"]},
    )


def _needed(reason: str) -> str:
    reason = reason.strip()
    if not reason or "\0" in reason or len(reason) > MOST_REASON:
        raise invalid(
            "reason", f"`reason` takes 1 to {MOST_REASON} characters", "say why in a sentence or two"
        )
    return reason
