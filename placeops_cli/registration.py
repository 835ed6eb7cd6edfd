"""`placeops registration`: students who registered for a drive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import Call, College, Paging, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.registrations import OwnRegistration, Registration

app = noun("registration", "Registrations of students for drives.")

Drive = Annotated[str, typer.Option("--drive", metavar="DRIVE", help="The drive's id or code.")]
Student = Annotated[
    str, typer.Option("--student", metavar="ROLL_NO", help="The roll number, or COLLEGE:ROLL_NO.")
]

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


OWN: tuple[Column[OwnRegistration], ...] = (
    Column("id", wide=True),
    Column("drive_code", title="Drive"),
    Column("company"),
    Column("title"),
    Column("drive_status", title="Drive is"),
    Column("drive_date", title="On"),
    Column("status"),
    Column("registered_at", title="Registered"),
    Column("withdrawn_at", title="Withdrawn", wide=True),
    Column("may_withdraw", title="May withdraw"),
    Column("reg_closes_at", title="Closes", wide=True),
    Column("channel", wide=True),
    Column("drive_id", wide=True),
)


@command(
    app,
    "list",
    examples=[
        "placeops registration list --drive ACME-1",
        "placeops registration list --drive ACME-1 --status withdrawn --branch CSE",
    ],
)
def list_registrations(
    call: Call,
    drive: Drive,
    paging: Paging,
    status: Annotated[
        Literal["registered", "withdrawn"] | None, typer.Option("--status", help="Those in this status only.")
    ] = None,
    college: Annotated[
        str | None, typer.Option("--college", metavar="CODE", help="Students of this college only.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="BRANCH", help="Students of this branch only.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="A part of the roll number or the name.")
    ] = None,
) -> None:
    """List a drive's registrations, withdrawn ones too, in the order they came in."""
    actor = call.open()
    from tasks.services import registrations

    wanted = partial(registrations.list_registrations, actor, drive, status=status, college=college)
    found = paging.pages(partial(wanted, branch=branch, search=search))
    call.out.listing(found, REGISTRATION, empty="Nobody has registered yet.")


@command(app, "mine", examples=["placeops registration mine --as asha@college.example"])
def list_own_registrations(call: Call, paging: Paging) -> None:
    """List your own registrations over all drives, newest first (students only have any)."""
    actor = call.open()
    from tasks.services import registrations

    found = paging.pages(partial(registrations.list_own_registrations, actor))
    call.out.listing(found, OWN, empty="You have not registered for any drive.")


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
    student: Student,
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


@command(
    app,
    "withdraw",
    examples=[
        "placeops registration withdraw --drive ACME-1 --student 21CS001",
        "placeops registration withdraw --drive ACME-1 --student 21CS001 --reason 'accepted another offer'",
    ],
)
def withdraw_registration(
    call: Call,
    drive: Drive,
    student: Student,
    college: College = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why, when registration is closed or paused."),
    ] = None,
) -> None:
    """Withdraw a student's registration; doing it twice changes nothing."""
    actor = call.open()
    from tasks.services import registrations

    done = registrations.withdraw(actor, drive, student, college=college, reason=reason)
    call.out.record(done.registration, REGISTRATION, document=done)
    if not done.changed:
        call.out.hint("The student had withdrawn already; nothing was changed.")
