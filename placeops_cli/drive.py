"""`placeops drive`: a company recruits on campus. What changes a drive lies in the other `drive_` files."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli import drive_edit, drive_eligibility, drive_moves, drive_publish
from placeops_cli.command import Call, DriveArgument, Paging, command, noun
from placeops_cli.drive_columns import DETAILS, DRIVE, STATS

if TYPE_CHECKING:
    from tasks.services.drives import Drive

app = noun("drive", "Drives: a company recruits on campus.")
for part in (drive_edit, drive_publish, drive_moves, drive_eligibility):
    app.add_typer(part.app)

Status = Literal["draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"]
Registration = Literal["not_open", "open", "closed"]


@command(
    app,
    "list",
    examples=["placeops drive list --registration open", "placeops drive list --search acme --json"],
)
def list_drives(
    call: Call,
    status: Annotated[Status | None, typer.Option("--status", help="Only drives in this status.")] = None,
    registration: Annotated[
        Registration | None,
        typer.Option("--registration", help="Only posted drives whose registration is so now."),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search", metavar="TEXT", help="Only with this in the code, the company or the title."
        ),
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List drives, newest first."""
    actor = call.open()
    from tasks.services import drives

    fetch = partial(drives.list_drives, actor, status=status, registration=registration, search=search)
    call.out.listing(
        paging.pages(fetch), DRIVE, empty="No such drives. Next: placeops drive create --company … --title …"
    )


@command(app, "show", examples=["placeops drive show 12", "placeops drive show ACME-1 --json"])
def show_drive(call: Call, drive: DriveArgument) -> None:
    """Show one drive with its rules."""
    actor = call.open()
    from tasks.services import drives

    found = drives.show_drive(actor, drive)
    call.out.record(found, DETAILS, key=lambda details: details.drive.id)
    _hint_at_trouble(call, found.drive)


@command(app, "stats", examples=["placeops drive stats ACME-1"])
def drive_stats(call: Call, drive: DriveArgument) -> None:
    """Count who came how far in one drive, from eligible to accepted, as of now."""
    actor = call.open()
    from tasks.services import drives

    call.out.record(drives.drive_stats(actor, drive), STATS, key=attrgetter("drive_id"))


def _hint_at_trouble(call: Call, drive: Drive) -> None:
    """The way out when the drive's last selection was never applied."""
    chosen = drive.selection
    if chosen.state in ("failed", "cancelled"):
        call.out.warn(f"the last selection was not applied: job {chosen.job_id} is {chosen.state}")
        call.out.hint(f"Next: placeops job retry {chosen.job_id}")
    elif chosen.state == "pending":
        call.out.hint(f"Next: placeops job watch {chosen.job_id}")
