"""What an actor may do and see, asked by every service before anything else; deny is the default.

Whatever lies outside of somebody's sight is answered as if it did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, false, func, select, true

from sql.queries import query
from sql.tables import colleges, placement_drives, students
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.permissions import PERMISSIONS, Grant

BIGGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class DriveInSight:
    """A drive's row; `whole`: with everything that belongs to it, else only with what is of `students_in_sight`."""

    row: RowMapping
    whole: bool

    @property
    def id(self) -> int:
        """The drive's id."""
        return int(self.row["id"])


def granted(actor: Actor, permission: str) -> Grant:
    """How far the actor's permission goes: by its role, its token, and not before a password of its own; else NONE."""
    usable = actor.limits is None or permission in actor.limits
    usable &= permission == "profile" or not actor.first_password
    return PERMISSIONS[permission].grant(actor.role) if usable else Grant.NONE


def require(actor: Actor, permission: str) -> Grant:
    """How far the actor's permission goes. Raises forbidden when it has none, or its token is not good for it."""
    grant = granted(actor, permission)
    if grant is Grant.NONE:
        raise _refusal(actor, permission)
    return grant


def _refusal(actor: Actor, permission: str) -> PlaceopsError:
    found = PERMISSIONS[permission]
    if found.grant(actor.role) is Grant.NONE:
        who = actor.role.lower() if actor.role else "somebody without a role"
        return PlaceopsError("forbidden", f"{actor.name} ({who}) may not {found.title}")
    if actor.first_password and permission != "profile":
        return PlaceopsError(
            "forbidden",
            f"{actor.name} has signed in with the password that was handed out",
            "change it to one of your own first",
        )
    return PlaceopsError(
        "forbidden",
        f"this token of {actor.name} may not {found.title}: it lacks {permission}",
        f"create a token with this scope: placeops token create --scope {permission}",
    )


def drive_in_sight(tx: Connection, actor: Actor, ref: str, permission: str) -> DriveInSight:
    """The drive with this id or code, for an act that takes this permission.

    Raises forbidden, and not-found as well for a drive that the actor may not see.
    """
    grant = require(actor, permission)
    row = _find(tx, ref)
    if grant is Grant.ALL:
        return DriveInSight(row, True)
    found = [managed for drive, managed in _drives(tx, actor, row["id"]) if drive == row["id"]]
    if not found:
        raise no_such_drive(ref)
    if grant is Grant.MANAGED and not found[0]:
        raise PlaceopsError(
            "forbidden",
            f"{actor.name} may not {PERMISSIONS[permission].title}: "
            f"drive {ref} is open to students outside of their scope",
            "ask an administrator, or for this drive to be put into your scope",
        )
    return DriveInSight(row, found[0])


def require_within(tx: Connection, actor: Actor, drive_id: int) -> None:
    """Raises forbidden when a drive, as it was just written, is not wholly in the actor's scope."""
    if require(actor, "drive.write") is Grant.MANAGED and (drive_id, True) not in _drives(
        tx, actor, drive_id
    ):
        raise PlaceopsError(
            "forbidden",
            f"the criteria admit students outside of the scope of {actor.name}",
            "narrow `branches` and `colleges` to your own, or ask an administrator",
        )


def _find(tx: Connection, ref: str) -> RowMapping:
    by_id = ref.isascii() and ref.isdigit() and len(ref) < 11 and int(ref) <= BIGGEST_ID
    match = placement_drives.c.id == int(ref) if by_id else placement_drives.c.code == ref
    row = (
        tx.execute(select(placement_drives).where(match)).mappings().one_or_none()
        if "\0" not in ref
        else None
    )
    if row is None:
        raise no_such_drive(ref)
    return row


def no_such_drive(ref: str) -> PlaceopsError:
    """The error for a drive that is not there, or not for this actor."""
    return PlaceopsError("not-found", f"no such drive: {ref}", "placeops drive list")


def drives_in_sight(tx: Connection, actor: Actor, permission: str) -> list[int] | None:
    """Ids of the drives for which the actor has this permission; None for all. Raises forbidden."""
    found = drives_in_reach(tx, actor, permission)
    return None if found is None else list(found)


def drives_in_reach(tx: Connection, actor: Actor, permission: str) -> dict[int, bool] | None:
    """The same, each drive with whether it is `whole` in sight."""
    grant = require(actor, permission)
    if grant is Grant.ALL:
        return None
    found = _drives(tx, actor, None)
    return {drive: managed for drive, managed in found if managed or grant is not Grant.MANAGED}


def _drives(tx: Connection, actor: Actor, drive: int | None) -> list[tuple[int, bool]]:
    if actor.role is Role.STUDENT:
        found = tx.execute(
            query("access", "drives_of_student"), {"student": actor.student_id, "drive": drive}
        )
    else:
        scope = actor.scope
        values = {"colleges": scope.colleges, "branches": scope.branches, "drives": scope.drives}
        lists = {name: list(value) for name, value in values.items()}
        found = tx.execute(query("access", "drives_in_scope"), lists | {"drive": drive})
    return [(row.id, row.managed) for row in found]


def students_in_sight(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Which rows of students (joined with their colleges) the actor's permission covers. Raises forbidden."""
    grant = require(actor, permission)
    if grant is Grant.ALL:
        return true()
    if grant is Grant.OWN:
        return students.c.id == actor.student_id
    scope = actor.scope
    if not scope.colleges and not scope.branches:
        return false()
    inside: ColumnElement[bool] = true()
    if scope.colleges:
        inside &= colleges.c.code.in_(scope.colleges)
    if scope.branches:
        inside &= func.coalesce(students.c.branch, "").in_(scope.branches)
    return inside
