"""Rounds of a drive: a test, an interview. They are held in their order, each for those who came to the one before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, update

from sql.engine import transaction
from sql.locks import drive_lock
from sql.queries import query
from sql.tables import drive_rounds
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.lifecycle import said
from tasks.services import access, audit
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.repeats import once
from tasks.services.versions import require_version

PLANNABLE = ("draft", "posted", "paused", "in_progress")
MOST_CHARACTERS = {"kind": 40, "name": 200, "venue": 200}
NEEDED = ("kind", "name")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many are called to a round, and how they stand."""

    listed: int
    pending: int
    present: int
    late: int
    absent: int
    excused: int


@dataclass(frozen=True, slots=True)
class Round:
    """One round. `state`: `waiting` for the drive or the round before, `open` to be marked, or `finalised`.

    `tally` is for those who see the whole drive. `row_version` rises with every change of the round itself.
    """

    drive_id: int
    seq: int
    kind: str
    name: str
    starts_at: datetime | None
    venue: str | None
    state: str
    finalised_at: datetime | None
    row_version: int
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class NewRound:
    """What a round is (`kind`: test, interview, …), what it is called, when and where it is held."""

    kind: str
    name: str
    starts_at: datetime | None = None
    venue: str | None = None


def list_rounds(actor: Actor, ref: str, *, limit: int = 50, cursor: str | None = None) -> Page[Round]:
    """A drive's rounds in their order. Raises forbidden, not-found, invalid-input."""
    check_limit(limit)
    after = id_cursor(cursor)
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "attendance.read")
        rows = [row for row in load_rounds(tx, drive.id) if after is None or row["seq"] > after]
    found = [round_of(row, whole=drive.whole) for row in rows[: limit + 1]]
    return page(found, limit, lambda each: each.seq)


def create_round(actor: Actor, ref: str, new: NewRound) -> Round:
    """Plan one more round, after the last one. When that one is finalised already, who came to it is called at once.

    Raises forbidden, not-found, invalid-input, drive-state.
    """
    values = _checked(asdict(new))
    with transaction() as tx:
        drive = _plannable(tx, actor, ref)
        seen = once(tx, actor)
        if seen.result:
            return load_round(tx, drive.id, seen.result["round"])
        seq = tx.execute(query("attendance", "add_round"), values | {"drive": drive.id}).scalar_one()
        if drive.row["status"] == "in_progress":
            call_up(tx, drive.id)
        made = load_round(tx, drive.id, seq)
        after = {"round": seq} | {name: _told(value) for name, value in values.items() if value is not None}
        audit.record(tx, actor, "round.create", "drive", drive.id, after=after)
        seen.remember({"round": seq})
    return made


def update_round(
    actor: Actor,
    ref: str,
    seq: int,
    changes: Mapping[str, object],
    *,
    versions: Collection[int] | None = None,
) -> Round:
    """Change a round's kind, name, starts_at or venue (None: unknown) until it is finalised.

    `versions`: only while it is at one of these. Raises forbidden, not-found, precondition-failed, invalid-input,
    drive-state, round-state.
    """
    wanted = _checked(changes)
    with transaction() as tx:
        drive = _plannable(tx, actor, ref)
        row = require_round(tx, drive, seq)
        code = drive.row["code"]
        look = f"placeops round list --drive {code}"
        require_version(f"round {seq} of drive {code}", row["row_version"], versions, look)
        if row["state"] == "finalised":
            raise round_state(drive, row, "is finalised and stays as it is")
        new = {name: value for name, value in wanted.items() if row[name] != value}
        if new:
            version = drive_rounds.c.row_version + 1
            match = drive_rounds.c.id == row["id"]
            tx.execute(update(drive_rounds).where(match).values(**new, row_version=version))
            before = {"round": seq} | {name: _told(row[name]) for name in new}
            after = {name: _told(value) for name, value in new.items()}
            audit.record(tx, actor, "round.update", "drive", drive.id, before=before, after=after)
        return load_round(tx, drive.id, seq)


def delete_round(actor: Actor, ref: str, seq: int) -> Round:
    """Drop the last round, in which nobody has been marked, and return it as it was.

    A running drive keeps its only one. Raises forbidden, not-found, drive-state, round-state.
    """
    with transaction() as tx:
        drive = _plannable(tx, actor, ref)
        row = require_round(tx, drive, seq)
        gone = None
        if drive.row["status"] != "in_progress" or len(load_rounds(tx, drive.id)) > 1:
            values = {"drive": drive.id, "seq": seq}
            gone = tx.execute(query("attendance", "remove_round"), values).one_or_none()
        if gone is None:
            raise round_state(drive, row, "is not the last one, or has been marked, or is the only one")
        before = {"round": seq, "kind": gone.kind, "name": gone.name}
        audit.record(tx, actor, "round.delete", "drive", drive.id, before=before)
        return round_of(row, whole=True)


def load_rounds(tx: Connection, drive_id: int, seq: int | None = None) -> list[RowMapping]:
    """A drive's rounds (or one) as rows, in their order."""
    values = {"drive": drive_id, "seq": seq}
    return list(tx.execute(query("attendance", "rounds"), values).mappings())


def load_round(tx: Connection, drive_id: int, seq: int) -> Round:
    """One round as it stands in this transaction."""
    return round_of(load_rounds(tx, drive_id, seq)[0], whole=True)


def round_of(row: RowMapping, *, whole: bool) -> Round:
    """A row of `load_rounds` as it is shown."""
    own = {name: row[name] for name in Round.__slots__ if name != "tally"}
    tally = Tally(**{name: row[name] for name in Tally.__slots__}) if whole else None
    return Round(**own, tally=tally)


def require_round(tx: Connection, drive: access.DriveInSight, seq: int) -> RowMapping:
    """The round with this number. Raises not-found."""
    found = load_rounds(tx, drive.id, seq)
    if not found:
        code = drive.row["code"]
        raise PlaceopsError(
            "not-found",
            f"drive {code} has no round {seq}",
            f"placeops round list --drive {code}",
            field="/round",
        )
    return found[0]


def call_up(tx: Connection, drive_id: int) -> None:
    """Bring the list of the round that is next in line with who came to the last finalised one."""
    tx.execute(query("attendance", "call_up"), {"drive": drive_id})


def round_state(drive: access.DriveInSight, row: RowMapping, words: str, fix: str = "") -> PlaceopsError:
    """A round-state error: `words` say what is in the way."""
    code, seq = drive.row["code"], row["seq"]
    return PlaceopsError(
        "round-state",
        f"round {seq} of drive {code} {words}",
        fix or f"placeops round list --drive {code}",
        details={"round": seq, "state": row["state"]},
    )


def _plannable(tx: Connection, actor: Actor, ref: str) -> access.DriveInSight:
    """The drive, held to the transaction's end, in a status in which rounds are planned. Raises drive-state."""
    drive = locked_drive(tx, actor, ref, "drive.write")
    status = drive.row["status"]
    if status not in PLANNABLE:
        code = drive.row["code"]
        raise PlaceopsError(
            "drive-state",
            f"drive {code} is {said(status)}: its rounds stay as they are",
            f"placeops drive show {code}",
            details={"status": status},
        )
    return drive


def locked_drive(tx: Connection, actor: Actor, ref: str, permission: str) -> access.DriveInSight:
    """The drive as it is once nobody else changes its status or its attendance. Raises forbidden, not-found."""
    drive = access.drive_in_sight(tx, actor, ref, permission)
    drive_lock(tx, drive.id, shared=False)
    return access.drive_in_sight(tx, actor, str(drive.id), permission)


def _checked(values: Mapping[str, object]) -> dict[str, object]:
    """The values without spaces around them, empty ones as None. Raises invalid-input."""
    checked: dict[str, object] = {}
    for name, value in values.items():
        if name not in NewRound.__slots__:
            raise PlaceopsError("invalid-input", f"a round has no {name!r}", field=f"/{name}")
        if isinstance(value, str):
            value = value.strip() or None
        most = MOST_CHARACTERS.get(name)
        if (value is None and name in NEEDED) or (
            most and isinstance(value, str) and (len(value) > most or "\0" in value)
        ):
            raise PlaceopsError(
                "invalid-input",
                f"`{name}` must be 1 to {most} characters",
                "say it in a few words",
                field=f"/{name}",
            )
        if isinstance(value, datetime) and (value.tzinfo is None or not 1970 < value.year < 2200):
            raise PlaceopsError(
                "invalid-input",
                f"`{name}` needs a time zone and a year between 1971 and 2199",
                "write it like 2026-12-01T17:00:00+05:30",
                field=f"/{name}",
            )
        checked[name] = value
    return checked


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
