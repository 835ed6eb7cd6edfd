"""`placeops registration`: students who registered for a drive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, College, Paging, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.registrations import Registration

app = noun("registration", "Registrations of students for drives.")

Drive = Annotated[str, typer.Option("--drive", metavar="DRIVE", help="The drive's id or code.")]

REGISTRATION: tuple[Column[Registration], ...] = (
    Column("id", wide=True),
    Column("college"),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("programme", wide=True),
    Column("branch"),
    Column("batch_year", title="Batch", wide=True),
    Column("status"),
    Column("channel"),
    Column("registered_at", title="Registered"),
    Column("registered_by", title="By"),
    Column("reason"),
    Column("criteria_version", wide=True),
    Column("withdrawn_at", title="Withdrawn", wide=True),
    Column("drive_id", title="Drive", wide=True),
)


@command(app, "list", examples=["placeops registration list --drive ACME-1"])
def list_registrations(call: Call, drive: Drive, paging: Paging) -> None:
    """List a drive's registrations, withdrawn ones too, in the order they came in."""
    actor = call.open()
    from tasks.services import registrations

    found = paging.pages(partial(registrations.list_registrations, actor, drive))
    call.out.listing(found, REGISTRATION, empty="Nobody has registered yet.")


@command(
    app,
    "add",
    examples=[
        "placeops registration add --drive ACME-1 --student 21CS001",
        "placeops registration add --drive ACME-1 --student 21CS001 --reason 'was in hospital'",
    ],
)
def add_registration(
    call: Call,
    drive: Drive,
    student: Annotated[
        str, typer.Option("--student", metavar="ROLL_NO", help="The roll number, or COLLEGE:ROLL_NO.")
    ],
    college: College = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, when registration is closed already.")
    ] = None,
) -> None:
    """Register a student for a drive; doing it twice changes nothing."""
    actor = call.open()
    from tasks.services import registrations

    done = registrations.register(actor, drive, student, college=college, reason=reason)
    call.out.record(done.registration, REGISTRATION, document=done)
    if not done.created:
        call.out.hint("The student was registered already; nothing was changed.")
