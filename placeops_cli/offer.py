"""`placeops offer`: what companies offer to students, and what becomes of it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import Call, College, Paging, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import day, numbered, rupees

if TYPE_CHECKING:
    from tasks.services.offers import Offer

app = noun("offer", "Offers to students, and what becomes of them.")

Status = Literal["OFFERED", "ACCEPTED", "DECLINED", "REVOKED"]
OfferArgument = Annotated[
    int, typer.Argument(metavar="OFFER", parser=numbered("offer"), help="The offer's id.")
]
Fixed = Annotated[
    int | None,
    typer.Option("--ctc-fixed", metavar="RUPEES", parser=rupees, help="The fixed part, rupees a year."),
]
Variable = Annotated[
    int | None,
    typer.Option("--ctc-variable", metavar="RUPEES", parser=rupees, help="The variable part, rupees a year."),
]
Total = Annotated[
    int | None,
    typer.Option(
        "--ctc-total", metavar="RUPEES", parser=rupees, help="All of it, rupees a year; else the sum of both."
    ),
]
Offered = Annotated[
    date | None, typer.Option("--offered-on", metavar="DATE", parser=day, help="The day of the offer.")
]
Joins = Annotated[
    date | None, typer.Option("--joins-on", metavar="DATE", parser=day, help="The first day of work.")
]

OFFER: tuple[Column[Offer], ...] = (
    Column("id"),
    Column("college", wide=True),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("branch"),
    Column("drive_code", title="Drive"),
    Column("kind", wide=True),
    Column("company"),
    Column("ctc_total", title="CTC"),
    Column("ctc_fixed", wide=True),
    Column("ctc_variable", wide=True),
    Column("status"),
    Column("offered_on", title="Offered"),
    Column("joins_on", title="Joins", wide=True),
    Column("created_at", title="Recorded", wide=True),
    Column("allowed_moves", wide=True),
    Column("drive_id", wide=True),
    Column("row_version", title="Version", wide=True),
    Column("student_id", wide=True),
)


@command(
    app,
    "record",
    examples=[
        "placeops offer record --drive ACME-1 --student 21CS001 --ctc-fixed 7,00,000 --ctc-variable 1,00,000",
        "placeops offer record --kind PPO --company Globex --student 21CS001 --status ACCEPTED",
    ],
)
def record(
    call: Call,
    student: Annotated[
        str, typer.Option("--student", metavar="ROLL_NO", help="The roll number, or COLLEGE:ROLL_NO.")
    ],
    drive: Annotated[
        str | None,
        typer.Option("--drive", metavar="DRIVE", help="The drive (id or code) that it comes from."),
    ] = None,
    kind: Annotated[
        Literal["DRIVE", "PPO", "OFF_CAMPUS"],
        typer.Option("--kind", help="From a drive, or beside all drives."),
    ] = "DRIVE",
    company: Annotated[
        str | None, typer.Option("--company", metavar="NAME", help="Who offers; else the drive's company.")
    ] = None,
    ctc_fixed: Fixed = None,
    ctc_variable: Variable = None,
    ctc_total: Total = None,
    status: Annotated[Status, typer.Option("--status", help="How it stands.")] = "OFFERED",
    offered_on: Offered = None,
    joins_on: Joins = None,
    college: College = None,
) -> None:
    """Record an offer of a drive to somebody registered for it, or one that came otherwise."""
    actor = call.open()
    from tasks.services import offers
    from tasks.services.offer_rules import NewOffer

    new = NewOffer(
        student=student,
        college=college,
        drive=drive,
        kind=kind,
        company=company,
        ctc_fixed=ctc_fixed,
        ctc_variable=ctc_variable,
        ctc_total=ctc_total,
        status=status,
        offered_on=offered_on,
        joins_on=joins_on,
    )
    call.out.record(offers.record_offer(actor, new), OFFER)


@command(
    app,
    "list",
    examples=["placeops offer list --drive ACME-1", "placeops offer list --student 21CS001 --json"],
)
def list_offers(
    call: Call,
    paging: Paging,
    drive: Annotated[
        str | None, typer.Option("--drive", metavar="DRIVE", help="Offers of this drive (id or code) only.")
    ] = None,
    student: Annotated[
        str | None, typer.Option("--student", metavar="ROLL_NO", help="Offers to this student only.")
    ] = None,
    college: College = None,
    status: Annotated[Status | None, typer.Option("--status", help="Those in this status only.")] = None,
) -> None:
    """List offers, newest first."""
    actor = call.open()
    from tasks.services import offers

    wanted = partial(offers.list_offers, actor, drive=drive, student=student, college=college, status=status)
    call.out.listing(paging.pages(wanted), OFFER, empty="No offer is recorded yet.")


@command(app, "show", examples=["placeops offer show 7"])
def show(call: Call, offer: OfferArgument) -> None:
    """Show one offer."""
    actor = call.open()
    from tasks.services import offers

    call.out.record(offers.show_offer(actor, offer), OFFER)


@command(
    app,
    "update",
    examples=[
        "placeops offer update 7 --status ACCEPTED",
        "placeops offer update 7 --status REVOKED --reason 'the company closed the position'",
    ],
)
def update(
    call: Call,
    offer: OfferArgument,
    status: Annotated[Status | None, typer.Option("--status", help="How it stands now.")] = None,
    ctc_fixed: Fixed = None,
    ctc_variable: Variable = None,
    ctc_total: Total = None,
    offered_on: Offered = None,
    joins_on: Joins = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why, when it was answered or revoked before."),
    ] = None,
) -> None:
    """Change what is given of an offer: its status, its pay, its dates."""
    actor = call.open()
    from tasks.services import offers

    given = {
        "status": status,
        "ctc_fixed": ctc_fixed,
        "ctc_variable": ctc_variable,
        "ctc_total": ctc_total,
        "offered_on": offered_on,
        "joins_on": joins_on,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    call.out.record(offers.update_offer(actor, offer, changes, reason=reason), OFFER)
