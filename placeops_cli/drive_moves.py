"""`placeops drive extend`, `pause`, … `delete`: a drive's way through its life, move by move."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import Call, DriveArgument, Yes, command, part
from placeops_cli.drive_columns import DRIVE
from placeops_cli.reading import in_zone, moment

if TYPE_CHECKING:
    from tasks.services.drives import Drive

app = part()

Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, as students and the audit are told.")
]


@command(app, "extend", examples=["placeops drive extend ACME-1 --until '2026-12-07 17:00'"])
def extend(
    call: Call,
    drive: DriveArgument,
    until: Annotated[
        datetime,
        typer.Option("--until", metavar="TIME", parser=moment, help="The new close: '2026-12-07 17:00'."),
    ],
) -> None:
    """Move the close of registration to a later time, closed or not."""
    actor = call.open()
    from tasks.services import drive_moves

    closes = in_zone(until, call.out.zone)
    assert closes is not None
    _tell(call, drive_moves.extend_drive(actor, drive, closes))


@command(app, "pause", examples=["placeops drive pause ACME-1 --reason 'the company checks its criteria'"])
def pause(call: Call, drive: DriveArgument, reason: Reason) -> None:
    """Take no registrations for now, and say why."""
    actor = call.open()
    from tasks.services import drive_moves

    _tell(call, drive_moves.pause_drive(actor, drive, reason))
    call.out.hint(f"Next: placeops drive resume {drive}")


@command(app, "resume", examples=["placeops drive resume ACME-1"])
def resume(call: Call, drive: DriveArgument) -> None:
    """Take registrations again, within the window as it is."""
    actor = call.open()
    from tasks.services import drive_moves

    found = drive_moves.resume_drive(actor, drive)
    _tell(call, found)
    if found.registration == "closed":
        call.out.hint(f"Registration is closed. Next: placeops drive extend {drive} --until TIME")


@command(app, "start", examples=["placeops drive start ACME-1 --yes"])
def start(call: Call, drive: DriveArgument, yes: Yes = False) -> None:
    """Begin: registrations are final, and the first round expects everybody who is registered."""
    actor = call.open()
    from tasks.services import drive_moves, drives

    if not yes:
        found = drives.show_drive(actor, drive).drive
        confirm(
            f"Start drive {found.code} ({found.company}) with {count(found.registered, 'student')}?",
            yes=False,
        )
    _tell(call, drive_moves.start_drive(actor, drive))


@command(app, "complete", examples=["placeops drive complete ACME-1"])
def complete(call: Call, drive: DriveArgument) -> None:
    """Say that a drive is over; every round of it is finalised."""
    actor = call.open()
    from tasks.services import drive_moves

    _tell(call, drive_moves.complete_drive(actor, drive))


@command(app, "cancel", examples=["placeops drive cancel ACME-1 --reason 'the company withdrew' --yes"])
def cancel(call: Call, drive: DriveArgument, reason: Reason, yes: Yes = False) -> None:
    """Call a drive off; everybody who is registered is withdrawn."""
    actor = call.open()
    from tasks.services import drive_moves, drives

    if not yes:
        found = drives.show_drive(actor, drive).drive
        whom = count(found.registered, "registration")
        confirm(f"Cancel drive {found.code} ({found.company}) and withdraw {whom}?", yes=False)
    _tell(call, drive_moves.cancel_drive(actor, drive, reason))


@command(app, "archive", examples=["placeops drive archive ACME-1"])
def archive(call: Call, drive: DriveArgument) -> None:
    """Put a drive that is over away; it can only be looked at then."""
    actor = call.open()
    from tasks.services import drive_moves

    _tell(call, drive_moves.archive_drive(actor, drive))


@command(app, "delete", examples=["placeops drive delete ACME-1 --yes"])
def delete(call: Call, drive: DriveArgument, yes: Yes = False) -> None:
    """Delete a draft that nobody has registered for; shows it as it was last."""
    actor = call.open()
    from tasks.services import drive_moves, drives

    if not yes:
        found = drives.show_drive(actor, drive).drive
        confirm(f"Delete drive {found.code} ({found.company}: {found.title})?", yes=False)
    _tell(call, drive_moves.delete_drive(actor, drive))


def _tell(call: Call, drive: Drive) -> None:
    call.out.record(drive, DRIVE)
