"""`placeops student drives` and `choices`: one student before every drive, and what the roster is made of."""

from __future__ import annotations

from functools import partial
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import Call, College, Paging, command, part
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.choices import Choices
    from tasks.services.standings import StudentDrive

app = part()

Status = Literal["draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"]

DRIVE: tuple[Column[StudentDrive], ...] = (
    Column("drive_id", title="ID"),
    Column("code"),
    Column("company"),
    Column("title", wide=True),
    Column("status", wide=True),
    Column("window", title="Registration"),
    Column("reg_closes_at", title="Closes"),
    Column("drive_date", title="On", wide=True),
    Column("verdict"),
    Column("reason", title="For"),
    Column("selected"),
    Column("selection_pending", wide=True),
    Column("registered", lambda found: found.registration.status if found.registration else None),
    Column("may_register", title="May register"),
    Column("may_withdraw", wide=True),
    Column("refused", wide=True),
    Column("refusal", title="Because", wide=True),
)
CHOICE: tuple[Column[tuple[str, object, int]], ...] = (
    Column("kind", itemgetter(0)),
    Column("value", itemgetter(1)),
    Column("students", itemgetter(2)),
)


@command(app, "drives", examples=["placeops student drives 21CS001", "placeops student drives --as r1@x.edu"])
def list_drives(
    call: Call,
    roll_no: Annotated[
        str | None, typer.Argument(metavar="[ROLL_NO]", help="The roll number, or COLLEGE:ROLL_NO.")
    ] = None,
    college: College = None,
    status: Annotated[Status | None, typer.Option("--status", help="Only drives in this status.")] = None,
    open: Annotated[bool, typer.Option("--open", help="Only drives that take registrations now.")] = False,
    *,
    paging: Paging,
) -> None:
    """Show one student before every drive, newest first: verdict, reasons, registration."""
    actor = call.open()
    from tasks.services import standings

    fetch = partial(standings.drives_of_student, actor, roll_no, college=college, status=status, open=open)
    call.out.listing(paging.pages(fetch), DRIVE, empty="No such drives.", key=attrgetter("code"))


@command(app, "choices", examples=["placeops student choices"])
def list_choices(call: Call) -> None:
    """Show which colleges, branches, programmes and batches there are, and how many students each has."""
    actor = call.open()
    from tasks.services import choices

    found = choices.student_choices(actor)
    if call.out.json:
        call.out.document(found)
    else:
        call.out.listing(_rows(found), CHOICE, empty="No students yet.", key=itemgetter(1))


def _rows(found: Choices) -> list[tuple[str, object, int]]:
    return [
        *(("college", one.code, one.students) for one in found.colleges),
        *(("branch", one.name, one.students) for one in found.branches),
        *(("programme", one.name, one.students) for one in found.programmes),
        *(("batch", one.year, one.students) for one in found.batch_years),
    ]
